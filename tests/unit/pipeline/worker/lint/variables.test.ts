import { describe, expect, it } from 'vitest';

import { openLinter } from './open-linter.ts';

/** The undefined variables that are reported in a file of a workspace with `files`. */
async function undefinedIn(
  path: string,
  text: string,
  files: Record<string, string> = {},
): Promise<string[]> {
  const { lint } = await openLinter({ ...files, [path]: text });
  const issues = (await lint(path, text))?.issues ?? [];
  return issues.flatMap(({ rule, message }) =>
    rule === 'no-undef' ? (/'(.+)'/.exec(message)?.[1] ?? []) : [],
  );
}

const manifest = (fields: object) => ({ 'package.json': JSON.stringify(fields) });

describe('an undefined variable', () => {
  it.each([
    ['a.js', 'const total = 1;\nmodule.exports = () => totl + 1;\n', ['totl']],
    ['a.mjs', 'export const f = (a) => a + amount;\n', ['amount']],
    ['a.js', 'function f() { return missing.length; }\nf();\n', ['missing']],
    ['a.js', 'for (i = 0; i < 3; i++) console.log(i);\n', ['i', 'i', 'i', 'i']],
    ['a.js', "const app = express();\napp.get('/', (req, res) => res.send(req.query));\n", ['express']],
    ['a.ts', 'export const f = (a: number): number => a + amount;\n', ['amount']],
    ['a.jsx', 'export const A = () => <Card title={titel}><p /></Card>;\n', ['Card', 'titel']],
    ['a.test.js', "describe('a', () => { it('b', () => { expect(resutl).toBe(1); }); });\n", ['resutl']],
    ['a.js', "document.querySelector('p').textContent = mesage;\n", ['mesage']],
    ['a.js', 'if (a) { f(a); }\n', ['a', 'f', 'a']],
    ['a.cjs', '(() => { throw new Errror("x"); })();\n', ['Errror']],
  ])('is reported in %s, %j', async (path, text, expected) => {
    expect(await undefinedIn(path, text)).toEqual(expected);
  });

  it('with a fix or with a dependency of the same name is reported', async () => {
    const files = manifest({ dependencies: { express: '^5', lodash: '1' }, version: '1.0.0', private: true });
    expect(await undefinedIn('a.js', 'module.exports = express(version, scripts);', files)).toEqual([
      'express',
      'version',
      'scripts',
    ]);
  });

  it('is reported once for an opening and a closing tag', async () => {
    expect(await undefinedIn('a.jsx', 'export const A = () => (\n  <Card>\n    x\n  </Card>\n);\n')).toEqual([
      'Card',
    ]);
  });

  it.each(['name', 'event', 'status', 'length', 'parent', 'find', 'close'])(
    '%s is not the one of browsers in a program that could run anywhere',
    async (name) => {
      expect(await undefinedIn('a.js', `export const f = () => ${name};\n`)).toEqual([name]);
      expect(await undefinedIn('a.js', `const a = require('a');\na(${name});\n`)).toEqual([name]);
    },
  );
});

describe('a variable that exists', () => {
  it.each([
    [
      'Node.js',
      'a.js',
      'f(process, Buffer, global, setImmediate, structuredClone, fetch, URL, AbortSignal);',
    ],
    ['CommonJS', 'a.js', 'require.resolve(module.id, exports, __dirname, __filename, arguments);'],
    [
      'ES modules',
      'a.mjs',
      'f(process, Buffer, global, setImmediate, fetch, URL, navigator, WebSocket, performance);',
    ],
    ['browsers', 'a.js', "f(document.body, location.href, alert, event.target, getComputedStyle, $('a'));"],
    ['browsers, without other signs', 'a.js', 'export const f = () => new IntersectionObserver(Element);'],
    [
      'workers',
      'a.js',
      "self.addEventListener('fetch', (event) => f(caches, clients, skipWaiting, importScripts));",
    ],
    ['tests', 'test/a.js', 'before(() => f(describe, it, test, suite, expect, vi, jest, cy, assert));'],
    ['tests, by their calls', 'a.js', "describe('a', () => {\n  it('b', () => expect(1));\n});"],
    [
      'the language',
      'a.js',
      'f(undefined, NaN, globalThis, WeakRef, Intl, Iterator, hasOwnProperty, escape);',
    ],
    [
      'a directive',
      'a.js',
      '/* global one, two:true */\n/* globals $three: readonly */\nf(one, two, $three);',
    ],
    ['eslint-env', 'a.js', '/* eslint-env mongo, shelljs */\nf(db, cat);'],
    ['a check', 'a.js', "if (typeof foo !== 'undefined') f(foo); f(typeof bar);"],
    ['a build', 'a.js', 'f(__VERSION__, __DEV__);'],
  ])('because of %s is not reported in %s', async (_, path, text) => {
    expect(await undefinedIn(path, `let f = 1;\n${text}\n`)).toEqual([]);
  });

  it.each([
    ['a property of the global object', { 'setup.js': 'global.fixture = 1;\n' }],
    ['a declaration file', { 'types/a.d.ts': 'declare const fixture: string;\n' }],
    ['a global declaration', { 'a.ts': 'declare global { var fixture: string }\nexport {};\n' }],
    ['a configuration of ESLint', { '.eslintrc.json': '{ "globals": { "fixture": "readonly" } }' }],
    [
      'a configuration of ESLint in JavaScript',
      { 'eslint.config.js': 'export default [{ globals: { fixture: true } }];' },
    ],
    ['a configuration of a bundler', { 'rollup.config.js': "replace({ fixture: JSON.stringify('1') });" }],
    ['types of a package', manifest({ devDependencies: { '@types/fixture.maps': '1' } })],
    ['a framework that imports what is used', manifest({ dependencies: { nuxt: '4' } })],
  ])('because of %s is not reported', async (_, files) => {
    expect(await undefinedIn('b.js', 'export default () => fixture;\n', files)).toEqual([]);
    expect(
      await undefinedIn(
        'b.js',
        'export default () => fixture;\n',
        manifest({ dependencies: { fixture: '1' } }),
      ),
    ).toEqual(['fixture']);
  });

  it('is shared by scripts, but not with modules', async () => {
    const files = { 'public/lib.js': 'function helper() {}\nvar version = 1;\n' };
    expect(await undefinedIn('public/page.js', 'window.onload = helper(version, other);\n', files)).toEqual([
      'other',
    ]);
    expect(await undefinedIn('public/page.mjs', 'export default helper(version);\n', files)).toEqual([
      'helper',
      'version',
    ]);
  });
});

