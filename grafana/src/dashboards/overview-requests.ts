import * as units from '@grafana/grafana-foundation-sdk/units';

import { protocolCatalogue } from '../../../src/metrics/catalogue.ts';
import { alertLimits } from '../alert-limits.ts';
import { section } from '../layout.ts';
import { palette } from '../palette.ts';
import { coloured, limitLine } from '../panels/field-properties.ts';
import { durationHeatmap } from '../panels/heatmap.ts';
import { durationLinesWithThreshold, lines, stackedBars } from '../panels/timeseries.ts';
import { bucket, count, max, rate, ratio, series, sum } from '../promql.ts';
import { overTime } from '../query.ts';
import { errorBudget, failed, ofServer, ratedToolCalls, toolCalls } from '../requests.ts';
import { ABOUT_DURATIONS } from '../wording.ts';

const { serverOperationDuration, operationsInFlight, oldestInFlight, cancellations } = protocolCatalogue;
const HALF = [12, 8] as const;
const QUARTER = [6, 8] as const;

const byMethod = lines({
  id: 9,
  title: 'Requests by method',
  description:
    'Requests that ended, however they ended. A method that stops is a client that has gone, or one that waits.',
  unit: units.RequestsPerSecond,
  size: HALF,
  noValue: 'No traffic',
  queries: [
    overTime(sum(rate(count(serverOperationDuration, ofServer)), 'mcp_method_name'), '{{mcp_method_name}}'),
  ],
});

const inFlight = lines({
  id: 10,
  title: 'Requests in flight',
  description:
    'Requests that wait for their answer, by method. It grows where answers come slower than requests.',
  unit: units.Short,
  size: QUARTER,
  noValue: 'No traffic',
  queries: [overTime(sum(series(operationsInFlight, ofServer), 'mcp_method_name'), '{{mcp_method_name}}')],
}).decimals(0);

const oldest = lines({
  id: 11,
  title: 'Oldest request in flight',
  description:
    'How long the oldest request has waited. Above the line (McpRequestStuck) most clients have given up.',
  unit: units.Seconds,
  size: QUARTER,
  noValue: 'No server yet',
  queries: [
    overTime(max(series(oldestInFlight, ofServer), 'mcp_server_name'), '{{mcp_server_name}}'),
    overTime(`vector(${alertLimits.stuckSeconds})`, 'stuck'),
  ],
}).overrideByName('stuck', limitLine);

const failedShare = lines({
  id: 12,
  title: 'Share of tool calls that fail',
  description:
    'Failed tool calls of all that ended, by server; a hole is no traffic, not 0 %. The line is what the objective ' +
    '(MONITORING_SLO_OBJECTIVE) leaves: above it, the error budget shrinks.',
  unit: units.PercentUnit,
  size: HALF,
  noValue: 'No calls',
  queries: [
    overTime(
      ratio(
        sum(rate(count(serverOperationDuration, { ...toolCalls, ...failed })), 'mcp_server_name'),
        sum(rate(count(serverOperationDuration, ratedToolCalls)), 'mcp_server_name'),
      ),
      '{{mcp_server_name}}',
    ),
    overTime(errorBudget, 'error budget'),
  ],
}).overrideByName('error budget', limitLine);

const failedByType = stackedBars({
  id: 13,
  title: 'Failed requests by type',
  description:
    'Of all methods. tool_error: a tool answered that it failed. Numbers: JSON-RPC errors (-32602 is bad arguments). ' +
    'server_exited: the server’s process ended. timeout, undeliverable and connection_closed: no answer got through.',
  unit: units.RequestsPerSecond,
  size: QUARTER,
  noValue: 'No failure',
  queries: [
    overTime(
      sum(rate(count(serverOperationDuration, { ...ofServer, ...failed })), 'error_type'),
      '{{error_type}}',
    ),
  ],
}).overrideByName('tool_error', [coloured(palette.failed)]);

const cancelledByReason = stackedBars({
  id: 14,
  title: 'Cancelled requests by reason',
  description:
    'notification: the client asked for it. disconnect, close and timeout: it went away or ran out of patience, often ' +
    'because the server was slow.',
  unit: units.RequestsPerSecond,
  size: QUARTER,
  noValue: 'No cancellation',
  queries: [overTime(sum(rate(series(cancellations, ofServer)), 'reason'), '{{reason}}')],
}).overrideByName('notification', [coloured(palette.cancelled)]);

const buckets = bucket(serverOperationDuration, toolCalls);

const duration = durationLinesWithThreshold(
  {
    id: 15,
    title: 'Duration of tool calls',
    description: ABOUT_DURATIONS,
    size: HALF,
    noValue: 'No calls',
  },
  buckets,
);

const durationMap = durationHeatmap(
  {
    id: 16,
    title: 'Tool calls by duration',
    description:
      'How many calls took how long. A second band is a second kind of calls: another tool, or other arguments.',
    size: HALF,
    noValue: 'No calls',
  },
  buckets,
);

/** Rate, errors and durations, in this order. */
export const requestSections = [
  section('Rate', byMethod, inFlight, oldest),
  section('Errors', failedShare, failedByType, cancelledByReason),
  section('Duration', duration, durationMap),
];
