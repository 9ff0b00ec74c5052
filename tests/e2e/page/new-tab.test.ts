import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, expect, test } from 'vitest';

import { launchBrowser, openPage } from '../../support/browser.ts';
import { hub } from '../../support/cli-process.ts';
import { report } from '../../support/reports.ts';

let browser: Browser;
beforeAll(async () => {
  browser = await launchBrowser();
});
afterAll(() => browser.close());

async function pageWithRows(): Promise<Page> {
  const { base } = await hub();
  // The id was used twice, so a link to it needs its session.
  await report(base, [
    { kind: 'failed', operation_id: '1', operation_name: 'first', session_id: 'a', error: 'no' },
    { kind: 'completed', operation_id: '1', operation_name: 'second', session_id: 'b' },
  ]);
  const { page } = await openPage(browser, base.href);
  await page.locator('.feed-row', { hasText: 'first' }).waitFor();
  return page;
}

const WAYS: readonly (readonly [string, (page: Page) => Promise<void>])[] = [
  [
    'Ctrl+click',
    (page) =>
      rowOf(page)
        .locator('.what')
        .click({ modifiers: ['Control'] }),
  ],
  [
    'Shift+click',
    (page) =>
      rowOf(page)
        .locator('.duration')
        .click({ modifiers: ['Shift'] }),
  ],
  ['a middle click', (page) => rowOf(page).locator('.when').click({ button: 'middle' })],
  [
    'Ctrl+click on its name',
    (page) =>
      rowOf(page)
        .getByRole('link')
        .click({ modifiers: ['Control'] }),
  ],
  ['a middle click on its name', (page) => rowOf(page).getByRole('link').click({ button: 'middle' })],
  [
    'Ctrl+Enter',
    async (page) => {
      await page.locator('#filter-session').focus();
      await page.keyboard.press('Tab');
      while (!(await page.locator('.feed-row[aria-selected=true]', { hasText: 'first' }).isVisible()))
        await page.keyboard.press('ArrowDown');
      await page.keyboard.press('Control+Enter');
    },
  ],
];

function rowOf(page: Page) {
  return page.locator('.feed-row', { hasText: 'first' });
}

test.each(WAYS)('%s on a row opens its operation in a new tab, and the list stays', async (_, open) => {
  const page = await pageWithRows();
  const [opened] = await Promise.all([page.context().waitForEvent('page'), open(page)]);
  await opened.locator('h2', { hasText: 'first' }).waitFor();
  expect(new URL(page.url()).search).toBe('');
  expect(await page.locator('.feed-row').count()).toBe(2);
  expect(page.context().pages()).toHaveLength(2);
});
