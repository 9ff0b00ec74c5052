import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, expect, test } from 'vitest';

import { launchBrowser, openPage } from '../../support/browser.ts';
import { hub } from '../../support/cli-process.ts';

let browser: Browser;
beforeAll(async () => {
  browser = await launchBrowser();
});
afterAll(() => browser.close());

test('every script and style has a hash in its name and is cached for good', async () => {
  const { base } = await hub();
  const { page, complaints, received } = await openPage(browser, new URL('?view=operations', base).href);
  await page.locator('#connection-text', { hasText: /^Connected$/ }).waitFor();
  await page.waitForFunction(() => document.styleSheets.length === 3);
  const assets = (await received()).map(({ url }) => url).filter((url) => /\.(js|css)$/.test(url));
  expect(assets.length).toBeGreaterThan(4);
  for (const url of assets) {
    expect(url).toMatch(/\/assets\/[\w-]+-[\w-]{8}\.(js|css)$/);
    const { headers } = await fetch(url);
    expect(headers.get('cache-control')).toBe('public, max-age=31536000, immutable');
  }
  expect(complaints).toEqual([]);
});
