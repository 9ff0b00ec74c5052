import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, expect, test } from 'vitest';

import { launchBrowser, openPage } from '../../support/browser.ts';
import { hub } from '../../support/cli-process.ts';
import { report, type ReportedStep } from '../../support/reports.ts';

let browser: Browser;
beforeAll(async () => {
  browser = await launchBrowser();
});
afterAll(() => browser.close());

let steps = 0;

/** Each a little later than the one before. */
function timestamp(): string {
  steps += 1;
  return new Date(Date.now() - 600_000 + steps * 100).toISOString();
}

/** A run of a server, with two stages of which one has failed. */
function run(id: string, given: Partial<ReportedStep> = {}): ReportedStep[] {
  const own = { session_id: 'morning', server_name: 'builder', ...given };
  const stage = { ...own, parent_id: id, duration: 0.05 };
  const error = `lint of ${id} broke`;
  return [
    { kind: 'started', operation_id: id, operation_name: 'run', timestamp: timestamp(), ...own },
    {
      kind: 'completed',
      operation_id: `${id}-a`,
      operation_name: 'compile',
      timestamp: timestamp(),
      ...stage,
    },
    {
      kind: 'failed',
      operation_id: `${id}-b`,
      operation_name: 'lint',
      timestamp: timestamp(),
      error,
      ...stage,
    },
    {
      kind: 'completed',
      operation_id: id,
      operation_name: 'run',
      timestamp: timestamp(),
      details: { message: `${id} is done` },
      ...own,
    },
  ];
}

function one(name: string, given: Partial<ReportedStep> = {}): ReportedStep {
  return {
    kind: 'completed',
    operation_id: `${name}-1`,
    operation_name: name,
    duration: 0.05,
    timestamp: timestamp(),
    ...given,
  };
}

const names = (page: Page) => page.locator('.feed-row .name').allTextContents();

test('what ended stands by what started it, folded; arrows and a click open it', async () => {
  const { base } = await hub();
  await report(base, [...run('r1'), one('later')]);
  const { page } = await openPage(browser, base.href);
  await expect.poll(() => names(page)).toEqual(['later', 'run']);
  const row = page.locator('.feed-row', { hasText: 'r1 is done' });
  await row.locator('.toggle').click();
  await expect.poll(() => names(page)).toEqual(['later', 'run', 'compile', 'lint']);
  await row.locator('.toggle').click();
  await expect.poll(() => names(page)).toEqual(['later', 'run']);
});

test('with the keyboard alone a person reaches a failed stage, reads why, and comes back', async () => {
  const { base } = await hub();
  await report(base, [...run('r1'), one('later')]);
  const { page } = await openPage(browser, base.href);
  await page.locator('.feed-row').first().waitFor();
  const list = page.getByRole('treegrid', { name: 'Ended' });
  for (let i = 0; i < 20; i++) {
    await page.keyboard.press('Tab');
    if (await list.evaluate((element) => element === document.activeElement)) break;
  }
  const chosen = page.locator('.feed-row[aria-selected="true"]');
  await chosen.filter({ hasText: 'later' }).waitFor();
  expect(await list.getAttribute('aria-activedescendant')).toBe(await chosen.getAttribute('id'));
  await page.keyboard.press('ArrowDown');
  await page.keyboard.press('ArrowRight');
  await page.locator('.feed-row[aria-expanded="true"]', { hasText: 'run' }).waitFor();
  await page.keyboard.press('ArrowRight');
  await page.keyboard.press('ArrowDown');
  await chosen.filter({ hasText: 'lint of r1 broke' }).waitFor();
  expect(await chosen.getAttribute('aria-level')).toBe('2');
  await page.keyboard.press('ArrowLeft');
  await chosen.filter({ hasText: 'r1 is done' }).waitFor();
  await page.keyboard.press('End');
  await page.keyboard.press('Enter');
  await page.locator('#operation .error', { hasText: 'lint of r1 broke' }).waitFor();
  expect(await page.evaluate(() => document.activeElement?.tagName)).toBe('H2');
  await page.goBack();
  await list.waitFor();
});

test('text, status, session and server narrow it down, alone and together; the address keeps it', async () => {
  const { base } = await hub();
  await report(base, [
    ...run('r1'),
    ...run('r2', { session_id: 'evening', server_name: 'tester' }),
    one('import', { session_id: 'evening', server_name: 'tester', kind: 'failed', error: 'Disk is FULL' }),
    one('export'),
  ]);
  const { page, complaints } = await openPage(browser, base.href);
  await expect.poll(() => names(page)).toEqual(['export', 'import', 'run', 'run']);

  // A stage that matches opens what started it.
  await page.getByLabel('Text').fill('lint of r2');
  await expect.poll(() => names(page)).toEqual(['run', 'lint']);
  await page.getByLabel('Text').fill('disk is full');
  await expect.poll(() => names(page)).toEqual(['import']);
  await page.getByRole('button', { name: 'Clear filter' }).click();
  await page.getByLabel('Status').selectOption('failed');
  await expect.poll(() => names(page)).toEqual(['import', 'run', 'lint', 'run', 'lint']);
  await page.getByLabel('Server').selectOption('tester');
  await expect.poll(() => names(page)).toEqual(['import', 'run', 'lint']);
  await page.getByRole('combobox', { name: 'Operation' }).selectOption('import');
  await expect.poll(() => names(page)).toEqual(['import']);
  await page.reload();
  await expect.poll(() => names(page)).toEqual(['import']);
  await page.getByRole('combobox', { name: 'Session' }).selectOption('morning');
  await page.getByText('No matching operations.').waitFor();
  await page.getByRole('button', { name: 'Clear filter' }).click();
  await expect.poll(() => names(page)).toEqual(['export', 'import', 'run', 'run']);
  expect(complaints).toEqual([]);
});

