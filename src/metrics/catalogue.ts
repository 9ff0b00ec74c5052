import { REFUSAL_REASONS } from '../monitor/refusal-reasons.ts';
import { FAULT_PARTS } from '../monitor/faults.ts';
import { MAX_OPERATION_NAMES } from '../monitor/label-limiter.ts';
import { LIMITS } from '../monitor/limits.ts';
import { OUTCOME_NAMES } from '../monitor/outcomes.ts';
import type { TrafficEvent } from '../monitor/traffic-events.ts';

/** What a metric is: everything that `/metrics`, dashboards, rules and the README say of it comes from here. */
export interface MetricDefinition {
  readonly name: string;
  readonly help: string;
  readonly type: 'counter' | 'gauge' | 'histogram';
  readonly labels: readonly string[];
  /** The most label sets it may have; past it all goes to one whose labels are `_OTHER`. */
  readonly maxLabelSets: number;
  /** Upper bounds of a histogram's buckets. */
  readonly buckets?: readonly number[];
  /** The event that a counter counts. Without it, the code says what does. */
  readonly counts?: TrafficEvent['type'];
}

// The buckets of all OpenTelemetry durations, in seconds: open-telemetry/semantic-conventions-genai.
const DURATIONS = [0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10, 30, 60, 120, 300] as const;
/** Names of operations, `_OTHER` among them. */
const MAX_OPERATIONS = MAX_OPERATION_NAMES + 1;
/** Names of servers, `_OTHER` among them: a hub has those of all that report to it. */
export const MAX_SERVERS = 51;
const MEBIBYTE = 2 ** 20;

const SERVER = 'mcp_server_name';
const METHOD = 'mcp_method_name';
const TOOL = 'gen_ai_tool_name';
const PROMPT = 'gen_ai_prompt_name';
const TRANSPORT = 'network_transport';
const VERSION = 'mcp_protocol_version';
const REQUEST = [SERVER, METHOD, TOOL, PROMPT, 'error_type', TRANSPORT, VERSION] as const;

