import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, expect, test } from 'vitest';

import { launchBrowser, openPage } from '../../support/browser.ts';
import { hub } from '../../support/cli-process.ts';
import { report, secondsAgo, type ReportedStep } from '../../support/reports.ts';

// What a person is at is not taken away by what happens meanwhile.

let browser: Browser;
beforeAll(async () => {
  browser = await launchBrowser();
});
afterAll(() => browser.close());

function done(name: string, given: Partial<ReportedStep> = {}): ReportedStep {
  return { kind: 'completed', operation_id: name, operation_name: name, ...given };
}

const focused = (page: Page) => page.evaluate(() => document.activeElement?.textContent);

test('the way back leads back also while somebody types, and to where the list was', async () => {
  const { base } = await hub();
  await report(
    base,
    Array.from({ length: 400 }, (_, index) => done(`op-${index}`)),
  );
  const { page, complaints } = await openPage(browser, new URL('?view=sessions', base).href);
  await page.locator('.sessions tbody tr').first().waitFor();
  await page.getByRole('link', { name: 'Live' }).click();
  await page.getByLabel('Text').pressSequentially('op-1');
  await page.goBack();
  await page.locator('.sessions tbody tr').first().waitFor();
  expect(new URL(page.url()).search).toBe('?view=sessions');

  await page.getByRole('link', { name: 'Live' }).click();
  const list = page.locator('#feed-list');
  await page.locator('.feed-row').first().waitFor();
  await list.evaluate((element) => (element.scrollTop = 3200));
  await page.locator('.feed-row', { hasText: 'op-295' }).click();
  await page.locator('h2', { hasText: 'op-295' }).waitFor();
  await page.goBack();
  await expect.poll(() => list.evaluate((element) => element.scrollTop)).toBe(3200);
  expect(complaints).toEqual([]);
});

test('who has opened a row with the keyboard comes back to that row', async () => {
  const { base } = await hub();
  await report(
    base,
    Array.from({ length: 200 }, (_, index) => done(`op-${index}`)),
  );
  const { page } = await openPage(browser, base.href);
  await page.locator('.feed-row').first().waitFor();
  await page.getByRole('button', { name: 'Pause' }).focus();
  const list = page.locator('#feed-list');
  while (!(await list.evaluate((element) => element === document.activeElement))) {
    await page.keyboard.press('Tab');
  }
  for (let row = 1; row <= 30; row++) await page.keyboard.press('ArrowDown');
  await page.keyboard.press('Enter');
  await page.locator('#operation h2', { hasText: 'op-169' }).waitFor();
  await report(base, [done('meanwhile')]);
  await page.goBack();
  const chosen = page.locator('.feed-row[aria-selected="true"]');
  await expect.poll(() => chosen.locator('.name').allTextContents()).toEqual(['op-169']);
  await page.keyboard.press('ArrowDown');
  await expect.poll(() => chosen.locator('.name').allTextContents()).toEqual(['op-168']);
});

test('a link in the replay of a session that goes on keeps the focus, and can be followed', async () => {
  const { base } = await hub();
  const long = { operation_id: 'long', operation_name: 'long' } as const;
  await report(base, [{ ...long, kind: 'started', timestamp: secondsAgo(30) }]);
  const { page } = await openPage(browser, new URL('?view=session&session=reported', base).href);
  const link = page.locator('.replay-running').getByRole('link', { name: 'long' });
  await link.focus();
  for (let step = 1; step <= 10; step++) {
    await report(base, [{ ...long, kind: 'progressed', progress: step }]);
    await page.waitForTimeout(150);
  }
  expect(await focused(page)).toBe('long');
  await page.keyboard.press('Enter');
  await page.locator('#operation h2', { hasText: 'long' }).waitFor();
});

test('what is read of a running operation stays where it is while it goes on', async () => {
  const { base } = await hub();
  const own = { operation_id: 'run', operation_name: 'run' } as const;
  const details = { arguments: { lines: Array.from({ length: 45 }, (_, line) => `line ${line}`) } };
  await report(base, [{ ...own, kind: 'started', details }]);
  const { page } = await openPage(browser, new URL('?operation=run', base).href);
  const payload = page.locator('.payload');
  await payload.evaluate((element) => (element.scrollTop = 200));
  await payload.focus();
  await report(base, [{ ...own, kind: 'progressed', progress: 50, details: { rows: 7 } }]);
  await page.locator('.facts', { hasText: 'rows' }).waitFor();
  expect(await payload.evaluate((element) => element.scrollTop)).toBe(200);
  expect(await payload.evaluate((element) => element === document.activeElement)).toBe(true);
});

test('what was not there yet is shown once it is', async () => {
  const { base } = await hub();
  const session = await openPage(browser, new URL('?view=session&session=later', base).href);
  const operation = await openPage(browser, new URL('?operation=job', base).href);
  await session.page.getByText('Unknown session').waitFor();
  await operation.page.getByText('Unknown operation').waitFor();
  await report(base, [done('job', { session_id: 'later' })]);
  await session.page.locator('.replay-bar').waitFor();
  await operation.page.locator('.waterfall-row', { hasText: 'job' }).waitFor();
});

test('servers can be chosen as soon as there is more than one', async () => {
  const { base } = await hub();
  await report(base, [done('a', { session_id: 'one', server_name: 'files' })]);
  const { page } = await openPage(browser, base.href);
  await page.locator('.feed-row', { hasText: 'a' }).waitFor();
  const servers = page.getByRole('combobox', { name: 'Server' });
  expect(await servers.isVisible()).toBe(false);
  await report(base, [done('b', { session_id: 'two', server_name: 'web' })]);
  await servers.selectOption('web');
  await expect.poll(() => page.locator('.feed-row .name').allTextContents()).toEqual(['b']);
});
