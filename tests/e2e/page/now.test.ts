import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, expect, test } from 'vitest';

import { launchBrowser, openPage } from '../../support/browser.ts';
import { hub } from '../../support/cli-process.ts';
import { ended, report, secondsAgo } from '../../support/reports.ts';

let browser: Browser;
beforeAll(async () => {
  browser = await launchBrowser();
});
afterAll(() => browser.close());

test('what runs says how long it may still take, from its own history, and when it takes too long', async () => {
  const { base } = await hub({ SLOW_OPERATION_THRESHOLD: '60' });
  await report(base, [
    ...ended('import', 9, 30),
    ...ended('quick', 9, 2),
    { kind: 'started', operation_id: 'i', operation_name: 'import', timestamp: secondsAgo(10) },
    { kind: 'progressed', operation_id: 'i', operation_name: 'import', progress: 40 },
    { kind: 'started', operation_id: 'q', operation_name: 'quick', timestamp: secondsAgo(20) },
    { kind: 'started', operation_id: 'n', operation_name: 'new', timestamp: secondsAgo(90) },
  ]);
  const { page } = await openPage(browser, base.href);
  const row = (name: string) =>
    page.locator('.now-row', { has: page.getByRole('link', { name, exact: true }) });
  await row('import')
    .locator('.pace', { hasText: /about ([1-9]|1\d|20) s left/ })
    .waitFor();
  await row('quick').locator('.pace', { hasText: 'slower than usual' }).waitFor();
  expect(await row('quick').getAttribute('data-pace')).toBe('long');
  // Nothing is known of its kind, but of what is slow anywhere.
  await row('new').locator('.pace', { hasText: 'slow: over 1 min' }).waitFor();
  expect(await row('new').getAttribute('data-pace')).toBe('slow');
  // The longest running stands first.
  const names = page.locator('.now-row .name');
  await expect.poll(() => names.allTextContents()).toEqual(['new', 'quick', 'import']);
});

test('the deepest stage that runs is what an operation is at', async () => {
  const { base } = await hub();
  await report(base, [
    { kind: 'started', operation_id: 'run', operation_name: 'run' },
    { kind: 'started', operation_id: 'cycle', operation_name: 'cycle', parent_id: 'run' },
    { kind: 'started', operation_id: 'lint', operation_name: 'lint', parent_id: 'cycle' },
    {
      kind: 'progressed',
      operation_id: 'lint',
      operation_name: 'lint',
      parent_id: 'cycle',
      progress: 50,
      details: { message: 'file 5 of 10' },
    },
  ]);
  const { page } = await openPage(browser, base.href);
  const stage = page.locator('.now-row .stage');
  await expect.poll(() => stage.allTextContents()).toEqual(['lint 50% · file 5 of 10']);
  await report(base, [
    { kind: 'completed', operation_id: 'lint', operation_name: 'lint', parent_id: 'cycle' },
  ]);
  await expect.poll(() => stage.allTextContents()).toEqual(['cycle']);
});

test('of very many that run all can be seen, a portion at a time', async () => {
  const { base } = await hub();
  const started = Array.from({ length: 230 }, (_, index) => ({
    kind: 'started' as const,
    operation_id: `o-${index}`,
    operation_name: `import-${index}`,
    timestamp: secondsAgo(300 - index),
  }));
  await report(base, started);
  const { page } = await openPage(browser, base.href);
  const rows = page.locator('.now-row');
  await page.getByRole('button', { name: 'Show 100 of 130 more' }).click();
  await expect.poll(() => rows.count()).toBe(200);
  await page.getByRole('button', { name: 'Show 30 more' }).press('Enter');
  await expect.poll(() => rows.count()).toBe(230);
  expect(await page.evaluate(() => document.activeElement?.textContent)).toBe('import-200');
  expect(await page.getByRole('button', { name: /^Show .*more$/ }).count()).toBe(0);
});

test('under the pointer nothing moves: what has ended stays in its place until the pointer leaves', async () => {
  const { base } = await hub();
  const names = ['first', 'second', 'third'];
  await report(
    base,
    names.map((name, index) => ({
      kind: 'started',
      operation_id: name,
      operation_name: name,
      timestamp: secondsAgo(30 - index),
    })),
  );
  const { page } = await openPage(browser, base.href);
  const second = page.locator('.now-row', { hasText: 'second' });
  await second.hover();
  const place = await second.boundingBox();
  await report(base, [{ kind: 'failed', operation_id: 'first', operation_name: 'first', error: 'no' }]);
  await page.locator('.feed-row[data-status="failed"]', { hasText: 'first' }).waitFor();
  await page.locator('.now-row[data-status="failed"]', { hasText: 'first' }).waitFor();
  expect(await second.boundingBox()).toEqual(place);
  await page.mouse.move(5, 5);
  await expect.poll(() => page.locator('.now-row .name').allTextContents()).toEqual(['second', 'third']);
});
