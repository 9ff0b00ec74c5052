import { describe, expect, test } from 'vitest';

import { createRedactor } from '../../../../src/redaction/create-redactor.ts';
import { compilePatterns } from '../../../../src/redaction/secrets/custom-patterns.ts';

const mask = (patterns: readonly string[], text: string) => compilePatterns(patterns)?.(text);

test('a match is redacted; of a pattern with groups, the first group', () => {
  expect(mask(['emp[0-9]{4,}'], 'ask emp12345 and emp99')).toBe('ask [redacted] and emp99');
  expect(mask(['acct-([0-9]+)'], 'acct-123, acct-4')).toBe('acct-[redacted], acct-[redacted]');
  expect(mask(['(?i)case ([a-z]+)|none'], 'CASE Alpha, none')).toBe('CASE [redacted], none');
});

test('all patterns apply, also inside of JSON and of keys', () => {
  const redactor = createRedactor(['emp[0-9]{4}', 'proj-[a-z]+']);
  expect(redactor.details({ emp1234: 'proj-apollo', list: ['{"who":"emp5678"}'], n: 5 })).toEqual({
    '[redacted]': '[redacted]',
    list: ['{"who":"[redacted]"}'],
    n: 5,
  });
  expect(redactor.line('emp1234 failed with password=x')).toBe('[redacted] failed with password=[redacted]');
});

test.each([String.raw`\w+`, 'redacted', '.', '[a-z ]+', 'e'])(
  'the pattern %s changes nothing in a text that is redacted already',
  (pattern) => {
    const once = mask([pattern], 'some words, [redacted] and more') ?? '';
    expect(mask([pattern], once)).toBe(once);
  },
);

test('no function is compiled without patterns', () => {
  expect(compilePatterns([])).toBeUndefined();
});

describe('refused with a reason', () => {
  test.each([
    ['an invalid expression', ['a('], 'missing closing )'],
    ['syntax that RE2 does not have', ['a(?=b)'], 'invalid or unsupported Perl syntax'],
    ['a back reference', [String.raw`(a)\1`], 'invalid escape sequence'],
    ['an expression that matches an empty text', ['x*'], 'it matches an empty text'],
    ['one that repeats too much', ['(a{1000}){1000}'], 'invalid repeat count'],
    ['one that is too complex', [String.raw`(?:\pL{500}|\pN{500}){2}`], 'it is too complex'],
    ['one that is too long', ['a'.repeat(501)], '501 characters'],
    ['too many', Array.from({ length: 51 }, (_, i) => `a${i}`), '51 patterns'],
  ])('%s', (_title, patterns, reason) => {
    expect(() => compilePatterns(patterns)).toThrow(
      expect.objectContaining({
        code: 'invalid_setting',
        message: expect.stringContaining(reason) as string,
      }) as Error,
    );
  });
});

// With backtracking, a text of this length would take longer than the universe is old: the test would time out.
test.each(['(a+)+$x', '(?:a|a)*b', String.raw`(\w+\s?)*;`, 'a*a*a*a*b'])(
  'the pattern %s, which takes exponential time with backtracking, takes time in proportion to the text',
  (pattern) => {
    const text = 'a'.repeat(40_000);
    expect(mask([pattern], text)).toBe(text);
  },
);
