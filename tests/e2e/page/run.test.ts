import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';

import { launchBrowser, openPage, overflowOf } from '../../support/browser.ts';
import { serve } from '../../support/cli-process.ts';
import { createLintedWorkspace } from '../../support/linted-workspace.ts';
import { connectClient, startLongRun } from '../../support/mcp-calls.ts';

let browser: Browser;
beforeAll(async () => {
  browser = await launchBrowser();
});
afterAll(() => browser.close());

describe.each([
  { name: 'on a desk', width: 1440, height: 900, colorScheme: 'light' },
  { name: 'on a phone', width: 360, height: 740, colorScheme: 'dark' },
] as const)('$name', (device) => {
  test('a person sees a run as it goes: progress, a running clock, its stage, and how it ended', async () => {
    const { base } = await serve(['--workspace', createLintedWorkspace(150)]);
    const { page, complaints } = await openPage(browser, base.href, device);
    await page.getByText('No operations yet').waitFor();
    await page.locator('#connection-text', { hasText: 'Connected' }).waitFor();

    const connection = await connectClient(base);
    const run = startLongRun(connection);
    const row = page.locator('#now-list .now-row', { hasText: 'pipeline_run_full' });
    await row.locator('.stage', { hasText: 'pipeline_scan' }).waitFor();
    await row.locator('.where', { hasText: 'on-the-page' }).waitFor();
    const bar = row.getByRole('progressbar', { name: 'Progress of pipeline_run_full' });
    await expect.poll(async () => Number(await bar.getAttribute('value'))).toBeGreaterThan(0);
    const clock = row.locator('.clock');
    const shown = await clock.textContent();
    await expect.poll(() => clock.textContent()).not.toBe(shown);
    expect(await page.title()).toContain('1 running');
    expect(await overflowOf(page)).toBeLessThanOrEqual(0);

    run.cancel();
    await run.ended;
    await connection.call('version_keeper_scan', { target_files: ['../outside'] });
    const ended = page.locator('#feed-list');
    await ended.locator('[data-status="cancelled"]', { hasText: 'pipeline_run_full' }).waitFor();
    await ended.locator('[data-status="failed"]', { hasText: 'outside_workspace' }).waitFor();
    await page.getByText('No running operations.').waitFor();

    // The session's page says what the API says.
    await page.getByRole('link', { name: 'Sessions', exact: true }).click();
    await page.getByRole('link', { name: 'on-the-page' }).click();
    const { summary } = (await (await fetch(new URL('api/v1/sessions/on-the-page', base))).json()) as {
      summary: { total_operations: number; cancelled_operations: number; failed_operations: number };
    };
    const number = (name: string) =>
      page.locator('.totals div', { has: page.getByText(name, { exact: true }) }).locator('dd');
    await expect.poll(() => number('Operations').textContent()).toBe(String(summary.total_operations));
    await expect.poll(() => number('Failed').textContent()).toBe(String(summary.failed_operations));
    await expect.poll(() => number('Cancelled').textContent()).toBe(String(summary.cancelled_operations));
    expect(await overflowOf(page)).toBeLessThanOrEqual(0);
    expect(complaints).toEqual([]);
  });
});

test('a page that is opened late shows what happened before it', async () => {
  const { base } = await serve(['--workspace', createLintedWorkspace(1)]);
  const { call } = await connectClient(base);
  await call('version_keeper_scan', { target_files: ['no-such-file.ts'] });
  for (let i = 0; i < 15; i++) await call('pipeline_status', {});
  const { page } = await openPage(browser, base.href);
  await expect.poll(() => page.locator('#feed-count').textContent()).toBe('16');
  await page.locator('.feed-row[data-status="failed"]', { hasText: 'no-such-file.ts' }).waitFor();
});

test('without the page, everything else is still there', async () => {
  const { base } = await serve([], { MONITORING_DASHBOARD_ENABLED: 'false' });
  expect((await fetch(base)).status).toBe(404);
  expect((await fetch(new URL('metrics', base))).status).toBe(200);
});

test('a link from a dashboard shows the operations of a name, and what failed of them', async () => {
  const { base } = await serve(['--workspace', createLintedWorkspace(2)]);
  const { call } = await connectClient(base);
  await call('version_keeper_scan', { session_id: 'broken', target_files: ['../outside'] });
  await call('version_keeper_scan', { session_id: 'well' });
  await call('pipeline_status', {});
  const { page, complaints } = await openPage(
    browser,
    new URL('?name=version_keeper_scan&status=failed', base).href,
  );
  const rows = page.locator('.feed-row');
  await expect.poll(() => rows.count()).toBe(1);
  await page.locator('.feed-row[data-status="failed"]', { hasText: 'broken' }).waitFor();
  await page.getByRole('button', { name: 'Clear filter' }).click();
  await expect.poll(() => rows.count()).toBe(3);
  expect(new URL(page.url()).search).toBe('');
  expect(complaints).toEqual([]);
});
