import { describe, expect, test } from 'vitest';

import { loadConfig } from '../../../src/settings/config.ts';
import { metricsIn, originOf } from '../../support/known-metrics.ts';
import { parsePromQl } from '../../support/promql.ts';
import { alertRules, recordingRules, type AlertRule } from '../../support/rule-files.ts';

const rules = [
  ...alertRules.map((rule) => ({ ...rule, name: rule.alert })),
  ...recordingRules.map((rule) => ({ ...rule, name: rule.record })),
];

describe.each(rules)('$file: $name', ({ expr }) => {
  test('each rule asks only for existing series', () => {
    expect(metricsIn(expr).filter((series) => originOf(series) === undefined)).toEqual([]);
  });

  test('each rule keeps the job label in sums and joins', () => {
    const { aggregations } = parsePromQl(expr);
    for (const { grouping, labels, text } of aggregations) {
      expect(grouping, text).toBe('by');
      expect(labels, text).toContain('job');
    }
    const joins = [...expr.matchAll(/\b(on|ignoring) \(([^)]*)\)/g)];
    for (const [text, how, labels = ''] of joins) {
      expect(how, text).toBe('on');
      expect(labels.split(', '), text).toContain('job');
    }
  });

  test('each rule keeps `le` for its quantile and uses buckets for nothing else', () => {
    const { aggregations, selectors } = parsePromQl(expr);
    const inQuantile = ({ functions }: { functions: readonly string[] }) =>
      functions.includes('histogram_quantile');
    for (const aggregation of aggregations.filter(inQuantile)) {
      expect(aggregation.labels, aggregation.text).toContain('le');
    }
    const buckets = selectors.filter(({ metric }) => metric?.endsWith('_bucket'));
    expect(buckets.filter((selector) => !inQuantile(selector))).toEqual([]);
  });

  test('takes the rate of counters alone', () => {
    const rated = parsePromQl(expr).selectors.filter(({ functions }) =>
      functions.some((name) => /^i?rate$|^increase$/.test(name)),
    );
    for (const { metric, text } of rated) expect(metric, text).toMatch(/_(total|count|sum|bucket)$/);
  });
});

const LEVELS: Readonly<Record<string, readonly string[]>> = {
  tool: ['job', 'mcp_server_name', 'gen_ai_tool_name'],
  operation: ['job', 'mcp_server_name', 'operation'],
  server: ['job', 'mcp_server_name'],
};

describe.each(recordingRules)('$file: $record', ({ record, expr }) => {
  test('each recording rule has its level and window in its name', () => {
    const [level = '', , operations = ''] = record.split(':');
    const { aggregations, selectors } = parsePromQl(expr);
    const summed = aggregations.filter(({ operator }) => operator === 'sum');
    for (const { labels, text } of summed) {
      expect(labels.filter((label) => label !== 'le').toSorted(), text).toEqual(LEVELS[level]?.toSorted());
    }
    // The last value of a setting has no window: it is the setting.
    const windowed = selectors.filter(
      ({ range, functions }) => range && !functions.includes('last_over_time'),
    );
    for (const { range, text } of windowed) {
      expect(record, text).toMatch(new RegExp(`[a-z_]${range}$`));
    }
    expect(operations).toMatch(/^(rate|ratio|increase|ratio_rate|p95_|mean)\d+[mhd]$/);
  });

  test('is recorded once', () => {
    expect(recordingRules.filter((rule) => rule.record === record)).toHaveLength(1);
  });
});

test.each([
  ['pipeline_error_rate_threshold_ratio', /^operation:pipeline_failed:ratio/],
  ['pipeline_slow_operation_threshold_seconds', /^operation:pipeline_slow:ratio|_oldest_in_flight_seconds$/],
  ['mcp_exporter_slo_objective_ratio', /^server:mcp_tool_errors:ratio/],
])('the threshold of %s comes from its setting, never from a rule', (gauge, subject) => {
  const about = alertRules.filter(({ expr }) => metricsIn(expr).some((series) => subject.test(series)));
  expect(about).not.toEqual([]);
  for (const { alert, expr } of about) expect(metricsIn(expr), alert).toContain(gauge);
});

describe('McpErrorBudgetBurn', () => {
  const burns = alertRules.filter(({ alert }) => alert === 'McpErrorBudgetBurn').map(burnOf);

  test.each(burns)(
    '$window: looks at a long window, a twelfth of it, and the traffic of the long one',
    ({ window, ratios, traffic, minutes }) => {
      const [long, short] = ratios;
      expect(long).toBe(window);
      expect(minutes(short)).toBe(minutes(long) / 12);
      expect(traffic).toBe(long);
    },
  );

  test.each(burns)('$window: can fire at every objective that the setting takes', ({ factors }) => {
    expect(new Set(factors).size).toBe(1);
    const [factor = Infinity] = factors;
    const { sloObjectivePercent } = loadConfig({ MONITORING_SLO_OBJECTIVE: LEAST_OBJECTIVE });
    expect(factor * (1 - sloObjectivePercent / 100)).toBeLessThan(1);
  });

  test('an objective at which the fastest could not fire is refused', () => {
    const fastest = Math.max(...burns.flatMap(({ factors }) => factors));
    expect(fastest * (1 - Number(TOO_SMALL_OBJECTIVE) / 100)).toBeGreaterThanOrEqual(1);
    for (const objective of [TOO_SMALL_OBJECTIVE, '50', '0']) {
      expect(() => loadConfig({ MONITORING_SLO_OBJECTIVE: objective })).toThrow('MONITORING_SLO_OBJECTIVE');
    }
  });
});

/** In percent, to two digits. */
const LEAST_OBJECTIVE = '93.06';
const TOO_SMALL_OBJECTIVE = '93.05';

function burnOf({ expr, labels }: AlertRule) {
  const series = metricsIn(expr);
  const windowsOf = (name: string) =>
    series.filter((one) => one.startsWith(name)).map((one) => one.slice(name.length));
  const BUDGET =
    /([\d.]+) \* \(1 - max by \(job\) \(last_over_time\(mcp_exporter_slo_objective_ratio\[1h\]\)\)\)/g;
  return {
    window: labels['window'],
    ratios: windowsOf('server:mcp_tool_errors:ratio_rate'),
    traffic: windowsOf('server:mcp_tool_calls:rate')[0],
    factors: [...expr.matchAll(BUDGET)].map(([, factor]) => Number(factor)),
    minutes: (window = '') => parseInt(window, 10) * ({ m: 1, h: 60, d: 1440 }[window.slice(-1)] ?? NaN),
  };
}
