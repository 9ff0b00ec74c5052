import { readFileSync } from 'node:fs';

import { expect, test } from 'vitest';

import { equivalentMutants } from '../../scripts/mutants/equivalent-mutants.ts';
import { withLimits, withTables } from '../../scripts/readme-tables.ts';

const readme = readFileSync(new URL('../../README.md', import.meta.url), 'utf8');

test('the README’s tables are what the settings and the metric catalogue say (npm run docs makes them)', () => {
  expect(readme).toBe(withTables(readme));
});

test('docs/limits.md lists the limits (npm run docs makes it)', () => {
  const document = readFileSync(new URL('../../docs/limits.md', import.meta.url), 'utf8');
  expect(document).toBe(withLimits(document));
});

test('docs/mutants.md lists the disabled mutants (npm run docs makes it)', () => {
  const document = readFileSync(new URL('../../docs/mutants.md', import.meta.url), 'utf8');
  expect(document).toBe(equivalentMutants());
});

test('every npm script that the README names is there', () => {
  const { scripts } = JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8')) as {
    scripts: Record<string, string>;
  };
  const named = [...readme.matchAll(/npm (?:run )?([a-z]+)/g)].map(([, name]) => name ?? '');
  expect(named).toContain('demo');
  for (const name of named.filter((word) => !['ci', 'install', 'pack', 'run'].includes(word))) {
    expect(Object.keys(scripts)).toContain(name);
  }
});

test('every relative link of the README leads to a file', () => {
  const links = [...readme.matchAll(/\]\((?!https?:|#)([^)#]+)\)/g)].map(([, path]) => path ?? '');
  expect(links.length).toBeGreaterThan(0);
  for (const path of links)
    expect(() => readFileSync(new URL(`../../${path}`, import.meta.url))).not.toThrow();
});
