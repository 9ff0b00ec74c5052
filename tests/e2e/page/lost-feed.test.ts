import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, expect, test } from 'vitest';

import { launchBrowser, openPage } from '../../support/browser.ts';
import { hub } from '../../support/cli-process.ts';

let browser: Browser;
beforeAll(async () => {
  browser = await launchBrowser();
});
afterAll(() => browser.close());

test('what a page needs without the exporter is loaded before the exporter is gone', async () => {
  const { base, child, ended } = await hub();
  const { page } = await openPage(browser, base.href);
  await page.locator('#connection-text', { hasText: 'Connected' }).waitFor();
  await page.waitForLoadState('networkidle');
  child.kill('SIGKILL');
  await ended;
  const banner = page.locator('.banner[data-kind="lost"]');
  await banner.getByText('check that the exporter is running').waitFor();
  await expect.poll(() => page.locator('#connection-retry').isVisible()).toBe(true);
});

test('a page whose exporter is gone before that still says so', async () => {
  const { base, child, ended } = await hub();
  const { page } = await openPage(browser, 'about:blank');
  await page.route(/lost-feed-/, (route) => route.abort());
  await page.goto(base.href);
  await page.locator('#connection-text', { hasText: 'Connected' }).waitFor();
  child.kill('SIGKILL');
  await ended;
  await page.locator('.banner[data-kind="lost"]').getByText('The exporter is unreachable.').waitFor();
});
