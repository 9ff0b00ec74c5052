import * as units from '@grafana/grafana-foundation-sdk/units';

import { exporterCatalogue, protocolCatalogue } from '../../../src/metrics/catalogue.ts';
import { firingAlerts, URGENT } from '../alerts.ts';
import { prometheus } from '../foreign-series.ts';
import { section } from '../layout.ts';
import { dashboardUrl, here, linked, toFailingTool, toTool } from '../links.ts';
import { palette } from '../palette.ts';
import { alertTable } from '../panels/alert-table.ts';
import { limitFromQuery, limitLine } from '../panels/field-properties.ts';
import { stat, statOfLastMinutes, steps } from '../panels/stat.ts';
import { lines, stackedBars } from '../panels/timeseries.ts';
import {
  bucket,
  increase,
  max,
  ofExporterJobs,
  quantile,
  rate,
  ratio,
  select,
  selectRecorded,
  series,
  sum,
} from '../promql.ts';
import { atOnce, overTime } from '../query.ts';
import { recorded } from '../recorded-series.ts';
import {
  BY_TOOL,
  errorBudget,
  failed,
  ofServer,
  ratedToolCalls,
  slowThreshold,
  TOOL_LEGEND,
  toolCalls,
} from '../requests.ts';
import { ABOUT_BUDGET, ABOUT_QUANTILES, ALL_OUTCOMES } from '../wording.ts';

const { operations, serverOperationDuration } = protocolCatalogue;
const SMALL = [4, 4] as const;

const requests = statOfLastMinutes({
  id: 1,
  title: 'Requests',
  description:
    'Client requests that ended in the last five minutes, per second. Includes all methods, also pings.',
  unit: units.RequestsPerSecond,
  size: SMALL,
  noValue: 'No exporter',
  queries: [
    atOnce(
      // Distinguishes an exporter without requests (0) from no exporter.
      `${sum(rate(series(operations, ofServer)))} or 0 * ${max(series(exporterCatalogue.buildInfo))}`,
      'requests',
    ),
  ],
}).thresholds(steps(palette.neutral));

const failedShare = statOfLastMinutes({
  id: 2,
  title: 'Failed tool calls',
  description:
    'Share of tool calls that failed in the last five minutes. Cancelled calls do not count. Red if the share exceeds ' +
    'the error budget (MONITORING_SLO_OBJECTIVE).',
  unit: units.PercentUnit,
  size: SMALL,
  noValue: 'No calls',
  queries: [
    atOnce(
      ratio(
        sum(rate(series(operations, { ...toolCalls, ...failed }))),
        sum(rate(series(operations, ratedToolCalls))),
      ),
      'share',
    ),
    atOnce(errorBudget, 'budget').refId('limit'),
  ],
}).withTransformation(limitFromQuery('limit', 'budget', 'threshold1'));

const p95 = statOfLastMinutes({
  id: 3,
  title: 'Tool calls, p95',
  description:
    '95th percentile of the last five minutes. Red above SLOW_OPERATION_THRESHOLD. ' +
    `${ALL_OUTCOMES} ${ABOUT_QUANTILES}`,
  unit: units.Seconds,
  size: SMALL,
  noValue: 'No calls',
  queries: [
    atOnce(quantile(0.95, rate(bucket(serverOperationDuration, toolCalls))), 'p95'),
    atOnce(slowThreshold, 'slow').refId('limit'),
  ],
}).withTransformation(limitFromQuery('limit', 'slow', 'threshold1'));

const budgetLeft = stat({
  id: 4,
  title: 'Error budget left',
  description:
    'Remaining error budget of 30 days, for the server with the least. Below 0 %, the objective is missed. ' +
    ABOUT_BUDGET,
  unit: units.PercentUnit,
  size: SMALL,
  noValue: 'Not known yet',
  queries: [atOnce(`min(${selectRecorded(recorded.budgetLeft, ofServer)})`, 'left')],
})
  .decimals(0)
  .thresholds(steps(palette.bad, [0, palette.warning], [0.25, palette.good]))
  .withOverride({
    matcher: { id: 'byName', options: 'left' },
    properties: [linked(here('Error budget', dashboardUrl('mcp-slo', { keep: ['server'] })))],
  });

const alertCount = stat({
  id: 5,
  title: 'Critical and warning alerts',
  description:
    'Firing alerts with severity critical or warning. The table below lists them, and also those with severity info.',
  unit: units.NoUnit,
  size: SMALL,
  noValue: '0',
  queries: [atOnce(`count(${firingAlerts(URGENT)}) or vector(0)`, 'alerts')],
}).thresholds(steps(palette.good, [1, palette.bad]));

const exportersUp = stat({
  id: 6,
  title: 'Exporters up',
  description:
    'Share of exporters that answered the last scrape. While an exporter is down, its data is missing.',
  unit: units.PercentUnit,
  size: SMALL,
  noValue: 'No target',
  queries: [atOnce(`avg(${ofExporterJobs(select(prometheus.up))})`, 'up')],
})
  .decimals(0)
  .thresholds(steps(palette.bad, [1, palette.good]));

const alertList = alertTable({
  id: 7,
  title: 'Firing alerts',
  description: 'Firing alerts with start time and subject. The name links to the alert’s panel.',
  size: [10, 8],
  noValue: 'No firing alerts',
  alerts: firingAlerts(),
});

const failedByTool = stackedBars({
  id: 8,
  title: 'Failed tool calls by tool',
  description: 'Number of failed calls per bar, by tool. Click a bar to open the tool.',
  unit: units.Short,
  size: [7, 8],
  noValue: 'No call failed',
  queries: [
    overTime(
      `${sum(increase(series(operations, { ...toolCalls, ...failed }), '$__rate_interval'), ...BY_TOOL)} > 0`,
      TOOL_LEGEND,
    ),
  ],
})
  // With shorter steps, $__rate_interval would span several bars and count a failure in each.
  .interval('1m')
  .decimals(0)
  .overrideByFieldType('number', [toFailingTool]);

const slowTools = lines({
  id: 27,
  title: 'Slow tools, p95',
  description:
    '95th percentile by tool. The dashed line is SLOW_OPERATION_THRESHOLD. Click a line to open the tool. ' +
    `${ALL_OUTCOMES} ${ABOUT_QUANTILES}`,
  unit: units.Seconds,
  size: [7, 8],
  noValue: 'No tool was called',
  queries: [
    overTime(
      quantile(0.95, rate(bucket(serverOperationDuration, toolCalls)), ...BY_TOOL),
      TOOL_LEGEND,
    ).exemplar(true),
    overTime(slowThreshold, 'slow'),
  ],
})
  .overrideByFieldType('number', [toTool])
  .overrideByName('slow', [...limitLine, linked()]);

/** The current impact on users: since when, and by which tool. */
export const now = section(
  'User impact',
  requests,
  failedShare,
  p95,
  budgetLeft,
  alertCount,
  exportersUp,
  alertList,
  failedByTool,
  slowTools,
);
