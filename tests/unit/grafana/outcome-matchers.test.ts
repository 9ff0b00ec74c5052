import { expect, test } from 'vitest';

import { operationsThat, requestsThat } from '../../../grafana/src/outcome-matchers.ts';
import { isError, OUTCOME_NAMES, OUTCOMES } from '../../../src/monitor/outcomes.ts';

test.each([
  [['completed'], '=""'],
  [['cancelled'], '="cancelled"'],
  [['completed', 'cancelled'], '=~"|cancelled"'],
])('requests that are %o are chosen by their error types', (wanted, matcher) => {
  expect(requestsThat((outcome) => wanted.includes(outcome))).toEqual({ error_type: matcher });
});

test('requests that failed have every error type that no other outcome has', () => {
  const others = OUTCOME_NAMES.flatMap((outcome) => OUTCOMES[outcome].errorType ?? []);
  expect(requestsThat(isError)).toEqual({ error_type: `!~"${others.join('|')}"` });
  expect(requestsThat((outcome) => outcome !== 'completed')).toEqual({ error_type: '!=""' });
});

test('all requests are chosen without a matcher', () => {
  expect(requestsThat(() => true)).toEqual({});
});

test('operations are chosen by their status', () => {
  expect(operationsThat(isError)).toEqual({ status: '="failed"' });
  expect(operationsThat((outcome) => outcome.startsWith('c'))).toEqual({ status: '=~"completed|cancelled"' });
});
