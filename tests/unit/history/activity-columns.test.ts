import { expect, test } from 'vitest';

import { activityAnswer, firstMinuteMs } from '../../../src/history/activity-columns.ts';

const minute = (count: number, p95Duration = 1) => ({ count, failureCount: 0, p95Duration });

test('a minute in which nothing ended has no duration, whatever it is told to be', () => {
  const rows = [new Map([['a', minute(0)]]), new Map([['a', minute(2, 1.234567)]]), new Map()];
  const { operations } = activityAnswer('prometheus', 0, rows);
  expect(operations['a']).toEqual({
    count: [0, 2, 0],
    failureCount: [0, 0, 0],
    p95Duration: [null, 1.235, null],
  });
});

test('an operation that did not end in any minute is left out', () => {
  const rows = [new Map([['a', minute(0)]]), new Map([['b', minute(1)]])];
  expect(Object.keys(activityAnswer('local', 0, rows).operations)).toEqual(['b']);
  expect(activityAnswer('local', 0, rows, 'a').operations).toEqual({});
});

test('the first of some minutes is so many before the end of the current one', () => {
  const noon = Date.parse('2026-03-01T12:00:00Z');
  expect(firstMinuteMs(noon, 1)).toBe(noon);
  expect(firstMinuteMs(noon + 59_999, 1)).toBe(noon);
  expect(firstMinuteMs(noon - 1, 60)).toBe(noon - 3_600_000);
});
