import { describe, expect, test } from 'vitest';

import { OperationTotals } from '../../../src/monitor/operation-totals.ts';
import {
  endedOf,
  errorsOf,
  noOutcomes,
  ratedOf,
  successesOf,
  successPercent,
} from '../../../src/monitor/outcome-counts.ts';
import { OUTCOME_NAMES } from '../../../src/monitor/outcomes.ts';

const counts = { ...noOutcomes(), completed: 6, failed: 3, cancelled: 1 };

describe('counts of outcomes', () => {
  test('begin at 0 for each outcome', () => {
    expect(Object.entries(noOutcomes())).toEqual(OUTCOME_NAMES.map((outcome) => [outcome, 0]));
  });

  test('say how many ended, succeeded, failed, and are what a rate is a share of', () => {
    expect([endedOf(counts), successesOf(counts), errorsOf(counts), ratedOf(counts)]).toEqual([10, 6, 3, 9]);
  });

  test('have a share of successes, and none where nothing succeeded or failed', () => {
    expect(successPercent(counts)).toBeCloseTo(66.7, 1);
    expect(successPercent({ ...noOutcomes(), failed: 2 })).toBe(0);
    expect(successPercent({ ...noOutcomes(), cancelled: 2 })).toBeNull();
    expect(successPercent(noOutcomes())).toBeNull();
  });
});

test('the totals of a session name each outcome', () => {
  const totals = new OperationTotals();
  for (const outcome of OUTCOME_NAMES) {
    totals.start();
    totals.end(outcome, 2);
  }
  totals.start();
  const summary = totals.summary();
  expect(OUTCOME_NAMES.map((outcome) => summary[`${outcome}Operations`])).toEqual(OUTCOME_NAMES.map(() => 1));
  expect(summary).toMatchObject({
    totalOperations: OUTCOME_NAMES.length + 1,
    activeOperations: 1,
    averageDuration: 2,
    totalDuration: 2,
  });
});
