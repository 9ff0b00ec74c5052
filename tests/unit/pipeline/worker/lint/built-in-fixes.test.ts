import { describe, expect, it } from 'vitest';

import { applyFixes } from '../../../../../src/pipeline/worker/fixes.ts';
import { openLinter } from './open-linter.ts';

async function fixAll(text: string): Promise<string> {
  const { lint } = await openLinter();
  const isParsable = async (code: string) => (await lint('a.mjs', code))?.isParsable ?? false;
  let fixed = text;
  for (let round = 0; round < 5; round++) {
    const issues = (await lint('a.mjs', fixed))?.issues ?? [];
    const attempt = await applyFixes(fixed, issues, { limit: 100, rejected: new Set(), isParsable });
    expect(attempt.failed).toBe(0);
    fixed = attempt.text;
  }
  return fixed;
}

describe('the fixes of the built-in rules', () => {
  it.each([
    ['if (a) if (b) c(); else d();', 'if (a) {if (b) {c();} else {d();}}'],
    ['if (a) b() // why\nelse c()', 'if (a) {b()} // why\nelse {c()}'],
    ['do a()\nwhile (b)', 'do {a()}\nwhile (b)'],
    ["f('a' + b + c + 'd' + (e + g));", 'f(`a${  b  }${c  }d${  e + g}`);'],
    ["f(a + b + 'c');", 'f(`${a + b  }c`);'],
    ["f('`${' + a + '\\\\');", 'f(`\\`\\${${  a  }\\\\`);'],
    ['f({ a: a, b: c, d: function () { return this } });', 'f({ a, b: c, d: function () { return this } });'],
    ['let a = 1; f(a);', 'const a = 1; f(a);'],
    ['f(Math.pow(-1, 2) ** a);', 'f(((-1) ** 2) ** a);'],
    ["f(parseInt('77', 8), parseInt('9', 8));", "f(0o77, parseInt('9', 8));"],
    ['f(Object.assign({}, a, b()));', 'f({ ...a, ...b()});'],
    ["f({ ['a']: 1, ['__proto__']: 2 });", "f({ 'a': 1, ['__proto__']: 2 });"],
    ["f(typeof a == 'string', b == null);", "f(typeof a === 'string', b == null);"],
    ['f(1 < a);', 'f(a > 1);'],
  ])('of %j keep what it does', async (before, after) => {
    expect(await fixAll(before)).toBe(after);
  });

  it.each([
    'f(a); var a = 1;',
    'for (var i = 0; i < 3; i++) { later(() => i); }',
    'var a = a || {}; f(a);',
    'let a = 1; export function f() { g(a); if (b) { return 1; } else { const a = 2; return a; } } a = 2;',
    'let a; { a = 1; f(a); }',
    'f(a == b);',
    'debugger;',
  ])('built-in fixes leave %j alone, because they would change its behavior', async (text) => {
    expect(await fixAll(text)).toBe(text);
  });

  it('built-in fixes are at the right place after wide characters and all line ends', async () => {
    const text = "f('😀é');\r\nlet a = 1;\rlet b = '\u2028'; /* 𝒳 */ let c = 3;\nf(a, b, c);";
    expect(await fixAll(text)).toBe(text.replaceAll('let ', 'const '));
  });

  it('built-in fixes are offered although another place of a problem is pointed out', async () => {
    const { lint } = await openLinter();
    const report = await lint('a.mjs', 'export function f() { if (a) { return 1; } else { b(); } }');
    expect(report).toMatchObject({ isParsable: true, issues: [{ rule: 'no-else-return', fix: null }] });
  });
});
