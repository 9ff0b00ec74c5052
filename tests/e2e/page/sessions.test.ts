import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, expect, test } from 'vitest';

import { launchBrowser, openPage } from '../../support/browser.ts';
import { hub } from '../../support/cli-process.ts';
import { ended, report, secondsAgo, type ReportedStep } from '../../support/reports.ts';

let browser: Browser;
beforeAll(async () => {
  browser = await launchBrowser();
});
afterAll(() => browser.close());

function call(session: string, server: string, id: string, given: Partial<ReportedStep> = {}): ReportedStep {
  return {
    kind: 'completed',
    session_id: session,
    server_name: server,
    operation_id: id,
    operation_name: `tool-${id}`,
    duration: 1,
    ...given,
  };
}

test('servers and sessions are listed with what they do, how well, and what failed last', async () => {
  const { base } = await hub();
  await report(base, [
    call('one', 'files', 'a'),
    call('one', 'files', 'b'),
    call('one', 'files', 'c', { kind: 'failed', error: 'no such file' }),
    call('two', 'files', 'd'),
    call('three', 'weather', 'e', { kind: 'started' }),
  ]);
  const { page, complaints } = await openPage(browser, new URL('?view=sessions', base).href);
  const line = (table: string, name: string) =>
    page.locator(`.${table} tbody tr`, { has: page.getByRole('rowheader', { name, exact: true }) });
  const cells = (table: string, name: string) => line(table, name).locator('td').allTextContents();
  await expect
    .poll(async () => (await cells('servers', 'files')).slice(0, 4))
    .toEqual(['2 sessions', 'idle', '4', '75%']);
  expect((await cells('servers', 'weather')).slice(0, 4)).toEqual(['1 session', '1 running', '1', '–']);
  expect((await cells('sessions', 'one')).slice(0, 4)).toEqual(['files', 'idle', '3', '66.7%']);
  expect((await cells('sessions', 'two')).at(-1)).toBe('');
  await line('sessions', 'one').getByRole('link', { name: 'no such file' }).click();
  await page.locator('h2', { hasText: 'tool-c' }).waitFor();

  // A server leads to what it did.
  await page.getByRole('link', { name: 'Sessions', exact: true }).click();
  await line('servers', 'files').getByRole('link', { name: 'files' }).click();
  await expect.poll(() => page.locator('.feed-row').count()).toBe(4);
  expect(complaints).toEqual([]);
});

test('a server leads to its operations, however many others are newer', async () => {
  const { base } = await hub();
  const many = (session: string, server: string, count: number) =>
    Array.from({ length: count }, (_, index) => call(session, server, `${server}-${index}`));
  await report(base, many('quiet', 'memory', 20));
  for (let round = 0; round < 3; round++) {
    await report(base, many(`busy-${round}`, `busy-${round}`, 300));
  }
  const { page, complaints } = await openPage(browser, new URL('?view=sessions', base).href);
  await page.locator('.servers').getByRole('link', { name: 'memory' }).click();
  const count = page.locator('#feed-count');
  await expect.poll(() => count.textContent()).toBe('20 of 520');
  await page.locator('.feed-row').getByText('memory').first().waitFor();
  await page.getByRole('button', { name: 'Clear filter' }).click();
  await page.getByLabel('Text').fill('tool-busy-0-77');
  await expect.poll(() => count.textContent()).toMatch(/^1 of/);
  expect(complaints).toEqual([]);
});

