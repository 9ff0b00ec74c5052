import { readdirSync, readFileSync } from 'node:fs';

import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { parse } from 'yaml';

import { launchBrowser, openPage } from '../support/browser.ts';
import { serve } from '../support/cli-process.ts';

const RULES = new URL('../../prometheus/rules/', import.meta.url);

const runbookUrls = readdirSync(RULES)
  .map((name) => readFileSync(new URL(name, RULES), 'utf8'))
  .flatMap((text) => (parse(text) as RuleFile).groups.flatMap(({ rules }) => rules))
  .flatMap(({ annotations }) => annotations?.runbook_url ?? []);

interface RuleFile {
  groups: { rules: { annotations?: { runbook_url: string } }[] }[];
}

/** Where an alert leads that was made with this external label. */
function addressFrom(runbookUrl: string, base: URL): string {
  const [, path = ''] =
    /^\{\{ with \$externalLabels\.exporter_url \}\}\{\{ \. \}\}(.*)\{\{ end \}\}$/.exec(runbookUrl) ?? [];
  return `${base.href.replace(/\/$/, '')}${path}`;
}

test('each alert’s link leads to its section, without a key where everything else asks for one', async () => {
  const { base } = await serve([], {
    MONITORING_REQUIRE_AUTH: 'true',
    MONITORING_API_KEY: 'a-key-of-enough-length',
  });
  expect((await fetch(new URL('api/v1/sessions', base))).status).toBe(401);
  expect(runbookUrls.length).toBeGreaterThan(10);
  const response = await fetch(new URL('runbooks', base));
  expect(response.status).toBe(200);
  expect(response.headers.get('content-type')).toBe('text/html; charset=utf-8');
  const html = await response.text();
  for (const runbookUrl of runbookUrls) {
    const { href, hash } = new URL(addressFrom(runbookUrl, base));
    expect(href).toBe(`${new URL('runbooks', base)}${hash}`);
    expect(html, hash).toContain(`<h2 id="${hash.slice(1)}">`);
  }
});

test('without the page there are no runbooks', async () => {
  const { base } = await serve([], { MONITORING_DASHBOARD_ENABLED: 'false' });
  expect((await fetch(new URL('runbooks', base))).status).toBe(404);
});

describe.each([
  { name: 'on a desk', width: 1280, height: 800, colorScheme: 'light' },
  { name: 'on a phone', width: 390, height: 844, colorScheme: 'dark' },
] as const)('$name', (device) => {
  let browser: Browser;
  beforeAll(async () => {
    browser = await launchBrowser();
  });
  afterAll(() => browser.close());

  test('a person who follows an alert’s link sees that section first, and nothing is blocked or cut off', async () => {
    const { base } = await serve();
    const { page, complaints } = await openPage(browser, `${base.href}runbooks#McpRequestStuck`, device);
    const heading = page.getByRole('heading', { name: 'McpRequestStuck' });
    await expect
      .poll(async () => Math.abs((await heading.boundingBox())?.y ?? Infinity))
      .toBeLessThan(device.height / 4);
    const { background, whiteSpace, overflow } = await page.evaluate(() => ({
      background: getComputedStyle(document.body).backgroundColor,
      whiteSpace: getComputedStyle(document.querySelector('.runbooks pre') ?? document.body).whiteSpace,
      overflow: document.documentElement.scrollWidth - window.innerWidth,
    }));
    // The one from the page's stylesheet, the other from the runbooks' own.
    expect(background).toBe({ light: 'rgb(245, 246, 248)', dark: 'rgb(15, 19, 25)' }[device.colorScheme]);
    expect(whiteSpace).toBe('pre-wrap');
    expect(overflow).toBeLessThanOrEqual(0);

    await page.getByRole('link', { name: 'McpWatchdog' }).first().click();
    expect(new URL(page.url()).hash).toBe('#McpWatchdog');
    await page.getByRole('link', { name: 'Live page' }).click();
    await page.getByText('No operations yet').waitFor();
    expect(complaints).toEqual([]);
  });
});
