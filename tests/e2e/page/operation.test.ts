import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, expect, test } from 'vitest';

import { launchBrowser, openPage } from '../../support/browser.ts';
import { hub, serve } from '../../support/cli-process.ts';
import { createLintedWorkspace } from '../../support/linted-workspace.ts';
import { connectClient } from '../../support/mcp-calls.ts';
import { report, secondsAgo, type ReportedStep } from '../../support/reports.ts';

let browser: Browser;
beforeAll(async () => {
  browser = await launchBrowser();
});
afterAll(() => browser.close());

const TRACE = '4bf92f3577b34da6a3ce929d0e0e4736';

async function openNewest(page: Page, name: string): Promise<void> {
  await page.locator('.feed-row', { hasText: name }).first().getByRole('link', { name }).click();
  await page.locator('h2', { hasText: name }).waitFor();
}

test('one call with all that is known of it: stages in time, progress, trace, arguments, result, and its history', async () => {
  const env = {
    MONITORING_CAPTURE_PAYLOADS: 'true',
    MONITORING_GRAFANA_URL: 'https://grafana.example.com/ops',
  };
  const { base } = await serve(['--workspace', createLintedWorkspace(30)], env);
  const { call } = await connectClient(base);
  const meta = { traceparent: `00-${TRACE}-00f067aa0ba902b7-01` };
  await call(
    'pipeline_run_full',
    { max_cycles: 2, max_fixes_per_cycle: 2 },
    { onprogress: () => undefined },
    meta,
  );
  const { page, complaints } = await openPage(browser, base.href, {
    permissions: ['clipboard-read', 'clipboard-write'],
  });
  await openNewest(page, 'pipeline_run_full');

  const timeline = page.locator('.waterfall-row');
  await expect.poll(() => timeline.count()).toBeGreaterThan(6);
  const bars = await timeline.locator('.bar').evaluateAll((elements) =>
    elements.map((element) => {
      const { left, right } = element.getBoundingClientRect();
      const track = element.parentElement?.getBoundingClientRect();
      return { from: left - (track?.left ?? 0), isInside: right <= (track?.right ?? 0) + 4 };
    }),
  );
  expect(bars.every(({ isInside }) => isInside)).toBe(true);
  expect(bars.at(-1)?.from).toBeGreaterThan(bars[0]?.from ?? Infinity);

  const steps = page.getByRole('img', { name: /^Progress over .*100% after/ });
  await steps.waitFor();
  await page.getByText(TRACE).waitFor();
  await page.locator('pre', { hasText: '"max_fixes_per_cycle": 2' }).waitFor();
  await page.locator('pre', { hasText: '"stop_reason"' }).waitFor();
  await page.getByRole('img', { name: /pipeline_run_full, rate, last hour: 1,/ }).waitFor();

  const grafana = new URL(
    (await page.getByRole('link', { name: 'History in Grafana' }).getAttribute('href')) ?? '',
  );
  expect(grafana.href).toMatch(/^https:\/\/grafana\.example\.com\/ops\/d\/mcp-tools\?/);
  expect(grafana.searchParams.get('var-tool')).toBe('pipeline_run_full');
  expect(grafana.searchParams.get('var-server')).toBe('mcp-exporter-pipeline');
  expect(Number(grafana.searchParams.get('to'))).toBeGreaterThan(Number(grafana.searchParams.get('from')));
  expect(await page.getByRole('link', { name: 'Grafana', exact: true }).getAttribute('href')).toBe(
    'https://grafana.example.com/ops/d/mcp-overview',
  );

  await page.getByRole('button', { name: 'Copy as JSON' }).click();
  await page.getByRole('button', { name: 'Copied' }).waitFor();
  const copied = JSON.parse(await page.evaluate(() => navigator.clipboard.readText())) as {
    operation: { operation_name: string; details: object };
    descendants: object[];
  };
  expect(copied.operation).toMatchObject({
    operation_name: 'pipeline_run_full',
    status: 'completed',
    details: { trace_id: TRACE, arguments: { max_cycles: 2 } },
  });
  expect(copied.descendants.length).toBe((await timeline.count()) - 1);

  // From a stage the way back to what started it.
  await timeline.getByRole('link', { name: 'pipeline_scan' }).first().click();
  await page.locator('h2', { hasText: 'pipeline_scan' }).waitFor();
  await expect
    .poll(() => page.locator('.path a').allTextContents())
    .toEqual(['pipeline_run_full', 'pipeline_cycle']);
  await page.locator('.path a').first().click();
  await page.locator('h2', { hasText: 'pipeline_run_full' }).waitFor();
  expect(complaints).toEqual([]);
});

