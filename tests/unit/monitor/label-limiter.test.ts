import { expect, test } from 'vitest';

import { LabelLimiter } from '../../../src/monitor/label-limiter.ts';
import { LIMITS } from '../../../src/monitor/limits.ts';
import { NameTable } from '../../../src/monitor/name-table.ts';

function limiter(max: number) {
  let overflows = 0;
  const labels = new LabelLimiter(max, () => (overflows += 1));
  return { limit: (value: string) => labels.limit(value), overflows: () => overflows };
}

test('a label takes as many values as it may, and every later one is _OTHER and counted', () => {
  const { limit, overflows } = limiter(2);
  expect(['a', 'b', 'a', 'c', 'b', 'd'].map(limit)).toEqual(['a', 'b', 'a', '_OTHER', 'b', '_OTHER']);
  expect(overflows()).toBe(2);
});

test('an empty value and _OTHER take no place among the values of a label', () => {
  const { limit, overflows } = limiter(1);
  expect(['', '_OTHER', 'a', '', '_OTHER'].map(limit)).toEqual(['', '_OTHER', 'a', '', '_OTHER']);
  expect(overflows()).toBe(0);
});

test('a value longer than a label may be is _OTHER and takes no place', () => {
  const { limit, overflows } = limiter(1);
  const longest = 'x'.repeat(LIMITS.label_length.max);
  expect(limit(`${longest}y`)).toBe('_OTHER');
  expect(limit(longest)).not.toBe('_OTHER');
  expect(overflows()).toBe(1);
});

test('a value that is cut, or not well-formed, takes one place however often it comes', () => {
  const { limit, overflows } = limiter(2);
  const odd = `${'x'.repeat(20)}\ud800`;
  expect(limit(odd)).toBe(limit(odd));
  expect(limit(odd).isWellFormed()).toBe(true);
  expect([limit('b'), limit(odd), limit('c'), overflows()]).toEqual(['b', limit(odd), '_OTHER', 1]);
});

test('a name table gives each name as it is kept, and counts long ones each time', () => {
  const limits: string[] = [];
  const names = new NameTable((limit) => limits.push(limit));
  const longest = 'x'.repeat(LIMITS.name_length.max);
  expect([names.copyOf('a'), names.copyOf('a'), names.copyOf(longest)]).toEqual(['a', 'a', longest]);
  expect(limits).toEqual([]);
  for (const _ of [1, 2]) expect(names.copyOf(`${longest}y`)).toHaveLength(LIMITS.name_length.max);
  expect(limits).toEqual(['name_length', 'name_length']);
  for (let i = 0; i < 3000; i++) expect(names.copyOf(`name-${i}`)).toBe(`name-${i}`);
});
