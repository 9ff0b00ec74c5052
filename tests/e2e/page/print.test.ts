import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, expect, test } from 'vitest';

import { launchBrowser, openPage } from '../../support/browser.ts';
import { hub } from '../../support/cli-process.ts';
import { report, type ReportedStep } from '../../support/reports.ts';

let browser: Browser;
beforeAll(async () => {
  browser = await launchBrowser();
});
afterAll(() => browser.close());

const many = (from: number, count: number): ReportedStep[] =>
  Array.from({ length: count }, (_, index) => ({
    kind: 'completed',
    operation_id: `op-${from + index}`,
    operation_name: `tool-${from + index}`,
    session_id: `session-${from}`,
    duration: 1,
  }));

/** The number of pages of a PDF. */
function pagesOf(pdf: Buffer): number {
  return pdf.toString('latin1').match(/\/Type\s*\/Page\b/g)?.length ?? 0;
}

test('a printed live page has the whole list', async () => {
  const { base } = await hub();
  await report(base, many(0, 300));
  const { page, complaints } = await openPage(browser, base.href);
  await expect.poll(() => page.locator('#feed-count').textContent()).toBe('300');
  const pdf = await page.pdf({ format: 'A4' });
  expect(pagesOf(pdf)).toBeGreaterThan(6);

  await page.emulateMedia({ media: 'print' });
  await page.evaluate(() => window.dispatchEvent(new Event('beforeprint')));
  const rows = page.locator('.feed-row');
  expect(await rows.count()).toBe(300);
  const list = await page.locator('#feed-list').evaluate((element) => ({
    visible: element.clientHeight,
    whole: element.scrollHeight,
  }));
  expect(list.visible).toBe(list.whole);
  expect(await page.locator('#feed-print-note').isVisible()).toBe(false);
  for (const selector of ['#filter', '#feed-pause', '.connection'])
    expect(await page.locator(selector).isVisible(), selector).toBe(false);

  await page.evaluate(() => window.dispatchEvent(new Event('afterprint')));
  await page.emulateMedia({ media: 'screen' });
  await expect.poll(() => rows.count()).toBeLessThan(60);
  expect(complaints).toEqual([]);
});

test('a printed list of more than 1,000 rows says that it is cut', async () => {
  const { base } = await hub();
  for (let from = 0; from < 1500; from += 300) await report(base, many(from, 300));
  const { page } = await openPage(browser, base.href);
  await page.locator('.feed-row').first().waitFor();
  // The page loads the latest 500, and receives the others.
  for (let from = 1500; from < 2400; from += 300) await report(base, many(from, 300));
  await expect.poll(() => page.locator('#feed-count').textContent()).toBe('1,400');
  await page.emulateMedia({ media: 'print' });
  await page.evaluate(() => window.dispatchEvent(new Event('beforeprint')));
  await page.getByText('The first 1,000 of 1,400 rows.').waitFor();
  expect(await page.locator('.feed-row').count()).toBe(1000);
});
