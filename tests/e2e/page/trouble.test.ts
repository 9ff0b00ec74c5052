import { execFileSync } from 'node:child_process';

import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, expect, test } from 'vitest';

import { createBreakableLink } from '../../support/breakable-link.ts';
import { launchBrowser, openPage } from '../../support/browser.ts';
import { hub, serve } from '../../support/cli-process.ts';
import { createLintedWorkspace } from '../../support/linted-workspace.ts';
import { connectClient } from '../../support/mcp-calls.ts';
import { report, type ReportedStep } from '../../support/reports.ts';

let browser: Browser;
beforeAll(async () => {
  browser = await launchBrowser();
});
afterAll(() => browser.close());

const done = (name: string): ReportedStep => ({
  kind: 'completed',
  operation_id: name,
  operation_name: name,
});

test('a page that loses its connection says so, and after it is back has what it missed', async () => {
  const { base } = await serve(['--workspace', createLintedWorkspace(2)]);
  const { call } = await connectClient(base);
  const link = await createBreakableLink(Number(base.port));
  const { page } = await openPage(browser, link.url);
  await call('version_keeper_scan', {});
  await page.locator('.feed-row', { hasText: 'version_keeper_scan' }).waitFor();

  link.breakOff();
  await page.locator('#connection-text', { hasText: 'Reconnecting' }).waitFor();
  await page.locator('.banner[data-kind="lost"]', { hasText: 'This is the last known state' }).waitFor();
  await page.locator('#now-stale', { hasText: 'as of' }).waitFor();
  await call('quality_patcher_fix', { max_fixes: 1 });
  expect(await page.locator('.feed-row', { hasText: 'quality_patcher_fix' }).count()).toBe(0);
  // In plain words, and later in plainer ones.
  await page.locator('#connection-text', { hasText: 'Disconnected' }).waitFor({ timeout: 60_000 });

  await page.getByRole('button', { name: 'Try now' }).waitFor();
  link.mend();
  // In the page itself: a click from here takes its time, and meanwhile the page may have tried by itself.
  await page.locator('#connection-retry').evaluate((button: HTMLButtonElement) => button.click());
  // “Disconnected” has it, too.
  await page.locator('#connection-text', { hasText: /^Connected$/ }).waitFor();
  const row = page.locator('.feed-row', { hasText: 'quality_patcher_fix' });
  await row.waitFor();
  await row.locator('.toggle').click();
  await page.locator('.feed-row', { hasText: 'apply_fixes' }).waitFor();
  await expect.poll(() => page.locator('.banner').count()).toBe(0);
});

test('a page that was away for too long says what it has missed, and is right again', async () => {
  const { base } = await hub();
  await report(base, [
    { kind: 'started', operation_id: 'goes', operation_name: 'goes' },
    { kind: 'started', operation_id: 'stays', operation_name: 'stays' },
  ]);
  const link = await createBreakableLink(Number(base.port));
  const { page } = await openPage(browser, link.url);
  await expect.poll(() => page.locator('.now-row .name').allTextContents()).toEqual(['goes', 'stays']);
  link.breakOff();
  await page.locator('#connection-text', { hasText: 'Reconnecting' }).waitFor();
  await report(base, [done('goes')]);
  // More than the feed keeps for those who come back.
  for (let round = 0; round < 11; round++) {
    await report(
      base,
      Array.from({ length: 500 }, (_, index) => done(`op-${round}-${index}`)),
    );
  }
  link.mend();
  const gap = page.locator('.banner[data-kind="gap"]');
  await gap.getByText(/Reconnected\. About 1[12],\d{3} events between .* were missed/).waitFor();
  await page.locator('.feed-row', { hasText: 'op-10-499' }).waitFor();
  await expect.poll(() => page.locator('.now-row .name').allTextContents()).toEqual(['stays']);
  await gap.getByRole('button', { name: 'Dismiss' }).click();
  await expect.poll(() => page.locator('.banner').count()).toBe(0);
});

