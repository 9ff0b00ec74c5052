import { expect, test } from 'vitest';

import { releaseProblems } from '../../../scripts/release-problems.ts';

const FILES: Readonly<Record<string, string>> = {
  'package.json': '{ "version": "1.2.3", "homepage": "https://github.com/someone/mcp-exporter" }',
  'server.json': '{ "name": "io.github.someone/mcp-exporter" }',
  'docker/Dockerfile.monitoring': 'FROM node',
  'README.md': '# mcp-exporter',
  'CHANGELOG.md': '## [1.2.3]',
};
const problemsOf = (changed: Record<string, string>, tag?: string) =>
  releaseProblems({ read: (path) => ({ ...FILES, ...changed })[path] ?? '', tag });

test('a release with its owner, its tag and its changelog has no problems', () => {
  expect(problemsOf({}, 'v1.2.3')).toEqual([]);
});

test('each file in which the owner is not filled in is named', () => {
  expect(
    problemsOf({
      'server.json': '"io.github.OWNER/mcp-exporter"',
      'README.md': 'github.com/OWNER/mcp-exporter',
    }),
  ).toEqual([
    'server.json: replace OWNER with the owner of the repository',
    'README.md: replace OWNER with the owner of the repository',
  ]);
});

test('a tag must be the version of package.json, and the changelog must list it', () => {
  expect(problemsOf({ 'CHANGELOG.md': '## [Unreleased]' }, 'v1.2.4')).toEqual([
    'expected the tag v1.2.3, got v1.2.4',
    'CHANGELOG.md: expected a section [1.2.3]',
  ]);
});
