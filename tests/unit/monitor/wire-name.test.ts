import { describe, expect, test } from 'vitest';

import { keptName, wireKey, wireName, wireText } from '../../../src/monitor/wire-name.ts';

const LONE = '\ud800';

describe('a name from the wire', () => {
  test.each(['', 'read_file', 'größe', '📦', 'a\nb\0c', 'x'.repeat(256)])(
    'the name %j stays unchanged',
    (name) => {
      expect(wireName(name)).toBe(name);
      expect(keptName(name)).toBe(name);
    },
  );

  test('a long name is cut to 256 characters, and counted', () => {
    const limits: string[] = [];
    const name = wireName('x'.repeat(1_000_000), (limit) => limits.push(limit));
    expect(name).toMatch(/^x{239}…[\da-f]{16}$/);
    expect(limits).toEqual(['name_length']);
  });

  test('long names that differ only at their end still differ when they are cut', () => {
    const [a, b] = ['a', 'b'].map((end) => wireName('x'.repeat(1000) + end));
    expect(a).not.toBe(b);
  });

  test.each([
    [`a${LONE}`, 'a\udbff'],
    [`a${LONE}`, 'a\ufffd'],
    [`${'x'.repeat(255)}📦`, `${'x'.repeat(255)}📫`],
  ])('the names %j and %j still differ as UTF-8', (one, other) => {
    const [a, b] = [wireName(one), wireName(other)];
    expect(Buffer.from(a).equals(Buffer.from(b))).toBe(false);
    expect([a.isWellFormed(), b.isWellFormed()]).toEqual([true, true]);
  });

  test('a name that was cut is not cut again', () => {
    for (const name of ['x'.repeat(1000), `a${LONE}`]) expect(wireName(wireName(name))).toBe(wireName(name));
  });
});

describe('the key of an id', () => {
  test.each([0, 1, -1.5, 'a', '1', 'x'.repeat(64)])('the key of the id %j is the id itself', (id) => {
    expect(wireKey(id)).toBe(id);
  });

  test('the key of a long id is short, and differs for ids that differ anywhere', () => {
    const long = 'x'.repeat(1_000_000);
    const ids = [long, `${long}y`, `y${long}`, `a${LONE}`, 'a\udbff', 'a\ufffd', wireKey(`${long}!`)];
    const keys = ids.map((id) => wireKey(id));
    expect(new Set(keys).size).toBe(ids.length);
    expect(Math.max(...keys.map(({ length }) => length))).toBeLessThan(80);
  });
});

test('a text for people is cut to its first characters, as a copy', () => {
  expect([wireText('abc', 3), wireText('abcd', 3), wireText('', 3)]).toEqual(['abc', 'abc', '']);
  expect(wireText('x'.repeat(100), 50)).toBe('x'.repeat(50));
});
