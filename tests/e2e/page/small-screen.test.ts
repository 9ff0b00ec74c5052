import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, expect, test } from 'vitest';

import { launchBrowser, openPage, overflowOf } from '../../support/browser.ts';
import { hub } from '../../support/cli-process.ts';
import { report } from '../../support/reports.ts';

let browser: Browser;
beforeAll(async () => {
  browser = await launchBrowser();
});
afterAll(() => browser.close());

const LONG = {
  server_name: 'cloudflare-observability-server',
  session_id: 'a-long-name-of-a-session-that-somebody-chose',
  client_name: 'Visual Studio Code - Insiders',
  client_version: '1.106.2',
};

test.each([360, 420])(
  'at %i pixels, the whole filter is visible, and its fields can be used',
  async (width) => {
    const { base } = await hub();
    await report(base, [
      {
        kind: 'completed',
        operation_id: 'a',
        operation_name: 'browser_navigate_and_take_screenshot',
        ...LONG,
      },
      {
        kind: 'completed',
        operation_id: 'b',
        operation_name: 'search',
        session_id: 'other',
        server_name: 'files',
      },
    ]);
    const { page, complaints } = await openPage(browser, base.href, { width });
    await page.locator('.feed-row').first().waitFor();
    await page.getByLabel('Server').selectOption(LONG.server_name);
    await expect.poll(() => page.locator('#feed-count').textContent()).toBe('1 of 2');
    const fields = await page.locator('#filter > :not([hidden])').all();
    expect(fields).toHaveLength(6);
    for (const field of fields) {
      const box = await field.boundingBox();
      expect(box?.x).toBeGreaterThanOrEqual(0);
      expect((box?.x ?? width) + (box?.width ?? 0)).toBeLessThanOrEqual(width);
    }
    expect(await overflowOf(page)).toBeLessThanOrEqual(0);
    await page.getByRole('button', { name: 'Clear filter' }).click();
    await expect.poll(() => page.locator('#feed-count').textContent()).toBe('2');
    expect(complaints).toEqual([]);
  },
);

test('on a phone, the list of running operations takes one line while it is empty', async () => {
  const { base } = await hub();
  await report(base, [{ kind: 'completed', operation_id: 'a', operation_name: 'search' }]);
  const { page } = await openPage(browser, base.href, { width: 420 });
  await page.getByText('No running operations.').waitFor();
  expect((await page.locator('.now').boundingBox())?.height).toBeLessThan(60);
  await report(base, [{ kind: 'started', operation_id: 'b', operation_name: 'import' }]);
  await page.locator('.now-row', { hasText: 'import' }).waitFor();
});

test('on a phone, the row of a success has the whole names of its server and its client', async () => {
  const { base } = await hub();
  await report(base, [{ kind: 'completed', operation_id: 'a', operation_name: 'search', ...LONG }]);
  const { page } = await openPage(browser, base.href, { width: 420 });
  const where = page.locator('.feed-row .where');
  await where.getByText('cloudflare-observability-server · Visual Studio Code - Insiders').waitFor();
  const { isCut, bottom, rowBottom } = await where.evaluate((element) => ({
    isCut: element.scrollWidth > element.clientWidth,
    bottom: element.getBoundingClientRect().bottom,
    rowBottom: element.closest('.feed-row')?.getBoundingClientRect().bottom ?? 0,
  }));
  expect(isCut).toBe(false);
  expect(bottom).toBeLessThanOrEqual(rowBottom);
});
