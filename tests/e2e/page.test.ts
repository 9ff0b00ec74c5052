import { Client } from '@modelcontextprotocol/sdk/client/index.js';
import { StreamableHTTPClientTransport } from '@modelcontextprotocol/sdk/client/streamableHttp.js';
import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest';

import { createBreakableLink } from '../support/breakable-link.ts';
import { launchBrowser, openPage } from '../support/browser.ts';
import { serve } from '../support/cli-process.ts';
import { createLintedWorkspace } from '../support/linted-workspace.ts';

let browser: Browser;
beforeAll(async () => {
  browser = await launchBrowser();
});
afterAll(() => browser.close());

async function connect(base: URL, headers: Record<string, string> = {}) {
  const client = new Client({ name: 'test', version: '1' });
  onTestFinished(() => client.close());
  await client.connect(new StreamableHTTPClientTransport(new URL('mcp', base), { requestInit: { headers } }));
  const call = (name: string, args: object, options: object = {}) =>
    client.callTool({ name, arguments: { session_id: 'on-the-page', ...args } }, undefined, options);
  return { client, call };
}

/** A run that goes on until it is cancelled or done, already past its first steps. */
async function runningScan({ call }: Awaited<ReturnType<typeof connect>>) {
  const cancel = new AbortController();
  const ended = new Promise<void>((resolve, reject) => {
    const options = { signal: cancel.signal, onprogress: () => undefined, timeout: 100_000 };
    call('pipeline_run_full', { max_cycles: 10, max_fixes_per_cycle: 1 }, options).then(
      () => resolve(),
      (error: unknown) => (cancel.signal.aborted ? resolve() : reject(error as Error)),
    );
  });
  return { ended, cancel: () => cancel.abort('seen enough') };
}

describe.each([
  { name: 'on a desk', width: 1280, height: 800, colorScheme: 'light' },
  { name: 'on a phone', width: 390, height: 844, colorScheme: 'dark' },
] as const)('$name', (device) => {
  test('a person sees a run as it goes: progress, a running clock, its stages, and how it ended', async () => {
    const { base } = await serve(['--workspace', createLintedWorkspace(150)]);
    const { page, complaints } = await openPage(browser, base.href, device);
    await page.getByText('No session yet').waitFor();
    await page.locator('#connection-text', { hasText: 'Connected' }).waitFor();

    const connection = await connect(base);
    const run = await runningScan(connection);
    const active = page.locator('#active-operations');
    await active.getByText('pipeline_run_full').waitFor();
    await page.locator('#session-name', { hasText: 'on-the-page' }).waitFor();
    const nested = active.locator('.operation .operation .operation', { hasText: 'pipeline_scan' });
    await nested.first().waitFor();
    const bar = active.getByRole('progressbar', { name: 'Progress of pipeline_run_full' });
    await expect.poll(async () => Number(await bar.getAttribute('value'))).toBeGreaterThan(0);
    const clock = active.locator('.duration').first();
    const shown = await clock.textContent();
    await expect.poll(() => clock.textContent()).not.toBe(shown);
    const overflow = await page.evaluate(() => document.documentElement.scrollWidth - window.innerWidth);
    expect(overflow).toBeLessThanOrEqual(0);

    run.cancel();
    await run.ended;
    await connection.call('version_keeper_scan', { target_files: ['<img src=x onerror=alert(1)>'] });
    const ended = page.locator('#ended-operations');
    await ended.locator('[data-status="cancelled"]', { hasText: 'pipeline_run_full' }).first().waitFor();
    await ended.locator('[data-status="failed"]', { hasText: '<img src=x onerror=alert(1)>' }).waitFor();
    expect(await page.locator('img').count()).toBe(0);

    const summary = (await (await fetch(new URL('api/v1/sessions/on-the-page', base))).json()) as {
      summary: { total_operations: number; cancelled_operations: number; failed_operations: number };
    };
    const number = async (id: string) => Number(await page.locator(id).textContent());
    await expect.poll(() => number('#total')).toBe(summary.summary.total_operations);
    await expect.poll(() => number('#failed')).toBe(1);
    await expect.poll(() => number('#cancelled')).toBe(summary.summary.cancelled_operations);
    expect(complaints).toEqual([]);
  });
});

test('a page that is opened late shows failures further back than the last few operations', async () => {
  const { base } = await serve(['--workspace', createLintedWorkspace(1)]);
  const { call } = await connect(base);
  await call('version_keeper_scan', { target_files: ['no-such-file.ts'] });
  for (let i = 0; i < 15; i++) await call('pipeline_status', {});
  const { page } = await openPage(browser, base.href);
  const ended = page.locator('#ended-operations');
  await ended.locator('[data-status="failed"]', { hasText: 'no-such-file.ts' }).waitFor();
  await expect.poll(() => ended.locator('> .operation').count()).toBe(16);
});