describe('a module', () => {
  it.each([
    ['a.mjs', {}, ['require', '__dirname']],
    ['a.js', manifest({ type: 'module' }), ['require', '__dirname']],
    ['sub/a.js', { ...manifest({}), 'sub/package.json': '{ "type": "module" }' }, ['require', '__dirname']],
    ['a.js', manifest({}), []],
    ['a.cjs', manifest({ type: 'module' }), []],
    ['sub/a.js', { ...manifest({ type: 'module' }), 'sub/package.json': '{}' }, []],
    ['a.js', manifest({ type: 'module', devDependencies: { webpack: '5' } }), []],
    ['a.ts', manifest({ type: 'module' }), []],
    ['vite.config.mjs', {}, []],
  ])('has no variables of CommonJS: %s with %j', async (path, files, expected) => {
    const text = "const a = require('a');\na(__dirname);\n";
    expect(await undefinedIn(path, text, files)).toEqual(expected);
  });

  const parseErrors = async (path: string, text: string, files: Record<string, string>) => {
    const { lint } = await openLinter({ ...files, [path]: text });
    return (await lint(path, text))?.issues.filter(({ rule }) => rule === null).map(({ message }) => message);
  };
  const SLOPPY = 'const package = 0755;\nmodule.exports = { package };\n';
  const MODERN = "import a from 'a';\nawait a();\n";

  it.each([
    ['a.js', SLOPPY, {}],
    ['a.js', MODERN, {}],
    ['a.js', 'return;\n', {}],
    ['a.js', "#!/usr/bin/env node\nawait import('a');\n", {}],
    ['a.js', '\uFEFF#!/usr/bin/env node\nvar a;\n', {}],
    ['a.cjs', SLOPPY, manifest({ type: 'module' })],
    ['a.js', SLOPPY, manifest({ type: 'commonjs' })],
    ['a.js', MODERN, manifest({ type: 'module' })],
    ['a.mjs', MODERN, manifest({ type: 'commonjs' })],
    ['a.js', MODERN, manifest({ type: 'unknown' })],
    ['a.js', MODERN, { 'package.json': '{ not JSON' }],
    ['sub/a.js', SLOPPY, { ...manifest({ type: 'module' }), 'sub/package.json': '{ "type": "commonjs" }' }],
    ['a.js', 'export const A = () => <p />;\n', manifest({ type: 'module' })],
    ['a.js', MODERN, manifest({ type: 'commonjs', devDependencies: { webpack: '5' } })],
  ])('is read as Node.js reads it: %s, %j with %j', async (path, text, files) => {
    expect(await parseErrors(path, text, files)).toEqual([]);
  });

  it.each([
    [
      'a.js',
      'const package = 1;\n',
      manifest({ type: 'module' }),
      'as an ES module, because of "type" in package.json: The keyword',
    ],
    ['a.mjs', 'var a = 0755;\n', {}, "as an ES module, because of its extension: '0'-prefixed octal"],
    [
      'a.cjs',
      MODERN,
      {},
      'as CommonJS, because of its extension: Cannot use import statement outside a module',
    ],
    [
      'a.js',
      MODERN,
      manifest({ type: 'commonjs' }),
      'as CommonJS, because of "type" in package.json: Cannot use import',
    ],
    ['a.js', 'const a = {\n  b: 1\n  c: 2\n};\n', {}, ': Expected `,` or `}` but found `Identifier`'],
    ['a.ts', 'const = ;\n', {}, ': Unexpected token'],
  ])('that cannot be parsed says why: %s, %j', async (path, text, files, reason) => {
    const [message] = (await parseErrors(path, text, files)) ?? [];
    expect(message).toContain(`cannot be parsed${reason.startsWith(':') ? '' : ' '}${reason}`);
  });
});

describe('directives of other configurations', () => {
  it.each([
    '/* eslint-env mocha, node, nonsense */',
    '/*eslint-env es6*/',
    '// eslint-disable-next-line import/no-unresolved, no-underscore-dangle',
    '/* eslint-disable some-plugin/some-rule, another -- with a reason */',
    '/* eslint quotes: ["error", "single"], no-console: 0, react/prop-types: 0, nonsense: [2, { "a": 1 }] */',
    '/* jshint node: true, esversion: 6 */',
    '/* jslint browser */ /* jscs:disable */ // tslint:disable-next-line:no-any',
    '// biome-ignore lint/a: b\n// oxlint-disable-next-line nonsense\n// @ts-ignore\n/* istanbul ignore next */',
    '/* exported a */',
  ])('are ignored: %s', async (directive) => {
    const { lint } = await openLinter();
    expect(await lint('a.js', `${directive}\nexport const a = 1;\n`)).toEqual({
      issues: [],
      isParsable: true,
    });
  });
});
