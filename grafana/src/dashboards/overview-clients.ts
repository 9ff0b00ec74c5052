import * as units from '@grafana/grafana-foundation-sdk/units';

import { protocolCatalogue } from '../../../src/metrics/catalogue.ts';
import { OUTCOME_NAMES } from '../../../src/monitor/outcomes.ts';
import { ABOUT_TRANSPORTS, TASK_STATUSES } from '../../../src/monitor/traffic-events.ts';
import { prometheus } from '../foreign-series.ts';
import { collapsed, section } from '../layout.ts';
import { durationHeatmap } from '../panels/heatmap.ts';
import { table } from '../panels/table.ts';
import { upTimeline } from '../panels/timeline.ts';
import { durationLines, lines, colourOutcomes, stackedBars } from '../panels/timeseries.ts';
import { bucket, count, max, ofExporterJobs, ofExportersOf, rate, select, series, sum } from '../promql.ts';
import { overTime, tableRows } from '../query.ts';
import { ofServer } from '../requests.ts';
import { ABOUT_QUANTILES } from '../wording.ts';

const catalogue = protocolCatalogue;
const THIRD = [8, 7] as const;

const up = upTimeline({
  id: 17,
  title: 'Exporters up over time',
  description:
    'Whether Prometheus could scrape each exporter. While an exporter is down, its data is missing.',
  unit: units.NoUnit,
  size: [24, 4],
  noValue: 'No target',
  queries: [overTime(ofExporterJobs(ofExportersOf(ofServer, select(prometheus.up))), '{{job}} {{instance}}')],
});

const sessions = lines({
  id: 18,
  title: 'Open sessions',
  description: `MCP sessions by transport (${ABOUT_TRANSPORTS}), and active resource subscriptions.`,
  unit: units.Short,
  size: THIRD,
  noValue: 'No session yet',
  queries: [
    overTime(
      sum(series(catalogue.sessionsActive, ofServer), 'network_transport'),
      'sessions over {{network_transport}}',
    ),
    overTime(sum(series(catalogue.subscriptionsActive, ofServer)), 'subscriptions'),
  ],
}).decimals(0);

const sessionLength = durationHeatmap(
  {
    id: 19,
    title: 'Sessions by duration',
    description: 'Duration of closed sessions. Many short sessions are clients that reconnect repeatedly.',
    size: THIRD,
    noValue: 'No session closed',
  },
  bucket(catalogue.sessionDuration, ofServer),
);

const broken = stackedBars({
  id: 20,
  title: 'Rejected and invalid messages',
  description:
    'HTTP requests rejected before they became MCP messages, by status (401: missing key), and messages that could not be ' +
    'parsed, sent or matched with a request.',
  unit: units.RequestsPerSecond,
  size: THIRD,
  noValue: 'None',
  queries: [
    overTime(
      sum(rate(series(catalogue.rejections, ofServer)), 'http_status', 'error_type'),
      'HTTP {{http_status}} {{error_type}}',
    ),
    overTime(sum(rate(series(catalogue.transportErrors, ofServer)), 'kind'), '{{kind}}'),
  ],
});

const toClients = lines({
  id: 21,
  title: 'Requests to clients',
  description:
    'Requests from servers to clients (sampling, elicitation, roots), and requests to which the server responded by asking for input.',
  unit: units.RequestsPerSecond,
  size: THIRD,
  noValue: 'No requests to clients',
  queries: [
    overTime(
      sum(rate(count(catalogue.clientOperationDuration, ofServer)), 'mcp_method_name'),
      '{{mcp_method_name}}',
    ),
    overTime(
      sum(rate(series(catalogue.inputRequired, ofServer)), 'mcp_method_name'),
      '{{mcp_method_name}} needs input',
    ),
  ],
});

const clientDuration = durationLines(
  {
    id: 22,
    title: 'Response time of clients',
    description:
      'Duration of requests to clients. If a person has to respond, they take minutes, and tool calls wait for them. ' +
      ABOUT_QUANTILES,
    size: THIRD,
    noValue: 'No requests to clients',
  },
  bucket(catalogue.clientOperationDuration, ofServer),
);

const notifications = lines({
  id: 23,
  title: 'Notifications',
  description: 'Notifications by method and direction: progress, log messages, changed lists.',
  unit: units.RequestsPerSecond,
  size: THIRD,
  noValue: 'No notification',
  queries: [
    overTime(
      sum(rate(series(catalogue.notifications, ofServer)), 'mcp_method_name', 'direction'),
      '{{mcp_method_name}} {{direction}}',
    ),
  ],
});

const tasks = colourOutcomes(
  stackedBars({
    id: 24,
    title: 'Tasks by status',
    description: 'Status changes of MCP tasks per second, by new status.',
    unit: units.OpsPerSecond,
    size: [6, 7],
    noValue: 'No task',
    queries: [overTime(sum(rate(series(catalogue.tasks, ofServer)), 'status'), '{{status}}')],
  }),
  OUTCOME_NAMES.filter((outcome) => TASK_STATUSES.some((status) => status === outcome)),
);

const taskDuration = durationLines(
  {
    id: 25,
    title: 'Duration of tasks',
    description: `Time from the creation of an MCP task to its terminal status. ${ABOUT_QUANTILES}`,
    size: [6, 7],
    noValue: 'No task ended',
  },
  bucket(catalogue.taskDuration, ofServer),
);

const servers = table(
  {
    id: 26,
    title: 'Watched servers',
    description: 'Versions of the servers, and negotiated protocol versions.',
    unit: units.NoUnit,
    size: [12, 7],
    noValue: 'No server yet',
    queries: [
      tableRows(
        max(
          series(catalogue.serverInfo, ofServer),
          'mcp_server_name',
          'server_version',
          'sdk_version',
          'mcp_protocol_version',
        ),
      ),
    ],
  },
  [
    { field: 'mcp_server_name', title: 'Server' },
    { field: 'server_version', title: 'Version' },
    { field: 'sdk_version', title: 'SDK' },
    { field: 'mcp_protocol_version', title: 'Protocol' },
  ],
);

export const exporters = section('Exporters over time', up);

/** Sessions, and all traffic other than client requests. */
export const clients = collapsed(
  'Sessions, notifications, requests to clients, tasks, versions of servers',
  sessions,
  sessionLength,
  broken,
  toClients,
  clientDuration,
  notifications,
  tasks,
  taskDuration,
  servers,
);
