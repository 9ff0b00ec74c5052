import { readdirSync, readFileSync } from 'node:fs';

import { expect, it } from 'vitest';

const PAGE = new URL('../../../../src/feed/page/', import.meta.url);
const modules = readdirSync(PAGE, { recursive: true, encoding: 'utf8' })
  .filter((path) => path.endsWith('.ts'))
  .map((path) => path.replaceAll('\\', '/'));

function read(path: string): string {
  return readFileSync(new URL(path, PAGE), 'utf8');
}

/** What a module imports when it runs: types are gone by then. */
function importsOf(url: URL): string[] {
  const source = readFileSync(url, 'utf8');
  const ofStatements = source.matchAll(/^(?:import (?!type )|export [{*])[^;=(]*?'([^'\n]+)';$/gms);
  const ofCalls = source.matchAll(/\bimport\('([^']+)'\)/g);
  return [...ofStatements, ...ofCalls].map(([, specifier]) => specifier ?? '');
}

/** The modules that the browser gets, and the packages that they import. */
function bundled(): { readonly urls: readonly string[]; readonly packages: readonly string[] } {
  const urls = new Set([new URL('app.ts', PAGE).href]);
  const packages: string[] = [];
  // A set also visits what is added meanwhile.
  for (const url of urls) {
    for (const specifier of importsOf(new URL(url))) {
      if (/^\.\.?\//.test(specifier)) urls.add(new URL(specifier, url).href);
      else packages.push(specifier);
    }
  }
  return { urls: [...urls], packages };
}

it('the browser gets no package with the page, nor anything of Node.js', () => {
  const { urls, packages } = bundled();
  expect(packages).toEqual([]);
  // Parts that are loaded later, and modules that the server has, too, are among those that were looked at.
  expect(urls).toContain(new URL('views/operation-page.ts', PAGE).href);
  expect(urls).toContain(new URL('../feed-protocol.ts', PAGE).href);
  expect(importsOf(new URL('../client-message-schema.ts', PAGE))).toContain('zod');
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
