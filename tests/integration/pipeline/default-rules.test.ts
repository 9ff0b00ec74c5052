import { cpSync } from 'node:fs';
import { join } from 'node:path';

import { expect, test } from 'vitest';

import { connectedPipeline } from './connected-pipeline.ts';

test.each([
  ['this project', 'src'],
  ['express', 'node_modules/express'],
  ['prom-client', 'node_modules/prom-client'],
])('the built-in rules find next to nothing in the published source of %s', async (_title, source) => {
  const { call, workspace } = await connectedPipeline();
  cpSync(source, join(workspace.root, 'package'), {
    recursive: true,
    filter: (path) => !path.slice(source.length).includes('node_modules'),
  });
  const { data } = await call('version_keeper_scan');
  expect(data['files_scanned']).toBeGreaterThan(5);
  expect(data['quality_score'], JSON.stringify(data['issues'])).toBeGreaterThanOrEqual(95);
});

test('the built-in rules find mistakes of every kind', async () => {
  const mistakes = {
    'dead.js': 'export function f() {\n  return 1;\n  f();\n}\n',
    'duplicate.js':
      'export const a = { b: 1, c: 2, b: 3 };\nexport const d = (e) => { switch (e) { case 1: case 1: } };\n',
    'impossible.js': 'export const a = (b) => b > 5 && b < 3;\nexport const c = (d) => d === [];\n',
    'left-over.js': 'debugger;\n',
    'lost.js': 'export const a = 9007199254740993;\nexport const b = (c) => { new Error(c); };\n',
    'negated.js': 'export const a = (b, c) => !b in c;\n',
    'typed.ts': 'export const a = (b: String) => b;\n',
  };
  const { call } = await connectedPipeline(mistakes);
  const { data } = await call('version_keeper_scan');
  expect(data['files_with_issues']).toBe(7);
  expect(data['quality_score']).toBeLessThan(50);
  const issues = data['issues'] as { path: string; rule: string }[];
  expect(issues.map(({ path, rule }) => `${path} ${rule}`)).toEqual([
    'dead.js no-unreachable',
    'duplicate.js no-dupe-keys',
    'duplicate.js no-duplicate-case',
    'impossible.js oxc/const-comparisons',
    'impossible.js no-constant-binary-expression',
    'impossible.js oxc/bad-object-literal-comparison',
    'left-over.js no-debugger',
    'lost.js no-loss-of-precision',
    'lost.js oxc/missing-throw',
    'negated.js no-unsafe-negation',
    'typed.ts typescript/no-wrapper-object-types',
  ]);
});
