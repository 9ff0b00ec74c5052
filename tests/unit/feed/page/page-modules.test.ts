import { readdirSync, readFileSync } from 'node:fs';

import { expect, it } from 'vitest';

const PAGE = new URL('../../../../src/feed/page/', import.meta.url);
const modules = readdirSync(PAGE).filter((name) => name.endsWith('.ts'));

function read(name: string): string {
  return readFileSync(new URL(name, PAGE), 'utf8');
}

it.each(modules)('%s imports at run time only what a browser gets with the page', (name) => {
  const imports = [...read(name).matchAll(/^import (?!type )[^;]*?'([^']+)';$/gms)].map(([, path]) => path);
  const inPage = new Set(modules.map((module) => `./${module}`));
  expect(imports.filter((path) => path === undefined || !inPage.has(path))).toEqual([]);
});

it('the page has no inline script or style, and no address but its own', () => {
  const html = read('index.html');
  expect(html).not.toMatch(/<style|\sstyle=|\son\w+=|<script(?![^>]*\ssrc=)/i);
  const addresses = [...html.matchAll(/(?:href|src)="([^"]*)"/g)].map(([, address]) => address ?? '');
  expect(addresses.length).toBeGreaterThan(4);
  expect(addresses.filter((address) => !address.startsWith('./') && !address.startsWith('#'))).toEqual([]);
});

it('the page looks up only elements that it has', () => {
  const ids = new Set([...read('index.html').matchAll(/\sid="([^"]+)"/g)].map(([, id]) => id));
  const wanted = modules.flatMap((name) =>
    [...read(name).matchAll(/elementById\('([^']+)'/g)].map(([, id]) => id),
  );
  expect(wanted.length).toBeGreaterThan(10);
  expect(wanted.filter((id) => !ids.has(id))).toEqual([]);
});

it('nothing on the page is built from strings as HTML', () => {
  const sources = modules.map(read).join('\n');
  expect(sources).not.toMatch(
    /innerHTML|outerHTML|insertAdjacentHTML|document\.write|createContextualFragment/,
  );
});
