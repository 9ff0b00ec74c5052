import { GraphThresholdsStyleMode } from '@grafana/grafana-foundation-sdk/common';
import * as units from '@grafana/grafana-foundation-sdk/units';

import { protocolCatalogue } from '../../../src/metrics/catalogue.ts';
import { budgetAlerts } from '../alerts.ts';
import { alertLimits } from '../alert-limits.ts';
import { dashboard } from '../frame.ts';
import { section } from '../layout.ts';
import { toTool } from '../links.ts';
import { palette } from '../palette.ts';
import { alertTable, urgency } from '../panels/alert-table.ts';
import { ranking } from '../panels/bar-gauge.ts';
import { coloured, limitLine } from '../panels/field-properties.ts';
import { stat, steps } from '../panels/stat.ts';
import { lines } from '../panels/timeseries.ts';
import { count, increase, max, ratio, selectRecorded, sum } from '../promql.ts';
import { atOnce, overTime } from '../query.ts';
import { recorded } from '../recorded-series.ts';
import { errorBudget, failed, objective, ofServer, toolCalls } from '../requests.ts';
import { server } from '../variables.ts';

const { serverOperationDuration: calls } = protocolCatalogue;
const QUARTER = [6, 5] as const;
const HALF = [12, 9] as const;

/** How many times faster than the objective allows: 1 spends the budget of 30 days in 30 days. */
const burnRate = (window: '5m' | '1h' | '6h') =>
  `${max(selectRecorded(recorded.toolErrorRatio(window), ofServer))} / (${errorBudget})`;
const budgetLeft = `min(${selectRecorded(recorded.budgetLeft, ofServer)})`;
const SECONDS_OF_30_DAYS = 30 * 24 * 3600;

const target = stat({
  id: 1,
  title: 'Objective',
  description: 'The share of tool calls that must succeed (MONITORING_SLO_OBJECTIVE), over 30 days.',
  unit: units.PercentUnit,
  size: QUARTER,
  noValue: 'No exporter',
  queries: [atOnce(objective, 'objective')],
}).thresholds(steps('text'));

const success = stat({
  id: 2,
  title: 'Tool calls that did not fail',
  description: 'Over the whole time range. A call that its client cancelled did not fail.',
  unit: units.PercentUnit,
  size: QUARTER,
  noValue: 'No calls',
  queries: [
    atOnce(
      `1 - ${ratio(sum(increase(count(calls, { ...toolCalls, ...failed }))), sum(increase(count(calls, toolCalls))))}`,
      'succeeded',
    ),
  ],
})
  .decimals(2)
  .thresholds(steps('text'));

const left = stat({
  id: 3,
  title: 'Error budget left',
  description:
    'Of the calls that may fail in 30 days. 100 %: none has failed. Below 0 %: the objective is missed.',
  unit: units.PercentUnit,
  size: QUARTER,
  noValue: 'Not known yet',
  queries: [atOnce(budgetLeft, 'left')],
})
  .decimals(1)
  .thresholds(steps(palette.bad, [0, palette.warning], [0.25, palette.good]));

const lasts = stat({
  id: 4,
  title: 'It lasts',
  description: 'How long what is left of the error budget lasts if calls go on failing as in the last hour.',
  unit: units.Seconds,
  size: QUARTER,
  noValue: 'Nothing spends it',
  queries: [atOnce(`clamp_min(${budgetLeft}, 0) * ${SECONDS_OF_30_DAYS} / (${burnRate('1h')} > 0)`, 'lasts')],
})
  .decimals(1)
  .thresholds(
    steps(
      palette.bad,
      [SECONDS_OF_30_DAYS / alertLimits.burnRates.pageSlow, palette.warning],
      [SECONDS_OF_30_DAYS, palette.good],
    ),
  );

const burn = lines({
  id: 5,
  title: 'Burn rate',
  description:
    'How many times faster than the objective allows the budget is spent, of the server where it is worst. Lines: ' +
    '14.4 (1 h and 5 m above it: page), 6 (6 h and 30 m: page), 3 (1 d and 2 h: ticket), 1 (3 d and 6 h: ticket).',
  unit: units.Short,
  size: [24, 10],
  noValue: 'Nothing recorded yet',
  queries: [
    ...(['5m', '1h', '6h'] as const).map((window) => overTime(burnRate(window), `over ${window}`)),
    ...Object.values(alertLimits.burnRates).map((rate) => overTime(`vector(${rate})`, `× ${rate}`)),
  ],
})
  .overrideByName('over 5m', [coloured(palette.cancelled), { id: 'custom.lineWidth', value: 1 }])
  .overrideByName('over 1h', [coloured(palette.neutral)])
  .overrideByName('over 6h', [coloured(palette.third)])
  .overrideByRegexp('/^×/', limitLine);

const alerts = alertTable(
  {
    id: 9,
    title: 'Alerts on the error budget',
    description:
      'Pending: above its lines, but not for long enough yet. The window says how fast the budget goes.',
    size: [24, 6],
    noValue: 'No alert on the error budget',
    alerts: budgetAlerts(),
  },
  { field: 'alertstate', title: 'State', properties: urgency },
  { field: 'window', title: 'Window' },
);

const budget = lines({
  id: 6,
  title: 'Error budget left, by server',
  description: 'Where it falls, calls failed. It grows again when failures are more than 30 days old.',
  unit: units.PercentUnit,
  size: HALF,
  noValue: 'Not known yet',
  queries: [overTime(selectRecorded(recorded.budgetLeft, ofServer), '{{mcp_server_name}}')],
})
  .min(-1)
  .max(1)
  .thresholdsStyle({ build: () => ({ mode: GraphThresholdsStyleMode.Area }) })
  .thresholds(steps(palette.bad, [0, 'transparent']));

const successRatio = lines({
  id: 7,
  title: 'Tool calls that did not fail, against the objective',
  description: 'Over one hour each, of the server where it is least; a hole is no traffic.',
  unit: units.PercentUnit,
  size: HALF,
  noValue: 'Nothing recorded yet',
  queries: [
    overTime(`1 - ${max(selectRecorded(recorded.toolErrorRatio('1h'), ofServer))}`, 'succeeded'),
    overTime(objective, 'objective'),
  ],
})
  .max(1)
  .overrideByName('succeeded', [coloured(palette.completed)])
  .overrideByName('objective', limitLine);

const spenders = ranking(
  {
    id: 8,
    title: 'What spends the budget',
    description: 'The ten tools with the most failed calls over the whole time range.',
    unit: units.Short,
    size: [24, 8],
    noValue: 'No call failed',
    queries: [
      atOnce(
        `sort_desc(topk(10, ${sum(increase(count(calls, { ...toolCalls, ...failed })), 'gen_ai_tool_name')} > 0))`,
        '{{gen_ai_tool_name}}',
      ),
    ],
  },
  palette.failed,
)
  .decimals(0)
  .overrideByFieldType('number', [toTool]);

/** The promise, how much of it is left, and how fast it goes. */
export const slo = dashboard({
  uid: 'mcp-slo',
  title: 'MCP service level',
  description: 'The objective for tool calls, the error budget that is left of it, and how fast it is spent.',
  from: 'now-24h',
  variables: [server],
  sections: [
    section('Now', target, success, left, lasts),
    section('How fast it is spent', burn, alerts),
    section('What was, and why', budget, successRatio, spenders),
  ],
});
