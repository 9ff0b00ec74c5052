import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, expect, test } from 'vitest';

import { launchBrowser, openPage } from '../../support/browser.ts';
import { hub } from '../../support/cli-process.ts';
import { report, secondsAgo, type ReportedStep } from '../../support/reports.ts';

let browser: Browser;
beforeAll(async () => {
  browser = await launchBrowser();
});
afterAll(() => browser.close());

function call(server: string, id: string, given: Partial<ReportedStep> = {}): ReportedStep {
  return {
    kind: 'completed',
    session_id: server,
    server_name: server,
    operation_id: id,
    operation_name: 'search',
    duration: 0.1,
    ...given,
  };
}

test.each([1280, 420])(
  'at %i pixels, the live page shows at once which servers fail and hang',
  async (width) => {
    const { base } = await hub();
    const servers = Array.from({ length: 30 }, (_, index) => `server-${index}`);
    await report(base, [
      ...servers.map((server) => call(server, server)),
      ...['a', 'b', 'c'].map((id) => call('server-7', id, { kind: 'failed', error: 'quota exceeded' })),
      call('server-9', 'd', { kind: 'failed', error: 'timeout' }),
      call('server-11', 'hung', { kind: 'started', operation_name: 'export', timestamp: secondsAgo(90) }),
    ]);
    const { page, complaints } = await openPage(browser, base.href, { width });
    const links = page.getByRole('list', { name: 'Problems' }).getByRole('link');
    await expect
      .poll(() => links.allTextContents())
      .toEqual([
        'server-7: 3 failures in the last hour',
        'server-9: search failed',
        'server-11: export has been running for over a minute',
      ]);
    for (const link of await links.all()) {
      const box = await link.boundingBox();
      expect((box?.y ?? 999) + (box?.height ?? 0)).toBeLessThan(300);
    }
    await links.nth(0).click();
    await expect.poll(() => page.locator('#feed-count').textContent()).toBe('3 of 34');
    await links.nth(1).click();
    await page.getByText('timeout', { exact: true }).waitFor();
    await page.goBack();
    await links.nth(2).click();
    await page.locator('h2', { hasText: 'export' }).waitFor();
    expect(complaints).toEqual([]);
  },
);

test('a page without problems says so', async () => {
  const { base } = await hub();
  await report(base, [call('files', 'a')]);
  const { page } = await openPage(browser, base.href);
  await page.getByText('No failures in the last hour.').waitFor();
});
