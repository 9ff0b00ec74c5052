import { expect, test } from 'vitest';

import { activityOfOutcomes, summarizeOutcomes } from '../../../src/history/outcome-summary.ts';
import { noOutcomes } from '../../../src/monitor/outcome-counts.ts';
import { OUTCOME_NAMES, OUTCOMES } from '../../../src/monitor/outcomes.ts';

const counts = { ...noOutcomes(), completed: 6, failed: 3, cancelled: 1 };

test('a summary has a count for each outcome, and the share of successes', () => {
  expect(summarizeOutcomes(counts)).toMatchObject({
    successCount: 6,
    failureCount: 3,
    cancelledCount: 1,
    successRate: expect.closeTo(66.7, 1),
  });
  const names = OUTCOME_NAMES.map((outcome) => OUTCOMES[outcome].countName);
  expect(Object.keys(summarizeOutcomes(counts))).toEqual([...names, 'successRate']);
});

test('the success rate of nothing is 0', () => {
  expect(summarizeOutcomes(noOutcomes()).successRate).toBe(0);
});

test('the activity of a minute has its operations and its failures', () => {
  expect(activityOfOutcomes(counts)).toEqual({ count: 10, failureCount: 3 });
});
