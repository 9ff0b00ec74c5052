import { describe, expect, test } from 'vitest';

import {
  withLimits,
  withMessages,
  withMetrics,
  withRoutes,
  withSettings,
} from '../../scripts/docs/generated-tables.ts';
import { indexPage } from '../../scripts/docs/pages.ts';
import { equivalentMutants } from '../../scripts/mutants/equivalent-mutants.ts';
import { documents } from '../support/documents.ts';
import { readRepositoryFile as read } from '../support/repository-file.ts';

test.each([
  ['docs/settings.md', withSettings],
  ['docs/metrics.md', withMetrics],
  ['docs/limits.md', withLimits],
  ['docs/http-api.md', withRoutes],
  ['docs/feed.md', withMessages],
])('the tables of %s are up to date (npm run docs)', (path, withTables) => {
  const document = read(path);
  expect(document).toBe(withTables(document));
});

test('docs/index.md lists all pages (npm run docs)', () => {
  const index = read('docs/index.md');
  expect(index).toBe(indexPage());
  const pages = documents.flatMap(({ path }) => /^docs\/(?!index)(.*)$/.exec(path)?.[1] ?? []);
  expect(pages.filter((page) => !index.includes(`](${page})`))).toEqual([]);
});

test('docs/mutants.md lists the disabled mutants (npm run docs)', () => {
  expect(read('docs/mutants.md')).toBe(equivalentMutants());
});

describe.each(documents)('$path', ({ text }) => {
  test('names only npm scripts that exist', () => {
    const { scripts } = JSON.parse(read('package.json')) as { scripts: Record<string, string> };
    const named = [...text.matchAll(/npm run ([a-z:-]+)|npm (start|test)\b/g)].map(
      ([, script, short]) => script ?? short ?? '',
    );
    expect(named.filter((name) => !Object.hasOwn(scripts, name))).toEqual([]);
  });
});
