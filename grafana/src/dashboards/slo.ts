import { GraphThresholdsStyleMode } from '@grafana/grafana-foundation-sdk/common';
import * as units from '@grafana/grafana-foundation-sdk/units';

import { protocolCatalogue } from '../../../src/metrics/catalogue.ts';
import { budgetAlerts } from '../alerts.ts';
import { alertLimits } from '../alert-limits.ts';
import { dashboard } from '../frame.ts';
import { section } from '../layout.ts';
import { toFailingTool } from '../links.ts';
import { palette } from '../palette.ts';
import { alertTable, alertState } from '../panels/alert-table.ts';
import { ranking } from '../panels/bar-gauge.ts';
import { coloured, limitLine } from '../panels/field-properties.ts';
import { stat, steps } from '../panels/stat.ts';
import { lines, withLimits } from '../panels/timeseries.ts';
import { increase, max, ratio, selectRecorded, series, sum } from '../promql.ts';
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

const { operations } = protocolCatalogue;
const QUARTER = [6, 5] as const;
const HALF = [12, 9] as const;

/** Error rate as a multiple of the error budget. A burn rate of 1 spends the budget of 30 days in 30 days. */
const burnRate = (window: Window) =>
  `${selectRecorded(recorded.toolErrorRatio(window), ofServer)} / on (job) group_left () (${errorBudgetByJob})`;
const budgetLeft = selectRecorded(recorded.budgetLeft, ofServer);
const SECONDS_OF_30_DAYS = 30 * 24 * 3600;

const target = stat({
  id: 1,
  title: 'Objective',
  description: 'Share of tool calls that must succeed over 30 days (MONITORING_SLO_OBJECTIVE).',
  unit: units.PercentUnit,
  size: QUARTER,
  noValue: 'No exporter',
  queries: [atOnce(objective, 'objective')],
}).thresholds(steps('text'));

const success = stat({
  id: 2,
  title: 'Success in the time range',
  description:
    'Share of all tool calls that did not fail, over the whole time range. Cancelled calls do not count.',
  unit: units.PercentUnit,
  size: QUARTER,
  noValue: 'No calls',
  queries: [
    atOnce(
      `1 - ${ratio(sum(increase(series(operations, { ...toolCalls, ...failed }))), sum(increase(series(operations, ratedToolCalls))))}`,
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
    'Remaining error budget of 30 days, for the server with the least. 100 %: no call failed. Below 0 %: the objective is ' +
    `missed. ${ABOUT_BUDGET}`,
  unit: units.PercentUnit,
  size: QUARTER,
  noValue: 'Not known yet',
  queries: [atOnce(`min(${budgetLeft})`, 'left')],
})
  .decimals(1)
  .thresholds(steps(palette.bad, [0, palette.warning], [0.25, palette.good]));

const lasts = stat({
  id: 4,
  title: 'Time until the budget is spent',
  description:
    'Time until the remaining error budget is spent at the failure rate of the last hour, for the server that runs out first.',
  unit: units.Seconds,
  size: QUARTER,
  noValue: 'No failures',
  queries: [
    atOnce(
      // Combines budget and burn rate of the same server, because the one with the least budget may not burn fastest.
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

const burn = withLimits(
  lines({
    id: 5,
    title: 'Burn rate',
    description:
      'Error rate as a multiple of the error budget, for the server with the highest. An alert fires if both of its windows ' +
      'are above its line: 14.4 (1 h and 5 m, critical), 6 (6 h and 30 m, critical), 3 (1 d and 2 h, warning), 1 (3 d and 6 h, ' +
      'warning). Windows of one alert have the same color, and the shorter window has a thin line.',
    unit: units.Short,
    size: [24, 10],
    noValue: 'Nothing recorded yet',
    queries: WINDOWS.map((window) => overTime(max(burnRate(window)), `over ${window}`)),
  })
    .overrideByName('over 5m', [coloured(palette.neutral), thin])
    .overrideByName('over 1h', [coloured(palette.neutral)])
    .overrideByName('over 30m', [coloured(palette.third), thin])
    .overrideByName('over 6h', [coloured(palette.third)])
    .overrideByName('over 2h', [coloured(palette.second), thin])
    .overrideByName('over 1d', [coloured(palette.second)])
    .overrideByName('over 3d', [coloured(palette.cancelled)]),
  Object.values(alertLimits.burnRates),
);

const alerts = alertTable(
  {
    id: 9,
    title: 'Alerts on the error budget',
    description:
      'Pending: the condition holds, but not for long enough yet. A shorter window means that the budget is spent faster.',
    size: [24, 6],
    noValue: 'No alert on the error budget',
    alerts: budgetAlerts(),
  },
  { field: 'alertstate', title: 'State', properties: alertState },
  { field: 'window', title: 'Window' },
);

const budget = lines({
  id: 6,
  title: 'Error budget left, by server',
  description: `Remaining error budget by server. It recovers when failures are more than 30 days old. ${ABOUT_BUDGET}`,
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
  title: 'Success per hour, worst server',
  description: 'Success rate over one hour, for the server with the lowest. A gap means no traffic.',
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
    title: 'Tools with the most failures',
    description:
      'The ten tools with the most failed calls over the whole time range. They spend the error budget.',
    unit: units.Short,
    size: [24, 8],
    noValue: 'No call failed',
    queries: [
      atOnce(
        `sort_desc(topk(10, ${sum(increase(series(operations, { ...toolCalls, ...failed })), ...BY_TOOL)} > 0))`,
        TOOL_LEGEND,
      ),
    ],
  },
  palette.failed,
)
  .decimals(0)
  .overrideByFieldType('number', [toFailingTool]);

/** Objective, error budget and burn rate. */
export const slo = dashboard({
  uid: 'mcp-slo',
  title: 'MCP service level',
  description: 'Objective for tool calls, remaining error budget and burn rate.',
  from: 'now-24h',
  variables: [server],
  sections: [
    section('Now', target, success, left, lasts),
    section('Burn rate', burn, alerts),
    section('History and causes', budget, successRatio, spenders),
  ],
});
