import { expect, test } from 'vitest';

import { SeriesBudget } from '../../../src/metrics/series-budget.ts';

/** A budget of 1000 series: 800 for everyone, and 200 in reserve. */
function budgetWith(used: number) {
  const budget = new SeriesBudget(1000);
  budget.take('big', used);
  return budget;
}

test.each([
  [559, 'histograms', true],
  [560, 'histograms', false],
  [719, 'counters', true],
  [720, 'counters', false],
  [799, 'busyCounters', true],
  [800, 'busyCounters', false],
] as const)('after %i of 1000 series, there is room for more %s: %s', (used, purpose, hasRoom) => {
  expect(budgetWith(used).hasRoom('big', purpose)).toBe(hasRoom);
});

test('a server with few series may use the reserve, for everything', () => {
  const budget = budgetWith(800);
  expect(budget.hasRoom('small', 'histograms')).toBe(true);
  budget.take('small', 9);
  expect(budget.hasRoom('small', 'counters')).toBe(true);
  budget.take('small', 1);
  expect(budget.hasRoom('small', 'counters')).toBe(false);
  expect(budget.hasRoom('next', 'counters')).toBe(true);
});

test('nothing has room beyond the limit', () => {
  expect(budgetWith(999).hasRoom('small', 'counters')).toBe(true);
  expect(budgetWith(1000).hasRoom('small', 'counters')).toBe(false);
});
