import { expect, test } from 'vitest';

import { parentAmong } from '../../../src/monitor/operation-parent.ts';

interface Started {
  readonly ms: number;
}

const startMsOf = ({ ms }: Started) => ms;

/** When the parent started that is found for a child that started at `childMs`. */
function parentMs(candidates: readonly number[], childMs: number): number | undefined {
  const parents = candidates.map((ms) => ({ ms }));
  return parentAmong(parents, { ms: childMs }, startMsOf)?.ms;
}

test('where an id was used again, the parent is the latest that started before the child, or with it', () => {
  expect(parentMs([100, 200, 300], 250)).toBe(200);
  expect(parentMs([100, 200, 300], 300)).toBe(300);
});

test('by differing clocks, the parent may seem to start less than a second after the child', () => {
  expect(parentMs([1199, 1500], 200)).toBe(1199);
  expect(parentMs([1200], 200)).toBeUndefined();
  expect(parentMs([100, 300], 200)).toBe(100);
});

test('an operation is not its own parent', () => {
  const child = { ms: 200 };
  expect(parentAmong([child], child, startMsOf)).toBeUndefined();
  const first = { ms: 100 };
  expect(parentAmong([first, child], child, startMsOf)).toBe(first);
});
