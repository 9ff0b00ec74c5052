import { readdirSync } from 'node:fs';

import { describe, expect, test } from 'vitest';

import { publicExports } from '../../support/public-exports.ts';
import { readRepositoryFile, repositoryPath } from '../../support/repository-file.ts';

const exported = publicExports();
const withExample = exported.filter(({ examples }) => examples.length > 0).map(({ name }) => name);

describe.each(exported)('$name', ({ isValue, summary, examples, seeAlso, undocumentedNumbers }) => {
  test('says what it is, and in which unit its numbers are', () => {
    expect(summary).not.toBe('');
    expect(undocumentedNumbers).toEqual([]);
  });

  test('has one example; a type may refer to an export that has one', () => {
    const shared = isValue ? [] : seeAlso.filter((name) => withExample.includes(name));
    expect([...examples, ...shared]).toHaveLength(1);
  });
});

test('every example belongs to an export, so that it is run', () => {
  const tagged = readdirSync(repositoryPath('src'), { recursive: true, encoding: 'utf8' })
    .filter((file) => file.endsWith('.ts'))
    .flatMap((file) => readRepositoryFile(`src/${file}`).match(/^\s*\* @example$/gm) ?? []);
  expect(tagged).toHaveLength(withExample.length);
});
