import { utimesSync } from 'node:fs';
import { join } from 'node:path';

import { describe, expect, it } from 'vitest';

import { Linter } from '../../../src/pipeline/linter.ts';
import { tempWorkspace } from './temp-workspace.ts';

async function lintDefault(path: string, text: string) {
  return (await new Linter(tempWorkspace().root).load())(path, text);
}

const rulesOf = async (path: string, text: string) =>
  (await lintDefault(path, text))?.issues.map(({ rule, severity }) => `${severity} ${rule}`);

describe('our own configuration', () => {
  it('has nothing to say about clean code', async () => {
    expect(await lintDefault('a.js', 'export const a = 1;\n')).toEqual({ issues: [], isParsable: true });
  });

  it('calls likely mistakes errors, and what could be said better a warning with a fix', async () => {
    expect(await rulesOf('a.js', 'var a = 1; debugger; export { a };\n')).toEqual([
      'warning no-var',
      'error no-debugger',
    ]);
    const report = await lintDefault('a.js', 'var a = 1; export { a };\n');
    expect(report?.issues[0]?.fix).toEqual({ start: 0, end: 10, text: 'let a = 1;' });
  });

  it.each([
    [
      'a.ts',
      'export function f(a: string): string;\nexport function f(a: unknown) {\n  return a as string;\n}\n',
    ],
    ['a.mts', 'export const f = (a: NodeJS.Timeout) => a;\n'],
    ['a.cts', 'import a = require("a");\nexport = a;\n'],
    ['a.tsx', 'export const A = (props: { b: string }) => <p>{props.b}</p>;\n'],
    ['a.jsx', 'export const A = () => <p>{process.title}</p>;\n'],
    ['a.js', 'export const A = () => <p>{window.name}</p>;\n'],
    ['a.cjs', 'module.exports = require("a");\n'],
    [
      'b.ts',
      'enum A { B }\nnamespace A { export const c = A.B; }\nexport { A };\nexport type D = typeof A["c"];\n',
    ],
  ])('does not misfire in %s', async (path, text) => {
    expect(await rulesOf(path, text)).toEqual([]);
  });

  it('reports code that cannot be parsed as an error of no rule', async () => {
    const report = await lintDefault('a.ts', 'const = ;');
    expect(report).toMatchObject({
      isParsable: false,
      issues: [{ rule: null, severity: 'error', fix: null, line: 1 }],
    });
  });

  it('does not cover built files', async () => {
    expect(await lintDefault('dist/a.js', 'var a;')).toBeNull();
  });

  it('accepts directives for rules that it does not have', async () => {
    expect(
      await rulesOf('a.js', '// eslint-disable-next-line other/rule, no-var\nvar a = 1;\nexport { a };\n'),
    ).toEqual([]);
    expect(await rulesOf('a.js', '// eslint-disable-next-line no-console\nexport const a = 1;\n')).toEqual(
      [],
    );
  });
});

describe("the workspace's own configuration", () => {
  const NO_DEBUGGER = `export default [{ ignores: ['old/'] }, { files: ['**/*.js'], rules: { 'no-debugger': 'warn' } }];`;

  it('goes before ours, and says which files are covered', async () => {
    const lint = await new Linter(tempWorkspace({ 'eslint.config.mjs': NO_DEBUGGER }).root).load();
    expect((await lint('a.js', 'var a; debugger;'))?.issues.map(({ rule }) => rule)).toEqual(['no-debugger']);
    expect(await lint('old/a.js', 'debugger;')).toBeNull();
    expect(await lint('a.ts', 'debugger;')).toBeNull();
  });

  it('is read again once it changes', async () => {
    const { root, write } = tempWorkspace();
    const linter = new Linter(root);
    expect((await (await linter.load())('a.js', 'debugger;'))?.issues).toMatchObject([{ severity: 'error' }]);
    write('eslint.config.mjs', NO_DEBUGGER);
    changeLater(root);
    expect((await (await linter.load())('a.js', 'debugger;'))?.issues).toMatchObject([
      { severity: 'warning' },
    ]);
  });

  it.each([
    ['cannot be loaded', 'export default [;', 'eslint.config.mjs'],
    ['is not valid', `export default [{ rules: { 'no-debugger': 'loud' } }];`, 'no-debugger'],
  ])('that %s is named with the reason, and can be repaired', async (_, config, named) => {
    const { root, write } = tempWorkspace({ 'eslint.config.mjs': config });
    const linter = new Linter(root);
    const lint = await linter.load();
    const failure = { code: 'linter_failed', message: expect.stringContaining(named) };
    await expect(lint('a.js', '')).rejects.toMatchObject(failure);
    write('eslint.config.mjs', `${NO_DEBUGGER}\n// repaired`);
    changeLater(root);
    expect(await (await linter.load())('a.js', '')).toEqual({ issues: [], isParsable: true });
  });
});

/** ESLint tells a changed configuration by its time in whole milliseconds, which a test is too quick for. */
function changeLater(root: string): void {
  const later = new Date(Date.now() + 2000);
  utimesSync(join(root, 'eslint.config.mjs'), later, later);
}
