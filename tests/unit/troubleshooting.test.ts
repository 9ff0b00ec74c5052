import { readdirSync } from 'node:fs';

import { expect, test } from 'vitest';

import { readRepositoryFile, repositoryPath } from '../support/repository-file.ts';

/** The constant texts of the warnings and errors that `source` logs. */
const loggedBy = (source: string) =>
  [...source.matchAll(/logger\)?\s*\.(?:warn|error)\([^;]*?'([^']{10,})'/gi)].map(([, line]) => line ?? '');

test('docs/troubleshooting.md explains every warning and error that is logged', () => {
  const files = readdirSync(repositoryPath('src'), { recursive: true, encoding: 'utf8' });
  const logged = files
    .filter((file) => file.endsWith('.ts'))
    .flatMap((file) => loggedBy(readRepositoryFile(`src/${file}`)));
  expect(logged.length).toBeGreaterThan(15);
  const explained = readRepositoryFile('docs/troubleshooting.md');
  expect(logged.filter((line) => !explained.includes(`\`${line}\``))).toEqual([]);
});