test('a session is named after its client, and its id is beside it', async () => {
  const { base } = await hub();
  const id = '0f8fad5b-d9cb-469f-a165-70867728950e';
  await report(base, [
    call(id, 'files', 'a', { client_name: 'claude-code', client_version: '2.0.60', kind: 'failed' }),
    call('nightly', 'files', 'b'),
  ]);
  const { page, complaints } = await openPage(browser, new URL('?view=sessions', base).href);
  const sessions = page.locator('.sessions tbody .name');
  await expect
    .poll(async () => (await sessions.allTextContents()).toSorted())
    .toEqual(['claude-code 2.0.60 · 0f8fad5b', 'nightly']);
  await expect.poll(() => sessions.filter({ hasText: 'claude' }).getAttribute('title')).toBe(id);
  await sessions.filter({ hasText: 'claude' }).click();
  await page.locator('h2').getByText('files · claude-code 2.0.60', { exact: true }).waitFor();
  await page.locator('#session').getByText(id, { exact: true }).waitFor();
  await expect.poll(() => page.title()).toContain('files · claude-code 2.0.60');

  await page.getByRole('link', { name: 'Show in live view' }).click();
  await page.locator('.feed-row').getByRole('link', { name: 'tool-a' }).click();
  await page.locator('dd').getByText('claude-code 2.0.60', { exact: true }).waitFor();
  await page.getByRole('link', { name: id }).waitFor();
  expect(complaints).toEqual([]);
});

test.each([
  [1600, 'MCP error -32602: Tool get-weather not found in this server'],
  [1280, 'MCP error -32602: Tool get-weather not found'],
  [360, 'MCP error -32602: Tool get-weather not found'],
])('in a window of %i pixels, the list of sessions shows a whole error', async (width, error) => {
  const { base } = await hub();
  await report(base, [call('one', 'files', 'a', { kind: 'failed', error })]);
  const { page } = await openPage(browser, new URL('?view=sessions', base).href, { width });
  const box = page.locator('.sessions .last-error div');
  await box.getByText(error).waitFor();
  const { clientHeight, scrollHeight } = await box.evaluate((div) => ({
    clientHeight: div.clientHeight,
    scrollHeight: div.scrollHeight,
  }));
  expect(scrollHeight).toBeLessThanOrEqual(clientHeight);
});

test('the last error of a session is its first meaningful text, in both lists', async () => {
  const { base } = await hub();
  await report(base, [
    call('one', 'files', 'a', {
      kind: 'failed',
      error: '{\n  "error": {\n    "message": "quota exceeded"\n  }\n}',
    }),
    call('two', 'browser', 'b', { kind: 'failed', error: '### Error\nTimeoutError: waited 5 s' }),
    call('three', 'old', 'c', { kind: 'failed', error: '' }),
  ]);
  const { page } = await openPage(browser, new URL('?view=sessions', base).href);
  const errors = page.locator('.sessions .error-link');
  await expect
    .poll(async () => (await errors.allTextContents()).toSorted())
    .toEqual(['TimeoutError: waited 5 s', 'failed', 'quota exceeded']);
  await page.getByRole('link', { name: 'Live' }).click();
  await page.locator('.feed-row').getByText('TimeoutError: waited 5 s').waitFor();
  await page.locator('.feed-row').getByText('quota exceeded', { exact: true }).waitFor();
});

test('a session can be gone through again: at each moment what was running, and what had ended', async () => {
  const { base } = await hub();
  const at = (id: string, from: number, to: number, given: Partial<ReportedStep> = {}) =>
    call('run', 'builder', id, { timestamp: secondsAgo(to), duration: from - to, ...given });
  await report(base, [
    at('early', 100, 80),
    at('long', 90, 20, { kind: 'failed', error: 'late' }),
    at('late', 40, 0.5),
  ]);
  const { page, complaints } = await openPage(browser, new URL('?view=session&session=run', base).href);
  await page.locator('h2', { hasText: 'builder · run' }).waitFor();
  await expect.poll(() => page.locator('.replay-bar').count()).toBe(3);
  const running = page.locator('.replay-running .name');
  const counts = page.locator('.panel', { hasText: 'Replay' }).getByText(/\d running · /);
  await counts.getByText('0 running · 2 completed · 1 failed').waitFor();

  const moment = page.getByRole('slider', { name: 'Moment' });
  await moment.fill('150');
  await expect.poll(() => running.allTextContents()).toEqual(['tool-early', 'tool-long']);
  await counts.getByText('2 running · 0 completed').waitFor();
  expect(await moment.getAttribute('aria-valuetext')).toMatch(/into the session/);
  // With the keyboard, too.
  await moment.focus();
  for (let i = 0; i < 4; i++) await page.keyboard.press('PageUp');
  await expect.poll(() => running.allTextContents()).toEqual(['tool-long']);
  await page.getByRole('button', { name: 'Next step' }).click();
  await expect.poll(() => running.allTextContents()).toEqual(['tool-long', 'tool-late']);
  await page.getByRole('button', { name: 'Zoom in' }).click();
  await expect.poll(() => page.locator('.replay-bar').count()).toBe(2);
  await page.getByRole('button', { name: 'Zoom out' }).click();
  await moment.fill('0');
  await page.getByRole('button', { name: 'Play' }).click();
  await expect.poll(async () => Number(await moment.inputValue())).toBeGreaterThan(5);
  await page.getByRole('button', { name: 'Stop' }).click();

  await page.getByRole('link', { name: 'Show in live view' }).click();
  await expect.poll(() => page.locator('.feed-row').count()).toBe(3);
  expect(complaints).toEqual([]);
});