test('a page of an exporter that was killed and started again begins anew by itself, and says why', async () => {
  const workspace = createLintedWorkspace(2);
  const first = await serve(['--workspace', workspace]);
  const { page } = await openPage(browser, first.base.href);
  await (await connectClient(first.base)).call('version_keeper_scan', {});
  await page.locator('.feed-row', { hasText: 'version_keeper_scan' }).waitFor();
  first.child.kill('SIGKILL');
  await first.ended;
  await page.locator('#connection-text', { hasText: 'Reconnecting' }).waitFor();

  const again = await serve(['--workspace', workspace], { MONITORING_DASHBOARD_PORT: first.base.port });
  await page.locator('#connection-text', { hasText: 'Connected' }).waitFor({ timeout: 60_000 });
  await page.locator('.banner[data-kind="restarted"]', { hasText: 'The exporter was restarted' }).waitFor();
  await page.getByText('No operations yet').waitFor();
  await (await connectClient(again.base)).call('pipeline_status', {});
  await page.locator('.feed-row', { hasText: 'pipeline_status' }).waitFor();
  expect(await page.locator('.feed-row').count()).toBe(1);
});

test('a guarded exporter asks the page for its key, and the tab keeps it', async () => {
  const env = { MONITORING_REQUIRE_AUTH: 'true', MONITORING_API_KEY: 'correct-horse-battery' };
  const { base } = await serve(['--workspace', createLintedWorkspace(1)], env);
  const { call } = await connectClient(base, { authorization: 'Bearer correct-horse-battery' });
  const { page } = await openPage(browser, base.href);
  await page.locator('#connection-text', { hasText: 'Key needed' }).waitFor();
  const key = page.getByLabel(/API key/);
  await key.fill('wrong-horse');
  await page.getByRole('button', { name: 'Connect' }).click();
  await page.getByText('Wrong API key').waitFor();
  await key.fill('correct-horse-battery');
  await page.getByRole('button', { name: 'Connect' }).click();
  // The command that it shows names the key, and does not tell it.
  await page.getByText('Bearer $MONITORING_API_KEY').waitFor();
  await page.getByText('MCP_EXPORTER_MONITORING_API_KEY="$MONITORING_API_KEY" mcp-exporter proxy').waitFor();
  await call('pipeline_status', {});
  const row = page.locator('.feed-row', { hasText: 'pipeline_status' });
  await row.waitFor();
  await page.reload();
  await row.waitFor();
  expect(await page.locator('#key-form').isVisible()).toBe(false);
  expect(await page.evaluate(() => localStorage.length)).toBe(0);
  // What it reads over HTTP, it reads with the key.
  await row.getByRole('link').click();
  await page.locator('.waterfall-row', { hasText: 'pipeline_status' }).waitFor();
});

test('a page whose address has guessed keys says why it is refused', async () => {
  const env = { MONITORING_REQUIRE_AUTH: 'true', MONITORING_API_KEY: 'correct-horse-battery' };
  const { base } = await hub(env);
  for (let i = 0; i < 11; i++) {
    await fetch(new URL('/metrics', base), { headers: { authorization: `Bearer guess-number-${i}` } });
  }
  const { page } = await openPage(browser, base.href);
  await page.getByLabel(/API key/).fill('correct-horse-battery');
  await page.getByRole('button', { name: 'Connect' }).click();
  await page.locator('.banner[data-kind="lost"]', { hasText: 'too many wrong keys' }).waitFor();
});

test('an empty page has the command for a first operation, and it works as it stands', async () => {
  const { base } = await hub();
  const { page, complaints } = await openPage(browser, base.href, {
    permissions: ['clipboard-read', 'clipboard-write'],
  });
  await page.getByText('No operations yet').waitFor();
  await page.getByRole('button', { name: 'Copy' }).first().click();
  await page.getByRole('button', { name: 'Copied' }).waitFor();
  const command = await page.evaluate(() => navigator.clipboard.readText());
  expect(command).toMatch(/^curl http/);
  execFileSync('sh', ['-c', command], { stdio: 'ignore' });
  await page.locator('.feed-row', { hasText: 'first_operation' }).waitFor();
  expect(complaints).toEqual([]);
});

test('a part of the page that cannot be loaded is reported, and the rest still works', async () => {
  const { base } = await hub();
  await report(base, [done('before')]);
  const { page } = await openPage(browser, base.href);
  await page.locator('.feed-row', { hasText: 'before' }).waitFor();
  await page.route(/sessions-page.*\.js/, (route) => route.abort());
  await page.getByRole('link', { name: 'Sessions', exact: true }).click();
  await page.getByText('Cannot load this page').waitFor();
  await page.getByRole('link', { name: 'Live' }).click();
  await report(base, [done('after')]);
  await page.locator('.feed-row', { hasText: 'after' }).waitFor();
});
