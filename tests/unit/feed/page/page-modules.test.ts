import { readdirSync, readFileSync } from 'node:fs';

import { expect, it } from 'vitest';

const PAGE = new URL('../../../../src/feed/page/', import.meta.url);
const modules = readdirSync(PAGE, { recursive: true, encoding: 'utf8' })
  .filter((path) => path.endsWith('.ts'))
  .map((path) => path.replaceAll('\\', '/'));

function read(path: string): string {
  return readFileSync(new URL(path, PAGE), 'utf8');
}

/** What a browser loads with that module: types are gone by then. */
function importsOf(path: string): string[] {
  const source = read(path);
  const ofStatements = source.matchAll(/^(?:import (?!type )|export [{*])[^;=(]*?'([^'\n]+)';$/gms);
  const ofCalls = source.matchAll(/\bimport\('([^']+)'\)/g);
  return [...ofStatements, ...ofCalls].map(([, specifier]) => specifier ?? '');
}

function isOfPage(specifier: string, importer: string): boolean {
  const { href } = new URL(specifier, new URL(importer, PAGE));
  return /^\.\.?\//.test(specifier) && modules.some((module) => new URL(module, PAGE).href === href);
}

it.each(modules)('%s imports at run time only what a browser gets with the page', (path) => {
  expect(importsOf(path).filter((specifier) => !isOfPage(specifier, path))).toEqual([]);
});

it('the imports of a module are found, also those of a part that is loaded later', () => {
  expect(importsOf('app.ts')).toContain('./connection/feed-connection.ts');
  expect(importsOf('views/pages.ts')).toContain('./live-page.ts');
  expect(importsOf('views/pages.ts')).not.toContain('./page.ts');
});

it('the model knows nothing of the document, nor of what is shown', () => {
  const model = modules.filter((path) => path.startsWith('state/'));
  expect(model.length).toBeGreaterThan(5);
  for (const path of model) {
    expect(`${path}: ${read(path)}`).not.toMatch(
      /\b(?:document|window|location|localStorage)\.|dom\.ts|views\//,
    );
  }
});

it('the page has no inline script or style, and no address but its own', () => {
  const html = read('index.html');
  expect(html).not.toMatch(/<style|\sstyle=|\son\w+=|<script(?![^>]*\ssrc=)/i);
  const addresses = [...html.matchAll(/(?:href|src|action)="([^"]*)"/g)].map(([, address]) => address ?? '');
  expect(addresses.length).toBeGreaterThan(4);
  expect(addresses.filter((address) => !/^(?:\.\/|#|\?)/.test(address))).toEqual([]);
});

it('the page looks up only elements that it has, each with an id of its own', () => {
  const ids = [...read('index.html').matchAll(/\sid="([^"]+)"/g)].map(([, id]) => id);
  expect(ids.filter((id, index) => ids.indexOf(id) !== index)).toEqual([]);
  const wanted = modules.flatMap((path) =>
    [...read(path).matchAll(/elementById\(\s*'([^']+)'/g)].map(([, id]) => id),
  );
  expect(wanted.length).toBeGreaterThan(10);
  expect(wanted.filter((id) => !ids.includes(id))).toEqual([]);
});

it.each(modules)('%s builds nothing from strings as HTML, and runs none as code', (path) => {
  expect(read(path)).not.toMatch(
    /innerHTML|outerHTML|insertAdjacentHTML|document\.write|createContextualFragment|setHTML|srcdoc|\beval\(|new Function/,
  );
});