/** Every JSON-RPC message; names and labels as in OpenTelemetry's MCP conventions. */
export const protocolCatalogue = {
  serverOperationDuration: {
    name: 'mcp_server_operation_duration_seconds',
    help: 'Time from a client’s request to the end of it, however it ended, in seconds',
    type: 'histogram',
    labels: REQUEST,
    buckets: DURATIONS,
    maxLabelSets: 1500,
  },
  clientOperationDuration: {
    name: 'mcp_client_operation_duration_seconds',
    help: 'Time from a server’s request to the client (sampling, elicitation, roots) to the end of it, in seconds',
    type: 'histogram',
    labels: REQUEST,
    buckets: DURATIONS,
    maxLabelSets: 300,
  },
  sessionDuration: {
    name: 'mcp_server_session_duration_seconds',
    help: 'Time from the opening of an MCP session to its close, in seconds',
    type: 'histogram',
    labels: [SERVER, 'error_type', TRANSPORT, VERSION],
    buckets: [...DURATIONS, 900, 3600, 14_400],
    maxLabelSets: 2 * MAX_SERVERS,
  },
  sessionsActive: {
    name: 'mcp_server_sessions_active',
    help: 'MCP sessions that are open',
    type: 'gauge',
    labels: [SERVER, TRANSPORT, VERSION],
    maxLabelSets: 2 * MAX_SERVERS,
  },
  operationsInFlight: {
    name: 'mcp_server_operations_in_flight',
    help: 'Client requests that have started and not ended',
    type: 'gauge',
    labels: [SERVER, METHOD, TOOL],
    maxLabelSets: 600,
  },
  oldestInFlight: {
    name: 'mcp_server_oldest_in_flight_seconds',
    help: 'Age of the oldest client request that has not ended, in seconds; 0 while there is none',
    type: 'gauge',
    labels: [SERVER],
    maxLabelSets: MAX_SERVERS,
  },
  cancellations: {
    name: 'mcp_server_cancellations_total',
    help: 'Client requests that ended without an answer, by why: a notification, a disconnect, a close or a timeout',
    type: 'counter',
    labels: [SERVER, METHOD, TOOL, 'reason'],
    maxLabelSets: 600,
  },
  progressNotifications: {
    name: 'mcp_server_progress_notifications_total',
    help: 'Progress notifications that the server sent, by the tool they tell of',
    type: 'counter',
    counts: 'progress_notified',
    labels: [SERVER, TOOL],
    maxLabelSets: 250,
  },
  notifications: {
    name: 'mcp_server_notifications_total',
    help: 'Notifications seen, in either direction',
    type: 'counter',
    counts: 'notification',
    labels: [SERVER, METHOD, 'direction'],
    maxLabelSets: 500,
  },
  messageSize: {
    name: 'mcp_server_message_size_bytes',
    help: 'Size of messages on the wire, in bytes: requests, answers (by their request’s method) and notifications',
    type: 'histogram',
    labels: [SERVER, 'direction', METHOD],
    buckets: [256, 1024, 4096, 16_384, 65_536, 262_144, MEBIBYTE, 4 * MEBIBYTE, 16 * MEBIBYTE],
    maxLabelSets: 600,
  },
  rejections: {
    name: 'mcp_server_rejections_total',
    help: 'HTTP requests to the MCP endpoint that were refused before they became MCP messages',
    type: 'counter',
    counts: 'http_rejected',
    labels: [SERVER, 'http_status', 'error_type'],
    maxLabelSets: 100,
  },
  transportErrors: {
    name: 'mcp_server_transport_errors_total',
    help: 'Messages that could not be parsed, sent, or matched with a request',
    type: 'counter',
    counts: 'transport_error',
    labels: [SERVER, 'kind'],
    maxLabelSets: 4 * MAX_SERVERS,
  },
  subscriptionsActive: {
    name: 'mcp_server_subscriptions_active',
    help: 'Resource subscriptions that clients hold',
    type: 'gauge',
    labels: [SERVER],
    maxLabelSets: MAX_SERVERS,
  },
  inputRequired: {
    name: 'mcp_server_input_required_total',
    help: 'Requests that the server answered by asking for more input',
    type: 'counter',
    labels: [SERVER, METHOD],
    maxLabelSets: 3 * MAX_SERVERS,
  },
  tasks: {
    name: 'mcp_server_tasks_total',
    help: 'Times that an MCP task was seen to reach a status',
    type: 'counter',
    counts: 'task_changed',
    labels: [SERVER, 'status'],
    maxLabelSets: 5 * MAX_SERVERS,
  },
  taskDuration: {
    name: 'mcp_server_task_duration_seconds',
    help: 'Time from the creation of an MCP task to its last status, in seconds',
    type: 'histogram',
    labels: [SERVER, 'status'],
    buckets: [1, 5, 10, 30, 60, 300, 900, 3600, 14_400, 86_400],
    maxLabelSets: 3 * MAX_SERVERS,
  },
  upstreamUp: {
    name: 'mcp_proxy_upstream_up',
    help: 'Whether the server behind an HTTP proxy answered last, or its port took a connection; 1 or 0',
    type: 'gauge',
    labels: [SERVER],
    maxLabelSets: MAX_SERVERS,
  },
  childExits: {
    name: 'mcp_proxy_child_exits_total',
    help: 'Ends of server processes behind stdio proxies, by how they ended',
    type: 'counter',
    counts: 'child_exited',
    labels: [SERVER, 'reason'],
    maxLabelSets: 3 * MAX_SERVERS,
  },
  serverInfo: {
    name: 'mcp_server_info',
    help: 'What is known of a watched server; always 1',
    type: 'gauge',
    labels: [SERVER, 'server_version', 'sdk_version', VERSION],
    maxLabelSets: 2 * MAX_SERVERS,
  },
} as const satisfies Record<string, MetricDefinition>;