test('a page that loses its connection says so, and after it is back has what it missed', async () => {
  const { base } = await serve(['--workspace', createLintedWorkspace(2)]);
  const { call } = await connect(base);
  const link = await createBreakableLink(Number(base.port));
  const { page } = await openPage(browser, link.url);
  await call('version_keeper_scan', {});
  await page.locator('#ended-operations').getByText('version_keeper_scan').waitFor();

  link.breakOff();
  await page.locator('#connection-text', { hasText: 'Reconnecting' }).waitFor();
  await call('quality_patcher_fix', { max_fixes: 1 });
  expect(await page.locator('#ended-operations').getByText('quality_patcher_fix').count()).toBe(0);
  link.mend();
  await page.locator('#ended-operations').getByText('quality_patcher_fix').waitFor();
  await page.locator('#ended-operations').getByText('apply_fixes').waitFor();
});

test('a page of an exporter that was restarted starts anew by itself', async () => {
  const workspace = createLintedWorkspace(2);
  const first = await serve(['--workspace', workspace]);
  const { page } = await openPage(browser, first.base.href);
  await (await connect(first.base)).call('version_keeper_scan', {});
  await page.locator('#ended-operations').getByText('version_keeper_scan').waitFor();
  first.child.kill('SIGTERM');
  await first.ended;
  await page.locator('#connection-text', { hasText: 'Reconnecting' }).waitFor();

  const again = await serve(['--workspace', workspace], { MONITORING_DASHBOARD_PORT: first.base.port });
  await page.locator('#connection-text', { hasText: 'Connected' }).waitFor({ timeout: 60_000 });
  await page.getByText('No session yet').waitFor();
  await (await connect(again.base)).call('pipeline_status', {});
  await page.locator('#ended-operations').getByText('pipeline_status').waitFor();
});

test('a guarded exporter asks the page for its key, and the tab keeps it', async () => {
  const env = { MONITORING_REQUIRE_AUTH: 'true', MONITORING_API_KEY: 'correct-horse' };
  const { base } = await serve(['--workspace', createLintedWorkspace(1)], env);
  const { call } = await connect(base, { authorization: 'Bearer correct-horse' });
  const { page } = await openPage(browser, base.href);
  const key = page.getByLabel(/API key/);
  await key.fill('wrong-horse');
  await page.getByRole('button', { name: 'Connect' }).click();
  await page.getByText('That key was not accepted').waitFor();
  await key.fill('correct-horse');
  await page.getByRole('button', { name: 'Connect' }).click();
  await call('pipeline_status', {});
  await page.locator('#ended-operations').getByText('pipeline_status').waitFor();
  await page.reload();
  await page.locator('#ended-operations').getByText('pipeline_status').waitFor();
  expect(await page.locator('#key-form').isVisible()).toBe(false);
  expect(await page.evaluate(() => localStorage.length)).toBe(0);
});

test('without the page, everything else is still there', async () => {
  const { base } = await serve([], { MONITORING_DASHBOARD_ENABLED: 'false' });
  expect((await fetch(base)).status).toBe(404);
  expect((await fetch(new URL('metrics', base))).status).toBe(200);
});

test('a link from a dashboard shows where the operation happened last, and the way back to its history', async () => {
  const env = { MONITORING_GRAFANA_URL: 'https://grafana.example.com/ops' };
  const { base } = await serve(['--workspace', createLintedWorkspace(2)], env);
  const { call } = await connect(base);
  await call('version_keeper_scan', { session_id: 'the-scan' });
  await call('pipeline_status', { session_id: 'something-later' });
  const { page, complaints } = await openPage(browser, new URL('?operation=version_keeper_scan', base).href);

  await page.locator('#session-name', { hasText: 'the-scan' }).waitFor();
  const row = page.locator('#ended-operations .operation', { hasText: 'version_keeper_scan' }).first();
  await row.locator('summary').first().click();
  const history = await row.getByRole('link', { name: 'in Grafana' }).first().getAttribute('href');
  expect(history).toMatch(
    /^https:\/\/grafana\.example\.com\/ops\/d\/mcp-pipeline\?var-operation=version_keeper_scan&from=\d+&to=\d+$/,
  );
  const dashboards = page.getByRole('link', { name: 'Dashboards' });
  expect(await dashboards.getAttribute('href')).toBe('https://grafana.example.com/ops/d/mcp-overview');
  expect(complaints).toEqual([]);
});

test('a link to what failed shows where it failed last, and nothing else', async () => {
  const { base } = await serve(['--workspace', createLintedWorkspace(2)]);
  const { call } = await connect(base);
  await call('version_keeper_scan', { session_id: 'broken', target_files: ['../outside'] });
  await call('version_keeper_scan', { session_id: 'broken' });
  await call('version_keeper_scan', { session_id: 'well' });
  const address = new URL('?operation=version_keeper_scan&status=failed', base).href;
  const { page, complaints } = await openPage(browser, address);

  await page.locator('#session-name', { hasText: 'broken' }).waitFor();
  await page.locator('#filter', { hasText: 'Only failed version_keeper_scan' }).waitFor();
  const rows = page.locator('#ended-operations > .operation');
  await expect.poll(() => rows.count()).toBe(1);
  expect(await rows.first().getAttribute('data-status')).toBe('failed');

  await page.getByRole('button', { name: 'Show all' }).click();
  await expect.poll(() => rows.count()).toBe(2);
  expect(complaints).toEqual([]);
});