test('the page of an unknown tool shows nothing of other unknown tools', async () => {
  const { base } = await hub({ MONITORING_GRAFANA_URL: 'http://grafana.example/' });
  const unknown = (server: string, tool: string, count: number): ReportedStep[] =>
    Array.from({ length: count }, (_, index) => ({
      kind: 'failed',
      session_id: server,
      server_name: server,
      operation_id: `${tool}-${index}`,
      operation_name: '_OTHER',
      duration: 1,
      details: { requested_tool: tool },
      error: 'Unknown tool',
    }));
  await report(base, [...unknown('files', 'fetch_invoice', 2), ...unknown('weather', 'rain', 9)]);
  const { page, complaints } = await openPage(browser, new URL('?operation=fetch_invoice-0', base).href);
  await page.locator('h2', { hasText: 'fetch_invoice' }).waitFor();
  // The page has asked for all that it may show.
  await page.waitForLoadState('networkidle');
  await page.locator('dt').getByText('session', { exact: true }).waitFor();
  expect(await page.getByText('usual', { exact: true }).count()).toBe(0);
  expect(await page.getByText('All with this name in the last hour').isVisible()).toBe(false);
  expect(await page.getByText('History in Grafana').isVisible()).toBe(false);
  await page.getByRole('link', { name: 'All with this name' }).click();
  await expect.poll(() => page.locator('#feed-count').textContent()).toBe('2 of 11');
  expect(complaints).toEqual([]);
});

test('without capture neither arguments nor result are anywhere, and the page says how they would be', async () => {
  const { base } = await serve(['--workspace', createLintedWorkspace(2)]);
  const { call } = await connectClient(base);
  await call('version_keeper_scan', { target_files: ['../a-telling-name'] });
  await call('version_keeper_scan', { output_format: 'text' });
  const { page } = await openPage(browser, base.href);
  await openNewest(page, 'version_keeper_scan');
  await page.getByText('MONITORING_CAPTURE_PAYLOADS=true', { exact: true }).waitFor();
  expect(await page.locator('pre.payload').count()).toBe(0);
  expect(await (await fetch(new URL('api/v1/operations', base))).text()).not.toContain('output_format');
});

test('a link to an operation works after a reload and in another tab; one to what is gone says so', async () => {
  const { base } = await serve(['--workspace', createLintedWorkspace(2)]);
  const { call } = await connectClient(base);
  await call('version_keeper_scan', { target_files: ['../outside'] });
  const { page } = await openPage(browser, base.href);
  await openNewest(page, 'version_keeper_scan');
  const address = page.url();
  expect(new URL(address).search).toMatch(/^\?operation=[\da-f-]{36}$/);
  await page.reload();
  await page.locator('.error', { hasText: 'outside_workspace' }).waitFor();
  expect(await page.title()).toBe('failed: version_keeper_scan – mcp-exporter');
  const other = await openPage(browser, address);
  await other.page.locator('.error', { hasText: 'outside_workspace' }).waitFor();

  const gone = await openPage(browser, new URL('?operation=no-such-operation', base).href);
  await gone.page.getByText('Unknown operation').waitFor();
});

test('where an id was used again, a link leads to the operation that was meant', async () => {
  const { base } = await hub();
  const nightly = {
    operation_id: 'nightly',
    operation_name: 'import',
    kind: 'completed',
    duration: 1,
  } as const;
  await report(base, [
    { ...nightly, timestamp: secondsAgo(7200), details: { message: 'monday' } },
    { ...nightly, timestamp: secondsAgo(60), details: { message: 'tuesday' } },
  ]);
  const { page } = await openPage(browser, base.href);
  await page.locator('.feed-row', { hasText: 'monday' }).getByRole('link').click();
  await page.locator('#operation .message', { hasText: 'monday' }).waitFor();
  await page.reload();
  await page.locator('#operation .message', { hasText: 'monday' }).waitFor();
});

test('a running operation goes on before one’s eyes, to its end', async () => {
  const { base } = await hub();
  const own = { operation_id: 'run', operation_name: 'import' } as const;
  await report(base, [
    { ...own, kind: 'started', timestamp: secondsAgo(10) },
    { ...own, kind: 'progressed', progress: 25 },
  ]);
  const { page } = await openPage(browser, new URL('?operation=run', base).href);
  const head = page.locator('#operation .clock');
  await head.getByText(/running, [1-5]\d\.\d s/).waitFor();
  const shown = await head.textContent();
  await expect.poll(() => head.textContent()).not.toBe(shown);
  await report(base, [
    { kind: 'started', operation_id: 'stage', operation_name: 'rows', parent_id: 'run' },
    { ...own, kind: 'progressed', progress: 75 },
  ]);
  await page.locator('.waterfall-row', { hasText: 'rows' }).waitFor();
  await page.getByRole('img', { name: /^Progress over .*75% after/ }).waitFor();
  await report(base, [
    { kind: 'completed', operation_id: 'stage', operation_name: 'rows', parent_id: 'run' },
    { ...own, kind: 'failed', error: 'row 7 is broken' },
  ]);
  await page.locator('.error', { hasText: 'row 7 is broken' }).waitFor();
  await head.getByText(/failed after/).waitFor();
});
