import { readFileSync } from 'node:fs';

import { expect, test } from 'vitest';

import { runbooksPage } from '../../scripts/runbooks-page.ts';

const html = runbooksPage(readFileSync(new URL('../../docs/runbooks.md', import.meta.url), 'utf8'));

test('the runbooks’ page has no script, nothing inline, and no address but under its own path', () => {
  expect(html).not.toMatch(/<script|<style|\sstyle=|\son\w+=/i);
  const addresses = [...html.matchAll(/(?:href|src)="([^"]*)"/g)].map(([, address]) => address ?? '');
  expect(addresses.length).toBeGreaterThan(20);
  expect(addresses.filter((address) => !/^(\.\/|#\w)/.test(address))).toEqual([]);
});

test('every link within the runbooks’ page leads to a section', () => {
  const ids = [...html.matchAll(/<h2 id="([^"]+)"/g)].map(([, id]) => `#${id}`);
  const links = [...html.matchAll(/href="(#[^"]+)"/g)].map(([, link]) => link);
  expect(new Set(links)).toEqual(new Set([...ids, '#content']));
});

test('text of the runbooks stays text', () => {
  const code = runbooksPage('## McpX\n\n`a < b & "c"`\n');
  expect(code).toContain('<h2 id="McpX">');
  expect(code).toContain('<code>a &lt; b &amp; &quot;c&quot;</code>');
});

test.each([
  ['<b>bold</b>\n', 'expected no HTML, got <b>'],
  ['## Not an alert\n', 'expected the name of an alert, got "Not an alert"'],
])('%j is refused', (markdown, message) => {
  expect(() => runbooksPage(markdown)).toThrow(message);
});
