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

const steps: ReportedStep[] = Array.from({ length: 6 }, (_, index) => ({
  kind: index === 5 ? 'started' : 'completed',
  session_id: 's',
  server_name: 'files',
  operation_id: `op-${index}`,
  operation_name: 'search',
  ...(index === 5 ? {} : { duration: 0.1 }),
}));

test('while Prometheus is unavailable, each view says where its numbers come from, and why', async () => {
  // No program listens on port 9.
  const { base } = await hub({ PROMETHEUS_URL: 'http://127.0.0.1:9' });
  await report(base, steps);
  const origin = "from this exporter's memory instead of Prometheus";
  const why = 'Prometheus at http://127.0.0.1:9/ is unreachable: connect ECONNREFUSED 127.0.0.1:9';
  const numbers = `These numbers are ${origin}. ${why}.`;
  const { page, complaints } = await openPage(browser, base.href);
  const note = page.getByText(`Usual durations: ${origin}.`);
  await note.waitFor();
  expect(await note.getAttribute('title')).toBe(why);
  await page.goto(new URL('?view=operations', base).href);
  await page.getByText(numbers).waitFor();
  await page.goto(new URL('?operation=op-1', base).href);
  await page.getByText(numbers).waitFor();
  await page.locator('dd', { hasText: `(5 in the last day, ${origin})` }).waitFor();
  expect(complaints).toEqual([]);
});

test('without Prometheus, no view mentions it', async () => {
  const { base } = await hub();
  await report(base, steps);
  const { page } = await openPage(browser, new URL('?operation=op-1', base).href);
  await page.locator('.spark').first().waitFor();
  await page.locator('dt', { hasText: 'usual' }).waitFor();
  expect(await page.locator('body').innerText()).not.toContain('Prometheus');
});
