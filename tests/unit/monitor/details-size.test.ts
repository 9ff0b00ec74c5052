import { expect, test } from 'vitest';

import { sizeOfDetails } from '../../../src/monitor/kept-details.ts';
import { RealtimeMonitor } from '../../../src/monitor/realtime-monitor.ts';

type Details = Record<string, unknown>;

/** What is kept of details, and of those that come later. */
function kept(...updates: Details[]): Details {
  const monitor = new RealtimeMonitor('s');
  const id = monitor.startMonitoring('n', 'o', updates[0]);
  for (const update of updates.slice(1)) monitor.updateProgress(id, 1, update);
  return monitor.operations.get(id)?.details ?? {};
}

const members = (count: number) => Object.fromEntries(Array.from({ length: count }, (_, i) => [`k${i}`, i]));
const texts = (length: number) => Object.fromEntries(Array.from('abcde', (key) => [key, 'x'.repeat(length)]));

function nested(levels: number): Details {
  let value: Details = { end: true };
  for (let i = 0; i < levels; i++) value = { in: value };
  return value;
}

test.each<[string, Details, Details]>([
  ['a text of 2100 characters', { text: 'x'.repeat(2100) }, { text: 'x'.repeat(2101) }],
  ['sixty members', members(60), members(61)],
  ['a list of sixty', { list: Array(60).fill(1) }, { list: Array(61).fill(1) }],
  ['ten levels of objects', nested(10), nested(11)],
  // A key of one character and its place count 17.
  ['ten thousand characters', texts(1983), texts(1984)],
])('details with %s are kept as they are, larger ones are cut', (_title, largest, larger) => {
  expect(kept(largest)).toEqual(largest);
  expect(kept(larger)).not.toEqual(larger);
  expect(Object.keys(kept(larger)).length).toBeGreaterThan(0);
});

test('binary data in details is kept as its size, functions and symbols are not kept', () => {
  const details = { view: new Uint8Array(3), buffer: new ArrayBuffer(5), fn: () => 1, symbol: Symbol('x') };
  expect(kept(details)).toEqual({ view: '[3 bytes]', buffer: '[5 bytes]' });
});

test('a list and a date in details are copies of the caller’s', () => {
  const [list, at] = [[{ a: 1 }, undefined, 2], new Date(5)];
  const details = kept({ list, at });
  list.push(3);
  at.setTime(9);
  expect(details).toEqual({ list: [{ a: 1 }, undefined, 2], at: new Date(5) });
});

test('details are merged as long as both fit, and then the latest stay with those of the others that fit', () => {
  const first = { a: 'x'.repeat(1983), b: 'x'.repeat(1983), c: 'old' };
  expect(kept(first, { c: 'new', d: 1 })).toEqual({ ...first, c: 'new', d: 1 });
  const large = { c: 'new', x: 'y'.repeat(1983), y: 'y'.repeat(1983), z: 'y'.repeat(1983) };
  expect(kept(first, large)).toEqual({ ...large, a: first.a });
  expect(kept({}, first)).toEqual(first);
  expect(kept(first, {})).toEqual(first);
});

test('an error of a thousand characters is kept as it is, a longer one is cut to what a person reads', () => {
  const monitor = new RealtimeMonitor('s');
  const errorOf = (error: unknown) => {
    const id = monitor.startMonitoring('n');
    monitor.stopMonitoring(id, { error }, false);
    return monitor.operations.get(id)?.error;
  };
  expect(errorOf('e'.repeat(1000))).toBe('e'.repeat(1000));
  expect(errorOf('e'.repeat(1001))).toBe(`${'e'.repeat(500)}…`);
  expect(errorOf({ code: 5 })).toBeNull();
});

test('the size of details counts each key, place and text', () => {
  expect(sizeOfDetails(undefined)).toBe(0);
  expect(sizeOfDetails({})).toBe(0);
  expect(sizeOfDetails({ a: 'xyz' })).toBe(20);
  expect(sizeOfDetails({ a: 'xyz', nothing: null, n: 5 })).toBe(20 + 23 + 17);
  expect(sizeOfDetails({ a: { bc: 'xyz' } })).toBe(17 + 16 + 21);
});
