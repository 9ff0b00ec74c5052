import * as units from '@grafana/grafana-foundation-sdk/units';

import { protocolCatalogue } from '../../../src/metrics/catalogue.ts';
import { alertLimits } from '../alert-limits.ts';
import { section } from '../layout.ts';
import { palette } from '../palette.ts';
import { coloured, limitLine } from '../panels/field-properties.ts';
import { durationHeatmap } from '../panels/heatmap.ts';
import { durationLinesWithThreshold, lines, nearLimit, stackedBars } from '../panels/timeseries.ts';
import { bucket, max, rate, ratio, series, sum } from '../promql.ts';
import { overTime } from '../query.ts';
import { errorBudget, failed, ofServer, ratedToolCalls, slowThreshold, toolCalls } from '../requests.ts';
import { ABOUT_DURATIONS } from '../wording.ts';

const { operations, serverOperationDuration, operationsInFlight, oldestInFlight, cancellations, unobserved } =
  protocolCatalogue;
const HALF = [12, 8] as const;
const QUARTER = [6, 8] as const;

const byMethod = lines({
  id: 9,
  title: 'Requests by method',
  description:
    'Ended requests by method, whatever their outcome. If a method stops, its clients disconnected or are waiting.',
  unit: units.RequestsPerSecond,
  size: HALF,
  noValue: 'No traffic',
  queries: [overTime(sum(rate(series(operations, ofServer)), 'mcp_method_name'), '{{mcp_method_name}}')],
});

const inFlight = lines({
  id: 10,
  title: 'Requests in flight',
  description: 'Requests without a response yet, by method. Growth means that the server cannot keep up.',
  unit: units.Short,
  size: QUARTER,
  noValue: 'No traffic',
  queries: [overTime(sum(series(operationsInFlight, ofServer), 'mcp_method_name'), '{{mcp_method_name}}')],
}).decimals(0);

const oldest = lines({
  id: 11,
  title: 'Oldest request in flight',
  description:
    'Age of the oldest request without a response. Above the line, McpRequestStuck fires unless it is a tool call, and most clients have given up.',
  unit: units.Seconds,
  size: QUARTER,
  noValue: 'No server yet',
  queries: [
    overTime(max(series(oldestInFlight, ofServer), 'mcp_server_name'), '{{mcp_server_name}}'),
    overTime(
      nearLimit(`${alertLimits.stuckFactor} * ${slowThreshold}`, series(oldestInFlight, ofServer)),
      'stuck',
    ),
  ],
}).overrideByName('stuck', limitLine);

const failedShare = lines({
  id: 12,
  title: 'Failure rate of tool calls',
  description:
    'Share of failed tool calls by server. A gap means no traffic. The dashed line is the error budget ' +
    '(MONITORING_SLO_OBJECTIVE). Above it, the budget will not last for 30 days.',
  unit: units.PercentUnit,
  size: HALF,
  noValue: 'No calls',
  queries: [
    overTime(
      ratio(
        sum(rate(series(operations, { ...toolCalls, ...failed })), 'mcp_server_name'),
        sum(rate(series(operations, ratedToolCalls)), 'mcp_server_name'),
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
    'Failed requests of all methods. tool_error: the tool reported an error. Numbers: JSON-RPC error codes (-32602: invalid ' +
    'arguments). server_exited: the server’s process exited. timeout, undeliverable, connection_closed: no response arrived.',
  unit: units.RequestsPerSecond,
  size: HALF,
  noValue: 'No failure',
  queries: [
    overTime(sum(rate(series(operations, { ...ofServer, ...failed })), 'error_type'), '{{error_type}}'),
  ],
}).overrideByName('tool_error', [coloured(palette.failed)]);

const cancelledByReason = stackedBars({
  id: 14,
  title: 'Cancelled requests by reason',
  description:
    'notification: the client cancelled the request. disconnect, close, timeout: the client disconnected or gave up, often ' +
    'because the server was slow.',
  unit: units.RequestsPerSecond,
  size: HALF,
  noValue: 'No cancellation',
  queries: [overTime(sum(rate(series(cancellations, ofServer)), 'reason'), '{{reason}}')],
}).overrideByName('notification', [coloured(palette.cancelled)]);

const unobservedByReason = stackedBars({
  id: 32,
  title: 'Unobserved requests by reason',
  description:
    'Requests whose outcome is unknown. Rates and objectives leave them out. too_large, undecodable, not_json_rpc: the response ' +
    'could not be read. not_followed: too many requests are in flight. id_reused: two requests had one id. fault: an internal error of the exporter.',
  unit: units.RequestsPerSecond,
  size: HALF,
  noValue: 'None',
  queries: [overTime(sum(rate(series(unobserved, ofServer)), 'reason'), '{{reason}}')],
});

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
      'Distribution of durations over time. Two bands are two kinds of calls, such as different tools or arguments.',
    size: HALF,
    noValue: 'No calls',
  },
  buckets,
);

/** Rate, errors and durations, in this order. */
export const requestSections = [
  section('Rate', byMethod, inFlight, oldest),
  section('Errors', failedShare, failedByType, cancelledByReason, unobservedByReason),
  section('Duration', duration, durationMap),
];