test('a pause loses nothing: what comes meanwhile is counted, and there afterwards', async () => {
  const { base } = await hub();
  await report(base, [one('before')]);
  const { page } = await openPage(browser, base.href);
  await expect.poll(() => names(page)).toEqual(['before']);
  await page.getByRole('button', { name: 'Pause' }).click();
  await report(base, [one('second'), ...run('r1')]);
  const fresh = page.locator('#feed-new');
  await expect.poll(() => fresh.textContent()).toBe('Show 2 new');
  expect(await names(page)).toEqual(['before']);
  await fresh.click();
  await expect.poll(() => names(page)).toEqual(['run', 'second', 'before']);
  await report(base, [one('third')]);
  await expect.poll(() => fresh.textContent()).toBe('Show 1 new');
  await page.getByRole('button', { name: 'Resume' }).click();
  await expect.poll(() => names(page)).toEqual(['third', 'run', 'second', 'before']);
});

test('under the pointer, and while somebody reads further down, nothing moves', async () => {
  const { base } = await hub();
  await report(
    base,
    Array.from({ length: 200 }, (_, index) => one(`op-${index}`)),
  );
  const { page } = await openPage(browser, base.href);
  const row = page.locator('.feed-row', { hasText: 'op-195' });
  await row.hover();
  const place = await row.boundingBox();
  await report(base, [one('new-1')]);
  await page.locator('#feed-new', { hasText: '1 new' }).waitFor();
  expect(await row.boundingBox()).toEqual(place);
  await page.mouse.move(5, 5);
  await expect.poll(async () => (await names(page))[0]).toBe('new-1');

  const list = page.locator('#feed-list');
  await list.evaluate((element) => (element.scrollTop = 1000));
  const shown = page.locator('.feed-row', { hasText: 'op-160' });
  const before = await shown.boundingBox();
  await report(base, [one('new-2')]);
  await page.locator('#feed-new', { hasText: '1 new' }).click();
  await expect.poll(async () => (await names(page))[0]).toBe('new-2');
  expect(before).not.toBeNull();
  expect(await list.evaluate((element) => element.scrollTop)).toBe(0);
});

test('times are the reader’s, with universal time for who points at them', async () => {
  const { base } = await hub();
  await report(base, [one('import', { timestamp: '2026-01-15T23:30:00.250Z' })]);
  const { page } = await openPage(browser, base.href, { timezoneId: 'Asia/Tokyo' });
  const time = page.locator('.feed-row time');
  await time.getByText('2026-01-16 08:30:00').waitFor();
  expect(await time.getAttribute('title')).toBe('2026-01-15 23:30:00.250 UTC');
});

const CLAUDE = { server_name: 'files', client_name: 'claude-code', client_version: '2.0.60' } as const;
const RANDOM_ID = '0f8fad5b-d9cb-469f-a165-70867728950e';

test('a call names its only server and its client, and points out the whole session', async () => {
  const { base } = await hub();
  const session = { ...CLAUDE, session_id: RANDOM_ID };
  await report(base, [one('read', session), one('write', { ...session, kind: 'started' })]);
  const { page } = await openPage(browser, base.href);
  for (const row of ['.feed-row', '.now-row']) {
    const where = page.locator(`${row} .where`);
    await where.getByText('files · claude-code', { exact: true }).waitFor();
    expect(await where.getAttribute('title')).toBe(`files · claude-code 2.0.60 · ${RANDOM_ID}`);
  }
  await page.getByLabel('Text').fill('Claude-Code 2');
  await expect.poll(() => names(page)).toEqual(['read']);
  await page.getByLabel('Text').fill('cursor');
  await page.getByText('No matching operations.').waitFor();
  const sessions = page.getByRole('combobox', { name: 'Session' }).locator('option');
  expect(await sessions.allTextContents()).toEqual(['all sessions', 'files · claude-code · 0f8fad5b']);
});

test.each([
  [1600, "ENOENT: no such file or directory, open '/home/me/project/src/config.ts'"],
  [1280, 'MCP error -32602: Tool get-weather not found'],
  [900, 'MCP error -32602: Tool get-weather not found'],
  [360, 'Access denied: /etc/shadow is no file'],
])(
  'in a window of %i pixels, an error takes the space that the rest of its row leaves',
  async (width, error) => {
    const { base } = await hub();
    await report(base, [one('get-weather', { ...CLAUDE, kind: 'failed', error })]);
    const { page } = await openPage(browser, base.href, { width });
    const row = page.locator('.feed-row');
    await row.getByText(error).waitFor();
    for (const cell of ['.cell-name', '.cell-what', '.cell-where', '.cell-duration', '.cell-when']) {
      const { shown, needed } = await row
        .locator(cell)
        .evaluate((element) => ({ shown: element.clientWidth, needed: element.scrollWidth }));
      expect(needed, `${cell} is cut`).toBeLessThanOrEqual(shown);
    }
    expect(await row.locator('.where').textContent()).toBe('files · claude-code');
  },
);