/** Every monitored operation: tool calls, and the stages inside them. */
export const pipelineCatalogue = {
  operationDuration: {
    name: 'pipeline_operation_duration_seconds',
    help: 'Time from the start of an operation to its end, by how it ended, in seconds',
    type: 'histogram',
    labels: ['operation', 'status'],
    buckets: [...DURATIONS, 600, 1800, 3600],
    maxLabelSets: OUTCOME_NAMES.length * MAX_OPERATIONS,
  },
  operationsStarted: {
    name: 'pipeline_operations_started_total',
    help: 'Operations that have started',
    type: 'counter',
    labels: ['operation'],
    maxLabelSets: MAX_OPERATIONS,
  },
  operationsActive: {
    name: 'pipeline_operations_active',
    help: 'Operations that have started and not ended',
    type: 'gauge',
    labels: ['operation'],
    maxLabelSets: MAX_OPERATIONS,
  },
  oldestActive: {
    name: 'pipeline_operation_oldest_active_seconds',
    help: 'Age of the oldest operation that has not ended, in seconds; 0 while there is none',
    type: 'gauge',
    labels: ['operation'],
    maxLabelSets: MAX_OPERATIONS,
  },
  lastCompletion: {
    name: 'pipeline_operation_last_completion_timestamp_seconds',
    help: 'When an operation last ended this way, in seconds since the Unix epoch',
    type: 'gauge',
    labels: ['operation', 'status'],
    maxLabelSets: OUTCOME_NAMES.length * MAX_OPERATIONS,
  },
  slowOperations: {
    name: 'pipeline_slow_operations_total',
    help: 'Operations that took longer than the slow threshold',
    type: 'counter',
    labels: ['operation'],
    maxLabelSets: MAX_OPERATIONS,
  },
  operationMemory: {
    name: 'pipeline_operation_memory_bytes',
    help: 'Memory that callers reported for their operations, in bytes',
    type: 'histogram',
    labels: ['operation'],
    buckets: [1, 4, 16, 64, 256, 1024, 4096, 16_384].map((size) => size * MEBIBYTE),
    maxLabelSets: MAX_OPERATIONS,
  },
  operationCpu: {
    name: 'pipeline_operation_cpu_seconds',
    help: 'CPU time that callers reported for their operations, in seconds',
    type: 'histogram',
    labels: ['operation'],
    buckets: DURATIONS,
    maxLabelSets: MAX_OPERATIONS,
  },
  scanFiles: {
    name: 'pipeline_scan_files_total',
    help: 'Files that the linter has read',
    type: 'counter',
    labels: [],
    maxLabelSets: 1,
  },
  scanIssues: {
    name: 'pipeline_scan_issues_total',
    help: 'Issues that the linter has found, by severity',
    type: 'counter',
    labels: ['severity'],
    maxLabelSets: 2,
  },
  fixes: {
    name: 'pipeline_fixes_total',
    help: 'Fixes that were written to the workspace, and fixes that were rolled back',
    type: 'counter',
    labels: ['result'],
    maxLabelSets: 2,
  },
  slowThreshold: {
    name: 'pipeline_slow_operation_threshold_seconds',
    help: 'The configured SLOW_OPERATION_THRESHOLD, in seconds, for rules to compare with',
    type: 'gauge',
    labels: [],
    maxLabelSets: 1,
  },
  errorRateThreshold: {
    name: 'pipeline_error_rate_threshold_ratio',
    help: 'The configured HIGH_ERROR_RATE_THRESHOLD, as a ratio from 0 to 1, for rules to compare with',
    type: 'gauge',
    labels: [],
    maxLabelSets: 1,
  },
} as const satisfies Record<string, MetricDefinition>;