test('each operation has its last hour as small pictures, which say what they show', async () => {
  const { base } = await hub();
  await report(base, [
    ...ended('import', 8, 2),
    { kind: 'failed', operation_id: 'x', operation_name: 'import', duration: 4, error: 'no' },
    ...ended('export', 1, 0.5),
  ]);
  const { page, complaints } = await openPage(browser, new URL('?view=operations', base).href);
  const names = page.locator('.pictures-table tbody .name');
  await expect.poll(() => names.allTextContents()).toEqual(['import', 'export']);
  // A minute may begin in the middle of the report.
  await page.getByRole('img', { name: /^import, rate, last hour: 9, at most [5-9]\/min$/ }).waitFor();
  await page.getByRole('img', { name: /^import, p95, last hour: up to (3\.9|4\.0)\d s$/ }).waitFor();
  await page.getByRole('img', { name: 'import, failures, last hour: 1, 11.1%' }).waitFor();
  expect(await page.locator('.spark-rate rect').count()).toBeGreaterThanOrEqual(2);
  await names.first().click();
  await expect.poll(() => page.locator('.feed-row').count()).toBe(9);
  expect(complaints).toEqual([]);
});

test('an operation of two servers has a row for each, and those that fail are first', async () => {
  const { base } = await hub();
  const invoice = { operation_name: 'fetch_invoice' };
  await report(base, [
    ...Array.from({ length: 5 }, (_, index) => call('b', 'billing', `b${index}`, invoice)),
    call('s', 'shop', 's1', { ...invoice, kind: 'failed', error: 'no such invoice' }),
    call('s', 'shop', 's2', invoice),
  ]);
  const { page, complaints } = await openPage(browser, new URL('?view=operations', base).href);
  const rows = page.locator('.pictures-table tbody tr');
  const cells = (row: number) => rows.nth(row).locator('th, td').allTextContents();
  await expect.poll(() => rows.count()).toBe(2);
  expect((await cells(0)).slice(0, 2)).toEqual(['fetch_invoice', 'shop']);
  expect(await cells(0)).toContain('1, 50%');
  expect((await cells(1)).slice(0, 2)).toEqual(['fetch_invoice', 'billing']);
  await rows.nth(1).getByRole('link').click();
  await expect.poll(() => page.locator('#feed-count').textContent()).toBe('5 of 7');
  await page.locator('.feed-row').first().getByRole('link').click();
  const hour = page.locator('.panel', { hasText: 'All with this name in the last hour' });
  await hour.getByText('none').waitFor();
  await page.getByRole('link', { name: 'Sessions', exact: true }).click();
  await expect
    .poll(() => page.locator('.servers tbody .name').allTextContents())
    .toEqual(['shop', 'billing']);
  expect(complaints).toEqual([]);
});

test('where no metrics are collected there are no pictures, and the page says why', async () => {
  const { base } = await hub({ METRICS_COLLECTION_ENABLED: 'false' });
  const { page } = await openPage(browser, new URL('?view=operations', base).href);
  await page.getByText('No history: METRICS_COLLECTION_ENABLED is false.').waitFor();
});
