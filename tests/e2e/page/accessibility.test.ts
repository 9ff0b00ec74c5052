import axe from 'axe-core';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, expect, test } from 'vitest';

import { launchBrowser, openPage, overflowOf } from '../../support/browser.ts';
import { hub } from '../../support/cli-process.ts';
import { ended, report, secondsAgo } from '../../support/reports.ts';

let browser: Browser;
beforeAll(async () => {
  browser = await launchBrowser();
});
afterAll(() => browser.close());

/** What axe finds that keeps somebody out; the page's own policy stays in force. */
async function seriousViolations(page: Page): Promise<string[]> {
  await page.evaluate(axe.source);
  const { violations } = await page.evaluate(() => {
    const injected = globalThis as unknown as { axe: { run: () => Promise<axe.AxeResults> } };
    return injected.axe.run();
  });
  return violations
    .filter(({ impact }) => impact === 'serious' || impact === 'critical')
    .map(({ id, nodes }) => `${id}: ${nodes[0]?.html}`);
}

/** Something of everything. */
async function busyHub(env: Record<string, string> = {}) {
  const { base } = await hub(env);
  const run = { operation_id: 'run', operation_name: 'run', server_name: 'builder' } as const;
  await report(base, [
    ...ended('import', 5, 2),
    {
      kind: 'failed',
      operation_id: 'bad',
      operation_name: 'import',
      server_name: 'files',
      session_id: 'b',
      error: 'disk full',
    },
    { kind: 'cancelled', operation_id: 'stop', operation_name: 'export', error: 'enough' },
    { ...run, kind: 'started', timestamp: secondsAgo(30) },
    { kind: 'completed', operation_id: 's1', operation_name: 'compile', parent_id: 'run', duration: 1 },
    { ...run, kind: 'progressed', progress: 40, details: { message: 'half way' } },
    {
      ...run,
      kind: 'completed',
      operation_id: 'with-payload',
      details: { arguments: { path: '/data' }, result: { ok: true }, trace_id: 'abc' },
    },
    { kind: 'started', operation_id: 'slow', operation_name: 'slow', timestamp: secondsAgo(3) },
  ]);
  return base;
}

const PLACES = {
  live: ['', '.feed-row'],
  operations: ['?view=operations', '.spark'],
  sessions: ['?view=sessions', '.session-status'],
  operation: ['?operation=run', '.waterfall-row'],
  'operation with payload': ['?operation=with-payload', '.payload'],
  session: ['?view=session&session=reported', '.replay-bar'],
  'nothing found': ['?operation=none', '#operation .card'],
} as const;

const DEVICES = [
  { width: 1440, height: 900, colorScheme: 'light' },
  { width: 360, height: 740, colorScheme: 'dark' },
] as const;

test.each(DEVICES)(
  'at $width pixels, $colorScheme, axe finds nothing serious on any page, and nothing is wider than the window',
  async (device) => {
    const base = await busyHub();
    for (const [search, mark] of Object.values(PLACES)) {
      const { page, complaints } = await openPage(browser, new URL(search || './', base).href, device);
      await page.locator(mark).first().waitFor();
      expect(await overflowOf(page), search).toBeLessThanOrEqual(0);
      expect(await seriousViolations(page), search).toEqual([]);
      // A browser complains of each answer that says 404.
      expect(complaints.filter((text) => !text.includes('404'))).toEqual([]);
      await page.context().close();
    }
  },
);

test.each([
  { name: 'with more contrast', options: { contrast: 'more' } },
  { name: 'with more contrast in the dark', options: { contrast: 'more', colorScheme: 'dark' } },
  { name: 'with the system’s colours', options: { forcedColors: 'active' } },
] as const)('$name, axe finds nothing serious either', async ({ options }) => {
  const base = await busyHub();
  const { page } = await openPage(browser, base.href, options);
  await page.locator('.feed-row').first().waitFor();
  expect(await seriousViolations(page)).toEqual([]);
});

test('the empty page and the one that asks for a key are for everybody, too', async () => {
  const { base } = await hub();
  const empty = await openPage(browser, base.href, { width: 360, height: 740 });
  await empty.page.getByText('No operations yet').waitFor();
  expect(await seriousViolations(empty.page)).toEqual([]);
  expect(await overflowOf(empty.page)).toBeLessThanOrEqual(0);
  const guarded = await hub({
    MONITORING_REQUIRE_AUTH: 'true',
    MONITORING_API_KEY: 'a-key-of-enough-length',
  });
  const locked = await openPage(browser, guarded.base.href, { width: 360, height: 740 });
  await locked.page.getByLabel(/API key/).waitFor();
  expect(await seriousViolations(locked.page)).toEqual([]);
});

test('who wants less motion has none: clocks go by seconds, and bars do not glide', async () => {
  const base = await busyHub();
  const { page } = await openPage(browser, base.href, { reducedMotion: 'reduce' });
  await page.locator('.now-row').first().waitFor();
  const moving = await page.evaluate(() => document.getAnimations().length);
  expect(moving).toBe(0);
});

test('a screen reader is told of the connection and of a new number of matches, and not of every operation', async () => {
  const base = await busyHub();
  const { page } = await openPage(browser, base.href);
  await page.locator('.feed-row').first().waitFor();
  // Whatever is in a live region is spoken.
  await page.evaluate(() => {
    const spoken: string[] = [];
    Object.assign(window, { spoken });
    for (const region of document.querySelectorAll('[role="status"], [role="alert"], [aria-live]')) {
      new MutationObserver(() => spoken.push(region.textContent)).observe(region, {
        childList: true,
        characterData: true,
        subtree: true,
      });
    }
  });
  await report(base, ended('more', 20, 1));
  await page.locator('.feed-row', { hasText: 'more' }).first().waitFor();
  const spoken = () => page.evaluate(() => (window as unknown as { spoken: string[] }).spoken);
  expect(await spoken()).toEqual([]);
  await page.getByLabel('Text').fill('disk full');
  await expect.poll(spoken).toEqual(['1 of 28 ended operations match']);
});
