import { expect, test } from 'vitest';

import { ProgressTrail } from '../../../src/monitor/progress-trail.ts';

test('a progress trail has every step while there are few', () => {
  const trail = new ProgressTrail();
  trail.add(1, 10);
  trail.add(2, 10);
  trail.add(3, 40);
  expect(trail.points).toEqual([
    [1, 10],
    [3, 40],
  ]);
});

test('a progress trail of many steps stays small, in order, spread over the time, and ends with the latest', () => {
  const trail = new ProgressTrail();
  for (let step = 1; step <= 10_000; step++) {
    trail.add(step, step / 100);
    expect(trail.points.at(-1)).toEqual([step, step / 100]);
    expect(trail.points.length).toBeLessThanOrEqual(64);
  }
  const seconds = trail.points.map(([at]) => at);
  expect(seconds).toEqual(seconds.toSorted((a, b) => a - b));
  expect(trail.points.length).toBeGreaterThan(16);
  const gaps = seconds.slice(1).map((at, index) => at - (seconds[index] ?? 0));
  expect(Math.max(...gaps)).toBeLessThan(1000);
});
