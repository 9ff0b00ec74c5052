import { describe, expect, test } from 'vitest';

import { OPERATION_STATUSES } from '../../../src/monitor/operation.ts';
import {
  isError,
  isOutcome,
  isRated,
  isSuccess,
  mapOutcomes,
  OUTCOME_NAMES,
  outcomeOfErrorType,
  OUTCOMES,
  titleOf,
} from '../../../src/monitor/outcomes.ts';

const definitions = Object.values(OUTCOMES);

describe('the table of outcomes', () => {
  test.each(['sign', 'color', 'errorType', 'countName', 'meaning'] as const)(
    'tells outcomes apart by their %s',
    (column) => {
      expect(new Set(definitions.map((each) => each[column])).size).toBe(definitions.length);
    },
  );

  test('has one outcome for every error type that no other outcome has, and it is an error', () => {
    const others = definitions.filter(({ errorType }) => errorType === null);
    expect(others.map(({ countsAs }) => countsAs)).toEqual(['error']);
  });

  test('has one success, the outcome without an error type', () => {
    const successes = definitions.filter(({ countsAs }) => countsAs === 'success');
    expect(successes.map(({ errorType }) => errorType)).toEqual(['']);
  });

  test('has a sign of one character for each', () => {
    expect(definitions.filter(({ sign }) => !/^.$/u.test(sign))).toEqual([]);
  });
});

test.each([
  ['completed', { success: true, error: false, rated: true }],
  ['failed', { success: false, error: true, rated: true }],
  ['cancelled', { success: false, error: false, rated: false }],
  ['unobserved', { success: false, error: false, rated: false }],
] as const)('counts %s as %o', (outcome, { success, error, rated }) => {
  expect([isSuccess(outcome), isError(outcome), isRated(outcome)]).toEqual([success, error, rated]);
});

test('an operation has started, runs or has one of the outcomes', () => {
  expect(OPERATION_STATUSES).toEqual(['started', 'running', ...OUTCOME_NAMES]);
  expect(OPERATION_STATUSES.filter(isOutcome)).toEqual(OUTCOME_NAMES);
});

test.each(['', 'toString', 'Completed', 'running', null, undefined])('%o is not an outcome', (text) => {
  expect(isOutcome(text)).toBe(false);
});

test.each([
  ['', 'completed'],
  ['cancelled', 'cancelled'],
  ['unobserved', 'unobserved'],
  ['tool_error', 'failed'],
  ['-32602', 'failed'],
  ['_OTHER', 'failed'],
])('a request with the error type "%s" has %s', (errorType, outcome) => {
  expect(outcomeOfErrorType(errorType)).toBe(outcome);
});

test('maps each outcome to a value of its own', () => {
  const titles = mapOutcomes(titleOf);
  expect(Object.keys(titles)).toEqual(OUTCOME_NAMES);
  expect(titles).toMatchObject({ completed: 'Completed', failed: 'Failed', cancelled: 'Cancelled' });
});
