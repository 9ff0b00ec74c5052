import { existsSync, readdirSync, readFileSync } from 'node:fs';

import { describe, expect, test } from 'vitest';

import { withLimits, withMetrics, withSettings } from '../../scripts/docs/generated-tables.ts';
import { equivalentMutants } from '../../scripts/mutants/equivalent-mutants.ts';

const root = new URL('../../', import.meta.url);
const read = (path: string) => readFileSync(new URL(path, root), 'utf8');
const documents = [...readdirSync(root), ...readdirSync(new URL('docs', root)).map((name) => `docs/${name}`)]
  .filter((path) => path.endsWith('.md'))
  .map((path) => ({ path, text: read(path) }));

test.each([
  ['docs/settings.md', withSettings],
  ['docs/metrics.md', withMetrics],
  ['docs/limits.md', withLimits],
])('the tables of %s are up to date (npm run docs)', (path, withTables) => {
  const document = read(path);
  expect(document).toBe(withTables(document));
});

test('docs/mutants.md lists the disabled mutants (npm run docs)', () => {
  expect(read('docs/mutants.md')).toBe(equivalentMutants());
});

describe.each(documents)('$path', ({ path, text }) => {
  test('names only npm scripts that exist', () => {
    const { scripts } = JSON.parse(read('package.json')) as { scripts: Record<string, string> };
    const named = [...text.matchAll(/npm run ([a-z:-]+)|npm (start|test)\b/g)].map(
      ([, script, short]) => script ?? short ?? '',
    );
    expect(named.filter((name) => !Object.hasOwn(scripts, name))).toEqual([]);
  });

  test('links only to files that exist', () => {
    const links = [...text.matchAll(/\]\((?![a-z]+:|#)([^)#]+)/g)].map(([, link]) => link ?? '');
    expect(links.filter((link) => !existsSync(new URL(link, new URL(path, root))))).toEqual([]);
  });
});