/** The exporter itself. */
export const exporterCatalogue = {
  buildInfo: {
    name: 'mcp_exporter_build_info',
    help: 'The running exporter; always 1',
    type: 'gauge',
    labels: ['version', 'node_version'],
    maxLabelSets: 1,
  },
  sloObjective: {
    name: 'mcp_exporter_slo_objective_ratio',
    help: 'The configured MONITORING_SLO_OBJECTIVE, as a ratio from 0 to 1, for rules to compare with',
    type: 'gauge',
    labels: [],
    maxLabelSets: 1,
  },
  pageInfo: {
    name: 'mcp_exporter_page_info',
    help: 'Where people reach the live page; always 1',
    type: 'gauge',
    labels: ['url'],
    maxLabelSets: 1,
  },
  alertNotifications: {
    name: 'mcp_exporter_alert_notifications_total',
    help: 'Notifications for the alert webhook: delivered, failed for good, or dropped because too many were waiting',
    type: 'counter',
    labels: ['result'],
    maxLabelSets: 3,
  },
  historyFallbacks: {
    name: 'mcp_exporter_history_fallbacks_total',
    help: 'Summaries and trends that came from this process because Prometheus did not answer, by why',
    type: 'counter',
    labels: ['reason'],
    maxLabelSets: 3,
  },
  feedClients: {
    name: 'mcp_exporter_feed_clients',
    help: 'Clients connected to the live feed',
    type: 'gauge',
    labels: [],
    maxLabelSets: 1,
  },
  feedEvents: {
    name: 'mcp_exporter_feed_events_total',
    help: 'Operation events that entered the live feed',
    type: 'counter',
    labels: [],
    maxLabelSets: 1,
  },
  feedDropped: {
    name: 'mcp_exporter_feed_dropped_total',
    help: 'Operation events that a feed client did not get: coalesced while it was slow, or lost when it was closed',
    type: 'counter',
    labels: ['reason'],
    maxLabelSets: 2,
  },
  reporters: {
    name: 'mcp_exporter_reporters',
    help: 'Proxies and programs that report to this exporter and were heard of within the last 45 s',
    type: 'gauge',
    labels: [],
    maxLabelSets: 1,
  },
  reportedEvents: {
    name: 'mcp_exporter_reported_events_total',
    help: 'Events that others reported: accepted, duplicate (sent again, counted once) or lost on their side',
    type: 'counter',
    labels: ['result'],
    maxLabelSets: 3,
  },
  labelOverflow: {
    name: 'mcp_exporter_label_overflow_total',
    help: 'Values that became _OTHER because the label, or its metric, had too many',
    type: 'counter',
    labels: ['label'],
    maxLabelSets: 60,
  },
  faults: {
    name: 'mcp_exporter_faults_total',
    help: 'Failures inside a part of the exporter, which the watched server never saw',
    type: 'counter',
    labels: ['part'],
    maxLabelSets: FAULT_PARTS.length,
  },
  limitReached: {
    name: 'mcp_exporter_limit_reached_total',
    help: 'Items that were cut, refused or dropped because a limit was reached, by limit (see docs/limits.md)',
    type: 'counter',
    labels: ['limit'],
    maxLabelSets: Object.keys(LIMITS).length,
  },
  refusedRequests: {
    name: 'mcp_exporter_refused_requests_total',
    help: 'Requests and WebSocket handshakes refused for their Host, their Origin or their API key, by reason',
    type: 'counter',
    labels: ['reason'],
    maxLabelSets: REFUSAL_REASONS.length,
  },
  droppedLogLines: {
    name: 'mcp_exporter_log_lines_dropped_total',
    help: 'Log lines that were lost: stderr was full, closed or not read, or there were too many',
    type: 'counter',
    labels: [],
    maxLabelSets: 1,
  },
  eventLoopActive: {
    name: 'mcp_exporter_event_loop_active_seconds_total',
    help: 'Time that the event loop was not waiting for work, in seconds; its rate is the utilisation',
    type: 'counter',
    labels: [],
    maxLabelSets: 1,
  },
  scrapeDuration: {
    name: 'mcp_exporter_scrape_duration_seconds',
    help: 'Time that the exporter took to answer a scrape, in seconds',
    type: 'histogram',
    labels: [],
    buckets: [0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1],
    maxLabelSets: 1,
  },
} as const satisfies Record<string, MetricDefinition>;
