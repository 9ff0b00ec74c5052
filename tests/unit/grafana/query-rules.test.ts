import { expect, test } from 'vitest';

import {
  bareCounters,
  exactBounds,
  lenientObjectives,
  parseQuery,
  quantilesWithoutBounds,
  toolsWithoutServer,
  unchosenSelectors,
  unknownLabels,
  unknownSeries,
  wrongRanges,
} from '../../support/query-rules.ts';

// The rules, each on what it must refuse: a rule that lets all pass would be green for ever.

test.each(['sum(rate(a[$__rate_interval])', 'a{b=$job}', 'a + $nothing'])(
  '%s is refused: not PromQL',
  (expr) => {
    expect(() => parseQuery(expr)).toThrow();
  },
);

test.each([
  'rate(a_total[5m])',
  'rate(a_total[$__interval])',
  'rate(a_total[$__range])',
  'irate(a_total[1m])',
  'increase(a_total[1h])',
  'increase(a_total[$__interval])',
  'rate(sum(a_total)[5m:1m])',
])('%s is refused for its range', (expr) => {
  expect(wrongRanges(expr)).toEqual([expect.stringMatching(/^(i?rate|increase)\(/)]);
});

test.each([
  'rate(a_total[$__rate_interval])',
  'rate(a_total[${__rate_interval}])',
  'increase(a_total[$__rate_interval])',
  'increase(a_total[$__range])',
  'max_over_time(a[1h])',
])('%s passes for its range', (expr) => {
  expect(wrongRanges(expr)).toEqual([]);
});

test.each(['a_total', '{__name__="a_total"}', '{"a_total"}', 'sum(a_bucket)', 'deriv(a_total[$__range])'])(
  '%s is refused as a bare counter',
  (expr) => {
    expect(bareCounters(expr)).toHaveLength(1);
  },
);

test('a counter in a rate passes, and so does a gauge', () => {
  expect(bareCounters('sum(rate(a_total[$__rate_interval])) / b_seconds')).toEqual([]);
});

test.each([
  'up',
  'up{job=~"$job"}',
  'up{job="$job", instance=~"$instance"}',
  'up{job=~"$job", instance=~".+"}',
  'tool:mcp_calls:rate5m',
])('%s is refused as not chosen', (expr) => {
  expect(unchosenSelectors(expr)).toEqual([expr]);
});

test.each([
  'up{instance=~"$instance", job=~"$job"}',
  'tool:mcp_calls:rate5m{job=~"$job"}',
  'ALERTS{job=~"$job"}',
])('%s passes as chosen', (expr) => {
  expect(unchosenSelectors(expr)).toEqual([]);
});

test.each([
  'histogram_quantile(0.9, sum(rate(a_bucket[$__rate_interval])))',
  'histogram_quantile(0.9, sum by (job) (rate(a_bucket[$__rate_interval])))',
  'histogram_quantile(0.9, sum without (le) (rate(a_bucket[$__rate_interval])))',
])('%s is refused: it has lost le', (expr) => {
  expect(quantilesWithoutBounds(expr)).toHaveLength(1);
});

test.each([
  'histogram_quantile(0.9, rate(a_bucket[$__rate_interval]))',
  'histogram_quantile(0.9, sum by (job, le) (rate(a_bucket[$__rate_interval])))',
  'histogram_quantile(0.9, sum without (job) (rate(a_bucket[$__rate_interval])))',
])('%s passes: it keeps le', (expr) => {
  expect(quantilesWithoutBounds(expr)).toEqual([]);
});

test.each(['mcp_server_calls_total', 'nodejs_active_handles_total', '{job="a"}', 'tool:mcp_calls:rate7m'])(
  '%s is refused: nobody makes it',
  (expr) => {
    expect(unknownSeries(expr)).toEqual([expr]);
  },
);

test.each([
  'mcp_server_operation_duration_seconds_bucket',
  'nodejs_gc_duration_seconds_sum',
  'ALERTS',
  'tool:mcp_calls:rate5m',
])('%s passes: it is emitted or recorded', (expr) => {
  expect(unknownSeries(expr)).toEqual([]);
});

test('a bucket by its exact bound is refused; by a pattern for both spellings it passes', () => {
  expect(exactBounds('rate(a_bucket{le="1"}[$__rate_interval])')).toHaveLength(1);
  expect(exactBounds('rate(a_bucket{le=~"1|1.0"}[$__rate_interval])')).toEqual([]);
});

test('what is by tool and not by server is refused', () => {
  expect(toolsWithoutServer('sum by (gen_ai_tool_name) (a)')).toHaveLength(1);
  expect(toolsWithoutServer('sum by (mcp_server_name, gen_ai_tool_name) (a)')).toEqual([]);
});

test.each(['min', 'min by (job)', 'avg'])(
  'an objective that is not the strictest is refused: %s',
  (least) => {
    const objective = 'mcp_exporter_slo_objective_ratio{job="a"}';
    for (const one of [objective, `last_over_time(${objective}[1h])`]) {
      expect(lenientObjectives(`1 - ${least} (${one})`)).toHaveLength(1);
    }
  },
);

test.each(['max', 'max by (job)'])('the strictest objective passes: %s', (most) => {
  const recent = 'last_over_time(mcp_exporter_slo_objective_ratio[1h])';
  expect(lenientObjectives(`min(a) / (1 - ${most} (${recent}))`)).toEqual([]);
});

test('a label that the metric does not have is refused', () => {
  expect(unknownLabels('pipeline_operations_active{operation="a", tool="b", job="c"}')).toEqual([
    'pipeline_operations_active: tool',
  ]);
});
