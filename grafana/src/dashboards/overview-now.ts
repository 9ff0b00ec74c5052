import * as units from '@grafana/grafana-foundation-sdk/units';

import { exporterCatalogue, protocolCatalogue } from '../../../src/metrics/catalogue.ts';
import { firingAlerts, OF_SERVER, URGENT } from '../alerts.ts';
import { prometheus } from '../foreign-series.ts';
import { section } from '../layout.ts';
import { dashboardUrl, here, linked, toFailingTool, toTool } from '../links.ts';
import { palette } from '../palette.ts';
import { alertTable } from '../panels/alert-table.ts';
import { limitFromQuery, limitLine } from '../panels/field-properties.ts';
import { problemTable, problemTimeline, worstServer } from '../panels/server-status.ts';
import { outOf, stat, statOfLastMinutes, steps } from '../panels/stat.ts';
import { lines, logarithmic, stackedBars } from '../panels/timeseries.ts';
import {
  bucket,
  increase,
  max,
  ofExporterJobs,
  ofExportersOf,
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
import { serversDown, serversKnown } from '../server-problems.ts';
import { ABOUT_BUDGET, ABOUT_QUANTILES, ALL_OUTCOMES } from '../wording.ts';

const { operations, serverOperationDuration } = protocolCatalogue;
const SMALL = [4, 4] as const;

const requests = statOfLastMinutes({
  id: 1,
  title: 'Requests',
  description:
    'Client requests that ended in the last five minutes, per second. Includes all methods, also pings.',
  unit: units.RequestsPerSecond,
  size: [8, 3],
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
  size: [8, 3],
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
  size: [8, 3],
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
  .decimals(2)
  .thresholds(steps(palette.bad, [0, palette.warning], [0.25, palette.good]))
  .withOverride({
    matcher: { id: 'byName', options: 'left' },
    properties: [linked(here('Error budget', dashboardUrl('mcp-slo', { keep: ['server'] })))],
  });

const servers = outOf(
  {
    id: 33,
    title: 'Servers up',
    description:
      'Servers that run and can be reached. A server is down while its proxy cannot reach it, while its exporter does not ' +
      'answer, and after its process exited until a client starts it again.',
    unit: units.NoUnit,
    size: SMALL,
    noValue: 'Unknown',
  },
  { all: serversKnown, missing: serversDown },
);

const worst = worstServer(
  {
    id: 34,
    title: 'Worst server',
    description:
      'The server with the worst problem now. Click it for its tools. The table below has the others.',
    unit: units.NoUnit,
    size: [8, 4],
    noValue: 'Unknown',
  },
  max(series(exporterCatalogue.buildInfo)),
);

const alertCount = stat({
  id: 5,
  title: 'Urgent alerts',
  description:
    'Firing alerts with severity critical or warning. The table below lists them, and also those with severity info.',
  unit: units.NoUnit,
  size: SMALL,
  noValue: 'Unknown',
  queries: [
    // Without an exporter, most alerts cannot fire, so that 0 would be misleading.
    atOnce(
      `count(${firingAlerts({ ...URGENT, ...OF_SERVER })}) or 0 * ${max(series(exporterCatalogue.buildInfo))}`,
      'alerts',
    ),
  ],
}).thresholds(steps(palette.good, [1, palette.bad]));

const targets = ofExporterJobs(ofExportersOf(ofServer, select(prometheus.up)));
const exporters = outOf(
  {
    id: 6,
    title: 'Exporters up',
    description: 'Exporters that answered the last scrape. While an exporter is down, its data is missing.',
    unit: units.NoUnit,
    size: SMALL,
    noValue: 'No target',
  },
  { all: `count(${targets})`, missing: `count((${targets}) == 0)` },
);

const problems = problemTable({
  id: 35,
  title: 'Servers with problems',
  description:
    'The worst problem of each server. unreachable: by its proxy. process exited: in the last five minutes. exporter down: ' +
    'nothing is measured. call hangs: no progress for six times SLOW_OPERATION_THRESHOLD. tool fails: above ' +
    'HIGH_ERROR_RATE_THRESHOLD. tool is slow: p95 above SLOW_OPERATION_THRESHOLD.',
  unit: units.NoUnit,
  size: [12, 7],
  noValue: 'No problem known',
});

const problemHistory = problemTimeline({
  id: 36,
  title: 'Since when',
  description: 'The worst problem of each server over time. Servers without problems have no row.',
  unit: units.NoUnit,
  size: [12, 7],
  noValue: 'No problem known',
});

const alertList = alertTable({
  id: 7,
  title: 'Firing alerts',
  description:
    'Firing alerts, the most urgent first. The name links to the alert’s panel, for its server and operation.',
  size: [24, 7],
  noValue: 'No firing alerts',
  alerts: firingAlerts(OF_SERVER),
});

const failedByTool = stackedBars({
  id: 8,
  title: 'Failed tool calls by tool',
  description: 'Number of failed calls per bar, by tool. Click a bar to open the tool.',
  unit: units.Short,
  size: [12, 8],
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
    '95th percentile of the ten slowest tools, on a logarithmic axis. The dashed line is SLOW_OPERATION_THRESHOLD. Click a line to open the tool. ' +
    `${ALL_OUTCOMES} ${ABOUT_QUANTILES}`,
  unit: units.Seconds,
  size: [12, 8],
  noValue: 'No tool was called',
  queries: [
    overTime(
      `topk(10, ${quantile(0.95, rate(bucket(serverOperationDuration, toolCalls)), ...BY_TOOL)} >= 0)`,
      TOOL_LEGEND,
    ).exemplar(true),
    overTime(slowThreshold, 'slow'),
  ],
})
  .scaleDistribution(logarithmic())
  .overrideByFieldType('number', [toTool])
  .overrideByName('slow', [...limitLine, linked()]);

/** The current impact on users: since when, and by which server and tool. */
export const now = section(
  'User impact',
  servers,
  worst,
  alertCount,
  exporters,
  budgetLeft,
  problems,
  problemHistory,
  alertList,
  failedByTool,
  slowTools,
  requests,
  failedShare,
  p95,
);
