import { expect, test } from 'vitest';

import { alertLimits } from '../../../grafana/src/alert-limits.ts';
import * as recordedSeries from '../../../grafana/src/recorded-series.ts';
import { grafanaQueries, substitute } from '../../support/grafana-queries.ts';
import { catalogue, definitionOf, metricsIn, originOf } from '../../support/known-metrics.ts';
import { parsePromQl } from '../../support/promql.ts';
import { parseQuery } from '../../support/query-rules.ts';
import { alertRules, recordingRules } from '../../support/rule-files.ts';
import { shippedPanels, targetsOf } from '../../support/shipped-dashboards.ts';

const rules = [...alertRules, ...recordingRules];

/** Metrics that no panel and no rule reads, and why they are there all the same. */
const UNREAD: Record<string, string> = {
  mcp_server_progress_notifications_total:
    'which tools tell of their progress is asked once, not watched; how many do is among the notifications',
};

const read = new Set(
  [
    ...grafanaQueries.flatMap(({ expr }) => parseQuery(expr).selectors),
    ...rules.flatMap(({ expr }) => parsePromQl(expr).selectors),
  ]
    .map(({ metric = '' }) => definitionOf(metric)?.name)
    .filter((name) => name !== undefined),
);

test.each(catalogue.map(({ name }) => name).filter((name) => !(name in UNREAD)))(
  '%s is on a panel or in a rule',
  (name) => {
    expect(read).toContain(name);
  },
);

test.each(Object.keys(UNREAD))('%s is still there, and still unread', (name) => {
  expect(catalogue.map((metric) => metric.name)).toContain(name);
  expect(read).not.toContain(name);
});

test('what dashboards take for recorded is recorded', () => {
  const { toolErrorRatio, ...names } = recordedSeries.recorded;
  const windows = recordedSeries.WINDOWS.map(toolErrorRatio);
  for (const name of [...Object.values(names), ...windows]) expect(originOf(name), name).toBe('recorded');
});

test('the burn rate is drawn over every window that its alert looks at', () => {
  const burn = shippedPanels.find(({ dashboard, panel }) => dashboard.uid === 'mcp-slo' && panel.id === 5);
  const drawn = targetsOf(burn?.panel ?? { type: '' }).flatMap(({ expr }) => metricsIn(substitute(expr)));
  const watched = alertRules
    .filter(({ alert }) => alert === 'McpErrorBudgetBurn')
    .flatMap(({ expr }) => metricsIn(expr))
    .filter((name) => name.includes(':ratio_rate'));
  expect(new Set(watched).size).toBe(recordedSeries.WINDOWS.length);
  expect(drawn).toEqual(expect.arrayContaining(watched));
});

test.each([
  ['McpErrorBudgetBurn', Object.values(alertLimits.burnRates)],
  ['McpSlowOperations', [alertLimits.slowRatio]],
  ['McpRequestStuck', [alertLimits.stuckFactor]],
  ['McpEventLoopLag', [alertLimits.loopLagSeconds]],
  ['McpToolLatencyAnomaly', [alertLimits.anomalyDeviations]],
])('the lines for %s are where the alert fires', (name, limits) => {
  const numbers = alertRules
    .filter(({ alert }) => alert === name)
    .flatMap(({ expr }) => parsePromQl(expr).numbers);
  expect(numbers.map(Number)).toEqual(expect.arrayContaining(limits));
});
