import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, expect, test } from 'vitest';

import { launchBrowser, openPage, overflowOf } from '../../support/browser.ts';
import { hub, serve } from '../../support/cli-process.ts';
import { createLintedWorkspace } from '../../support/linted-workspace.ts';
import { connectClient } from '../../support/mcp-calls.ts';
import { report } from '../../support/reports.ts';

let browser: Browser;
beforeAll(async () => {
  browser = await launchBrowser();
});
afterAll(() => browser.close());

const HOSTILE = {
  markup: '<img src=x onerror=alert(1)><script>alert(2)</script>',
  'right to left': '\u202Etxt.exe \u2066עברית\u2069 العربية',
  'a long word': 'w'.repeat(200),
  emoji: '👩‍👩‍👧‍👦🏳️‍🌈 e\u0301\u0301\u0301',
  'control characters': 'a\u0000b\u001bc\nd\te',
  'a link': 'javascript:alert(1)',
  prototype: '__proto__',
};

test.each(Object.entries(HOSTILE))(
  '%s in names, sessions, errors and details is text, and nothing more',
  async (_, text) => {
    const { base } = await hub();
    const own = { session_id: text, server_name: text, operation_id: text, operation_name: text } as const;
    await report(base, [
      { ...own, kind: 'started' },
      { ...own, operation_id: 'stage', parent_id: text, kind: 'started', details: { message: text } },
      {
        ...own,
        operation_id: 'over',
        kind: 'failed',
        error: text.repeat(50).slice(0, 3900),
        details: { [text]: text.repeat(50), nested: { [text]: [text] }, message: text.repeat(20) },
      },
    ]);
    for (const width of [1280, 360]) {
      const { page, complaints } = await openPage(browser, base.href, { width });
      const shown = text.replace(/\n/g, ' ');
      await expect
        .poll(async () => (await page.locator('.now-row .name').first().textContent())?.replace(/\n/g, ' '))
        .toBe(shown);
      await page.locator('.feed-row').first().waitFor();
      await page.locator('.feed-row a').first().click();
      await page.locator('#operation .error').waitFor();
      await expect.poll(() => page.locator('#operation h2').textContent()).toContain(text);
      expect(await page.locator('#operation .error').textContent()).toContain(text);
      expect(await overflowOf(page)).toBeLessThanOrEqual(0);
      await page.getByRole('link', { name: 'Sessions', exact: true }).click();
      await page.locator('.sessions tbody a').first().click();
      await page.locator('.replay-bar').first().waitFor();
      expect(await overflowOf(page)).toBeLessThanOrEqual(0);
      await page.getByRole('link', { name: 'Operations', exact: true }).click();
      await page.locator('.spark').first().waitFor();
      expect(await overflowOf(page)).toBeLessThanOrEqual(0);
      // Only the script of index.html that sets the base address.
      expect(await page.locator('img, script:not([src])').count()).toBe(1);
      expect(complaints).toEqual([]);
      await page.context().close();
    }
  },
);

test('what a client sends over MCP is text, too', async () => {
  const { base } = await serve(['--workspace', createLintedWorkspace(1)], {
    MONITORING_CAPTURE_PAYLOADS: 'true',
  });
  const { call } = await connectClient(base);
  const word = 'x'.repeat(10_000);
  await call('version_keeper_scan', { target_files: [HOSTILE.markup, word] });
  await call(HOSTILE.markup, {}).catch(() => undefined);
  const { page, complaints } = await openPage(browser, base.href, { width: 360 });
  await page.locator('.feed-row', { hasText: 'version_keeper_scan' }).getByRole('link').click();
  await page.locator('pre', { hasText: '<img src=x onerror=alert(1)>' }).first().waitFor();
  expect(await overflowOf(page)).toBeLessThanOrEqual(0);
  await page.goBack();
  await page.locator('.feed-row', { hasText: '<img src=x' }).first().waitFor();
  expect(await page.locator('img').count()).toBe(0);
  expect(complaints).toEqual([]);
});
