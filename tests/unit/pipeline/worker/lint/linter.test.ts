import { describe, expect, it } from 'vitest';

import { loadLinter } from '../../../../../src/pipeline/worker/lint/load-linter.ts';
import { tempWorkspace } from '../../temp-workspace.ts';
import { openTestWorkspace } from '../files/open-test-workspace.ts';
import { openLinter } from './open-linter.ts';

async function lintDefault(path: string, text: string) {
  return (await openLinter()).lint(path, text);
}

const rulesOf = async (path: string, text: string) =>
  (await lintDefault(path, text))?.issues.map(({ rule, severity }) => `${severity} ${rule}`);

describe('the built-in rules', () => {
  it('the built-in rules find nothing in clean code', async () => {
    expect(await lintDefault('a.js', 'export const a = 1;\n')).toEqual({ issues: [], isParsable: true });
  });

  it('the built-in rules call a mistake in code that runs an error, and one in types a warning', async () => {
    expect(await rulesOf('a.ts', 'export let a: String; debugger;\n')).toEqual([
      'warning typescript/no-wrapper-object-types',
      'error no-debugger',
    ]);
  });

  it('the built-in rules offer a fix if only one thing can be meant', async () => {
    const report = await lintDefault('a.js', 'export default (a) => a === NaN;\n');
    expect(report?.issues[0]?.fix).toEqual({ start: 22, end: 31, text: 'isNaN(a)' });
  });

  it.each([
    'var a = 1; export { a };',
    'let a = 1; f(a);',
    'if (a) b(); else return_(a == c);',
    "f('a' + b, Object.assign({}, c), Math.pow(d, 2), 1 < e);",
    'const unused = 1;',
    'try { a(); } catch (error) {}',
    'a && a.b(); while (1) if (b()) break; for (;;) c();',
    "f('\\d', /[\\[]/, !!(a ? b : !!c));",
    "const that = this; f({ a: a, ['b']: b, that });",
    'label: for (;;) { continue label; }',
  ])('the built-in rules have no opinion on style, as in %j', async (text) => {
    const names = ['a', 'b', 'c', 'd', 'e', 'f', 'return_'].filter(
      (name) => !text.includes(`var ${name}`) && !text.includes(`let ${name}`),
    );
    expect(await rulesOf('a.js', `/* global ${names.join(' ')} */ ${text}\n`)).toEqual([]);
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
    expect(await lintDefault('dist/a.js', 'debugger;')).toBeNull();
  });

  it('accepts directives for rules that it does not have', async () => {
    expect(await rulesOf('a.js', '// eslint-disable-next-line other/rule, no-debugger\ndebugger;\n')).toEqual(
      [],
    );
    expect(await rulesOf('a.js', '// eslint-disable-next-line no-console\nexport const a = 1;\n')).toEqual(
      [],
    );
  });
});

describe("the workspace's own configuration", () => {
  const NO_DEBUGGER = `export default [{ ignores: ['old/'] }, { files: ['**/*.js'], rules: { 'no-debugger': 'warn' } }];`;

  it('replaces the built-in rules in a trusted workspace, and says which files are covered', async () => {
    const { lint, kind } = await openLinter({ 'eslint.config.mjs': NO_DEBUGGER }, { isTrusted: true });
    expect(kind).toBe('workspace');
    expect((await lint('a.js', 'var a; debugger;'))?.issues.map(({ rule }) => rule)).toEqual(['no-debugger']);
    expect(await lint('old/a.js', 'debugger;')).toBeNull();
    expect(await lint('a.ts', 'debugger;')).toBeNull();
  });

  it.each([
    ['cannot be loaded', 'export default [;', 'eslint.config.mjs'],
    ['is not valid', `export default [{ rules: { 'no-debugger': 'loud' } }];`, 'no-debugger'],
  ])('that %s is named with the reason', async (_, config, named) => {
    const { lint } = await openLinter({ 'eslint.config.mjs': config }, { isTrusted: true });
    const failure = { code: 'linter_failed', message: expect.stringContaining(named) };
    await expect(lint('a.js', '')).rejects.toMatchObject(failure);
  });

  it('needs an ESLint that is installed in the workspace', async () => {
    const { root } = tempWorkspace({ 'eslint.config.mjs': NO_DEBUGGER });
    await expect(
      loadLinter({ isTrusted: true }, await openTestWorkspace(root), async () => undefined),
    ).rejects.toMatchObject({
      code: 'linter_failed',
      message: expect.stringContaining('install it there, or start the server without --trust-workspace'),
    });
  });

  it.each([
    ['eslint.config.js', 'eslint.config.js', ''],
    ['eslint.config.ts', 'eslint.config.ts', ''],
    ['.eslintrc.cjs', '.eslintrc.cjs', ''],
    ['.eslintrc', '.eslintrc', '{}'],
    ['package.json', 'eslintConfig in package.json', '{ "eslintConfig": {} }'],
  ])(
    'in %s is not used in a workspace that is not trusted, and a notice says so',
    async (file, name, text) => {
      const { kind, notices } = await openLinter({ [file]: text });
      expect(kind).toBe('built_in');
      expect(notices).toEqual([expect.stringContaining(`${name} was not used`)]);
      expect(notices[0]).toContain('--trust-workspace');
    },
  );
});

describe('a trusted workspace without a configuration', () => {
  it('gets the built-in rules, without a notice', async () => {
    expect(await openLinter({}, { isTrusted: true })).toMatchObject({ kind: 'built_in', notices: [] });
  });
});
