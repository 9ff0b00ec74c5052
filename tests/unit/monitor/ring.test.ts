import { setImmediate } from 'node:timers/promises';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';

import { describe, expect, test } from 'vitest';

import { Ring } from '../../../src/monitor/ring.ts';

function ringOf(capacity: number, count: number) {
  const ring = new Ring<number>(capacity);
  const evicted = Array.from({ length: count }, (_, i) => ring.push(i + 1));
  return { ring, evicted };
}

test('a ring keeps as many items as its capacity, and returns the one that gives way', () => {
  const { ring, evicted } = ringOf(3, 7);
  expect(evicted).toEqual([undefined, undefined, undefined, 1, 2, 3, 4]);
  expect(ring.size).toBe(3);
  expect(ring.last(3)).toEqual([5, 6, 7]);
});

test('a ring of one item keeps the latest', () => {
  const { ring, evicted } = ringOf(1, 3);
  expect(evicted).toEqual([undefined, 1, 2]);
  expect([ring.at(0), ring.at(-1), ring.size]).toEqual([3, 3, 1]);
});

describe('the last items of a ring', () => {
  test.each([2, 3, 4, 5, 9])(
    'the last items of a ring of three are those added last, oldest first, after %d items',
    (count) => {
      const { ring } = ringOf(3, count);
      const kept = Array.from({ length: count }, (_, i) => i + 1).slice(-3);
      for (let last = 1; last <= 4; last++) expect(ring.last(last)).toEqual(kept.slice(-last));
      expect(ring.last(0)).toEqual([]);
    },
  );
});

describe('an item of a ring', () => {
  test.each([0, 2, 3, 4, 8])('an item of a ring of three is found by its place after %d items', (count) => {
    const { ring } = ringOf(3, count);
    const kept = Array.from({ length: count }, (_, i) => i + 1).slice(-3);
    for (let index = -5; index <= 5; index++) expect(ring.at(index)).toBe(kept.at(index));
  });
});

test('the oldest item of a ring can be removed, whether it is full or not', () => {
  const { ring } = ringOf(3, 4);
  expect(ring.shift()).toBe(2);
  expect([ring.size, ring.at(0), ring.at(-1), ring.at(2)]).toEqual([2, 3, 4, undefined]);
  expect(ring.push(5)).toBeUndefined();
  expect(ring.push(6)).toBe(3);
  expect(ring.last(3)).toEqual([4, 5, 6]);
  expect([ring.shift(), ring.shift(), ring.shift(), ring.shift()]).toEqual([4, 5, 6, undefined]);
  expect([ring.size, ring.at(0), ring.at(-1), ring.last(3)]).toEqual([0, undefined, undefined, []]);
  expect([ring.push(7), ring.at(0), ring.size]).toEqual([undefined, 7, 1]);
});

test('a ring does not keep an item in memory that was removed', async () => {
  setFlagsFromString('--expose-gc');
  const collectGarbage = runInNewContext('gc') as () => void;
  const ring = new Ring<object>(2);
  ring.push({ name: 'removed' });
  const removed = new WeakRef(ring.shift() ?? {});
  // A WeakRef keeps its target until the event loop turns.
  await setImmediate();
  collectGarbage();
  expect(removed.deref()).toBeUndefined();
});
