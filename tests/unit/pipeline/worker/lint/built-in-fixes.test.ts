import { describe, expect, it } from 'vitest';

import { applyFixes } from '../../../../../src/pipeline/worker/fixes.ts';
import { openLinter } from './open-linter.ts';

async function fixAll(text: string): Promise<string> {
  const { lint } = await openLinter();
  const isParsable = async (code: string) => (await lint('a.mts', code))?.isParsable ?? false;
  let fixed = text;
  for (let round = 0; round < 5; round++) {
    const issues = (await lint('a.mts', fixed))?.issues ?? [];
    const attempt = await applyFixes(fixed, issues, { limit: 100, rejected: new Set(), isParsable });
    expect(attempt.failed).toBe(0);
    fixed = attempt.text;
  }
  return fixed;
}

describe('the fixes of the built-in rules', () => {
  it.each([
    ['f(a === NaN, NaN != a.b);', 'f(isNaN(a), !isNaN(a.b));'],
    ['if (typeof a === undefined) f();', 'if (typeof a === "undefined") f();'],
    ['f(!a in b, !a instanceof B);', 'f(!(a in b), !(a instanceof B));'],
    ['f(a > -0);', 'f(a > 0);'],
    ['f(a!!.b, a!?.b);', 'f(a!.b, a?.b);'],
    [
      'export const f = (a: String, b: Array<Number>) => a;',
      'export const f = (a: string, b: Array<number>) => a;',
    ],
  ])('the built-in fixes of %j write the only thing that can be meant', async (before, after) => {
    expect(await fixAll(before)).toBe(after);
  });

  it.each([
    'f(a === -0);',
    'debugger;',
    'if (typeof a === "strnig") f();',
    'switch (a) { case NaN: f(); }',
    'export const f = () => { a: 1 };',
    'f({ a: 1, a: 2 });',
    'a = a;',
  ])('built-in fixes leave %j alone, because more than one thing can be meant', async (text) => {
    const { lint } = await openLinter();
    expect((await lint('a.mts', text))?.issues).not.toEqual([]);
    expect(await fixAll(text)).toBe(text);
  });

  it('built-in fixes are at the right place after wide characters and all line ends', async () => {
    const text = "f('😀é');\r\nf(a === NaN);\rf('\u2028', b === NaN); /* 𝒳 */ f(c === NaN);\n";
    expect(await fixAll(text)).toBe(text.replaceAll(/(.) === NaN/g, 'isNaN($1)'));
  });

  it('built-in fixes are offered although another place of a problem is pointed out', async () => {
    const { lint } = await openLinter();
    const report = await lint('a.mjs', 'export default (b) => [{ a: 1, a: 2 }, b === NaN];');
    expect(report?.issues).toMatchObject([
      { rule: 'no-dupe-keys', fix: null },
      { rule: 'use-isnan', fix: { text: 'isNaN(b)' } },
    ]);
  });
});
