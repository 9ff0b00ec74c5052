import { describe, expect, test } from 'vitest';

import { isError, isRated, OUTCOME_NAMES } from '../../../src/monitor/outcomes.ts';
import { grafanaQueries, substitute } from '../../support/grafana-queries.ts';
import { parsePromQl } from '../../support/promql.ts';
import { alertRules, recordingRules } from '../../support/rule-files.ts';
import { selectedOutcomes } from '../../support/selected-outcomes.ts';

const errors = OUTCOME_NAMES.filter(isError);
const rated = OUTCOME_NAMES.filter(isRated);

test('the matchers of a selector say which outcomes it chooses', () => {
  const chosenBy = (matchers: string) =>
    selectedOutcomes(`rate(mcp_server_operations_total{${matchers}}[5m])`)[0];
  expect(chosenBy('')).toMatchObject({ whole: OUTCOME_NAMES, part: [] });
  expect(chosenBy('error_type=""')).toMatchObject({ whole: ['completed'], part: [] });
  expect(chosenBy('error_type=~"|cancelled"')).toMatchObject({ whole: ['completed', 'cancelled'] });
  expect(chosenBy('error_type!=""')?.whole).not.toContain('completed');
  expect(chosenBy('error_type!~"tool_.*"')?.part).toEqual(['failed']);
  expect(chosenBy('error_type="tool_error"')).toMatchObject({ whole: [], part: ['failed'] });
  const [operations] = selectedOutcomes('pipeline_operation_duration_seconds_sum{status="failed"}');
  expect(operations).toMatchObject({ whole: ['failed'], part: [] });
  expect(selectedOutcomes('mcp_server_message_size_bytes_count')).toEqual([]);
});

const recording = recordingRules.filter(({ expr }) => selectedOutcomes(expr).length > 0);
const isOfErrors = (record: string) => /error|failed/.test(record);

test('errors are recorded for tools, for operations, and for servers over seven windows', () => {
  expect(recording.filter(({ record }) => isOfErrors(record))).toHaveLength(9);
  expect(recording.length).toBeGreaterThanOrEqual(18);
});

test.each(recording)(
  '$record counts every error and nothing else, or all that count in rates',
  ({ record, expr }) => {
    const expected = isOfErrors(record) ? errors : rated;
    for (const { text, whole, part } of selectedOutcomes(expr)) {
      expect({ whole, part }, text).toEqual({ whole: expected, part: [] });
    }
  },
);

test.each(alertRules.filter(({ expr }) => selectedOutcomes(expr).length > 0))(
  'the alert $alert counts nothing but errors',
  ({ expr }) => {
    for (const { text, whole, part } of selectedOutcomes(expr)) {
      expect(errors, text).toEqual(expect.arrayContaining([...whole, ...part]));
    }
  },
);

describe('a panel with a share of calls', () => {
  const shares = grafanaQueries
    .map(({ name, expr }) => ({ name, expr: substitute(expr) }))
    .filter(({ expr }) => /_operations_(?:ended_)?total\{/.test(expr))
    .filter(({ expr }) => parsePromQl(expr).operators.includes('Div'));

  test('is on several dashboards', () => {
    expect(shares.length).toBeGreaterThan(4);
  });

  test.each(shares)('divides errors by all that count in rates: $name', ({ expr }) => {
    const selected = selectedOutcomes(expr);
    expect(selected.flatMap(({ part }) => part)).toEqual([]);
    expect(new Set(selected.map(({ whole }) => whole.join()))).toEqual(
      new Set([errors.join(), rated.join()]),
    );
  });
});
