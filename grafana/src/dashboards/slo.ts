import { GraphThresholdsStyleMode } from '@grafana/grafana-foundation-sdk/common';
import * as units from '@grafana/grafana-foundation-sdk/units';

import { protocolCatalogue } from '../../../src/metrics/catalogue.ts';
import { budgetAlerts } from '../alerts.ts';
import { alertLimits } from '../alert-limits.ts';
import { dashboard } from '../frame.ts';
import { section } from '../layout.ts';
import { toFailingTool } from '../links.ts';
import { palette } from '../palette.ts';
import { alertTable, urgency } from '../panels/alert-table.ts';
import { ranking } from '../panels/bar-gauge.ts';
import { coloured, limitLine } from '../panels/field-properties.ts';
import { stat, steps } from '../panels/stat.ts';
import { lines } from '../panels/timeseries.ts';
import { count, increase, max, ratio, selectRecorded, sum } from '../promql.ts';
import { atOnce, overTime } from '../query.ts';
import { recorded, WINDOWS, type Window } from '../recorded-series.ts';
import {
  BY_TOOL,
  errorBudgetByJob,
  failed,
  objective,
  ofServer,
  ratedToolCalls,
  TOOL_LEGEND,
  toolCalls,
} from '../requests.ts';
import { server } from '../variables.ts';
import { ABOUT_BUDGET } from '../wording.ts';

const { serverOperationDuration: calls } = protocolCatalogue;
const QUARTER = [6, 5] as const;
const HALF = [12, 9] as const;

/** How many times faster than the objective allows: 1 spends the budget of 30 days in 30 days. */
const burnRate = (window: Window) =>
  `${selectRecorded(recorded.toolErrorRatio(window), ofServer)} / on (job) group_left () (${errorBudgetByJob})`;
const budgetLeft = selectRecorded(recorded.budgetLeft, ofServer);
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
      `1 - ${ratio(sum(increase(count(calls, { ...toolCalls, ...failed }))), sum(increase(count(calls, ratedToolCalls))))}`,
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
    'Of the calls that may fail in 30 days, of the server that has least. 100 %: none has failed. Below 0 %: the ' +
    `objective is missed. ${ABOUT_BUDGET}`,
  unit: units.PercentUnit,
  size: QUARTER,
  noValue: 'Not known yet',
  queries: [atOnce(`min(${budgetLeft})`, 'left')],
})
  .decimals(1)
  .thresholds(steps(palette.bad, [0, palette.warning], [0.25, palette.good]));

const lasts = stat({
  id: 4,
  title: 'It lasts',
  description:
    'How long what is left of the error budget lasts if calls go on failing as in the last hour, of the server where it ' +
    'is gone first.',
  unit: units.Seconds,
  size: QUARTER,
  noValue: 'Nothing spends it',
  queries: [
    atOnce(
      // Each server's budget by its own burn rate: the one with least left need not be the one that spends most.
      `min(clamp_min(${budgetLeft}, 0) * ${SECONDS_OF_30_DAYS} / on (job, mcp_server_name) (${burnRate('1h')} > 0))`,
      'lasts',
    ),
  ],
})
  .decimals(1)
  .thresholds(
    steps(
      palette.bad,
      [SECONDS_OF_30_DAYS / alertLimits.burnRates.pageSlow, palette.warning],
      [SECONDS_OF_30_DAYS, palette.good],
    ),
  );

const thin = { id: 'custom.lineWidth', value: 1 };

const burn = lines({
  id: 5,
  title: 'Burn rate',
  description:
    'How many times faster than the objective allows the budget is spent, of the server where it is worst. Lines: ' +
    '14.4 (1 h and 5 m above it: page), 6 (6 h and 30 m: page), 3 (1 d and 2 h: ticket), 1 (3 d and 6 h: ticket). The ' +
    'two windows of an alert have one colour, the shorter a thin line; 6 h is also the shorter one of 3 d.',
  unit: units.Short,
  size: [24, 10],
  noValue: 'Nothing recorded yet',
  queries: [
    ...WINDOWS.map((window) => overTime(max(burnRate(window)), `over ${window}`)),
    ...Object.values(alertLimits.burnRates).map((rate) => overTime(`vector(${rate})`, `× ${rate}`)),
  ],
})
  .overrideByName('over 5m', [coloured(palette.neutral), thin])
  .overrideByName('over 1h', [coloured(palette.neutral)])
  .overrideByName('over 30m', [coloured(palette.third), thin])
  .overrideByName('over 6h', [coloured(palette.third)])
  .overrideByName('over 2h', [coloured(palette.second), thin])
  .overrideByName('over 1d', [coloured(palette.second)])
  .overrideByName('over 3d', [coloured(palette.cancelled)])
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
  description: `Where it falls, calls failed. It grows again when failures are more than 30 days old. ${ABOUT_BUDGET}`,
  unit: units.PercentUnit,
  size: HALF,
  noValue: 'Not known yet',
  queries: [overTime(budgetLeft, '{{mcp_server_name}}')],
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
        `sort_desc(topk(10, ${sum(increase(count(calls, { ...toolCalls, ...failed })), ...BY_TOOL)} > 0))`,
        TOOL_LEGEND,
      ),
    ],
  },
  palette.failed,
)
  .decimals(0)
  .overrideByFieldType('number', [toFailingTool]);

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
