import { setTimeout as sleep } from 'node:timers/promises';

import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, expect, test } from 'vitest';

import { traceFrames } from '../../../bench/page/frame-trace.ts';
import { launchBrowser, openPage } from '../../support/browser.ts';
import { hub } from '../../support/cli-process.ts';
import { report, type ReportedStep } from '../../support/reports.ts';

let browser: Browser;
beforeAll(async () => {
  browser = await launchBrowser();
});
afterAll(() => browser.close());

test('5,000 operations and 500 events a second: as few rows as can be seen, and nothing is lost', async () => {
  const { base } = await hub();
  const { page, complaints } = await openPage(browser, base.href);
  await page.locator('#connection-text', { hasText: 'Connected' }).waitFor();
  const done = (index: number): ReportedStep => ({
    kind: index % 7 === 0 ? 'failed' : 'completed',
    session_id: `session-${index % 5}`,
    server_name: `server-${index % 2}`,
    operation_id: `op-${index}`,
    operation_name: `tool-${index % 9}`,
    duration: 0.2,
    ...(index % 7 === 0 ? { error: `failure ${index}` } : undefined),
  });
  for (let from = 0; from < 5000; from += 500) {
    await report(
      base,
      Array.from({ length: 500 }, (_, index) => done(from + index)),
    );
  }
  const count = page.locator('#feed-count');
  await expect.poll(() => count.textContent()).toBe('5,000');

  // Fifty batches of ten, with running ones among them, for some seconds.
  const steps = async () => {
    for (let batch = 0; batch < 250; batch++) {
      const id = `live-${batch}`;
      const own = { operation_id: id, operation_name: 'live', session_id: 'session-live' } as const;
      const progress = Array.from({ length: 8 }, (_, step): ReportedStep => ({
        ...own,
        kind: 'progressed',
        progress: step * 10,
      }));
      await report(base, [{ ...own, kind: 'started' }, ...progress, { ...own, kind: 'completed' }]);
      await sleep(15);
    }
  };
  const rows = page.locator('.feed-row');
  const watch = async () => {
    const counts: number[] = [];
    for (let look = 0; look < 20; look++) {
      counts.push(await rows.count());
      await sleep(150);
    }
    return Math.max(...counts);
  };
  const [, most] = await Promise.all([steps(), watch()]);
  expect(most).toBeLessThan(60);
  // How fast they came is the benchmark's to say; that it hears of them is tested here.
  const { times, dropped } = await traceFrames(browser, page, 1000);
  expect(times.length).toBeGreaterThan(5);
  expect(times.every((milliseconds) => milliseconds > 0)).toBe(true);
  expect(dropped).toBeGreaterThanOrEqual(0);
  // All 250 that came are there, and the oldest went for them as far as the page keeps.
  await page.getByLabel('Text').fill('session-live');
  await expect.poll(() => count.textContent()).toMatch(/^250 of 5,/);
  await page.locator('#feed-list').evaluate((element) => (element.scrollTop = element.scrollHeight));
  await rows.last().waitFor();
  expect(await rows.count()).toBeLessThan(60);
  expect(complaints).toEqual([]);
});

test('opening the page costs less than 66 kB before its first rows, and each view less than 70 kB', async () => {
  const { base } = await hub();
  await report(base, [{ kind: 'completed', operation_id: 'one', operation_name: 'one' }]);
  const places = [
    ['', '.feed-row'],
    ['?view=operations', '.spark'],
    ['?view=sessions', '.sessions .session-status'],
    ['?operation=one', '.waterfall-row'],
    ['?view=session&session=reported', '.replay-bar'],
  ] as const;
  for (const [search, mark] of places) {
    const { page, received } = await openPage(browser, new URL(search || './', base).href);
    await page.locator(mark).first().waitFor();
    // The texts about a lost feed are loaded later, in advance.
    const files = (await received()).filter(({ url }) => !/\/api\/|\/lost-feed-/.test(url));
    const total = files.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0);
    expect(files.length).toBeGreaterThan(3);
    expect(total, search).toBeGreaterThan(20_000);
    expect(total, search).toBeLessThan(70_000);
    // The live view loads its line of problems together with the first answers of the API.
    const line = files.find(({ url }) => /\/status-line-/.test(url));
    if (search === '') expect(total - (line?.sizeBytes ?? 0)).toBeLessThan(66_000);
    await page.context().close();
  }
});
