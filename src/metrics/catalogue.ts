import { FALLBACK_REASONS } from '../monitor/fallback-reasons.ts';
import { REFUSAL_REASONS } from '../monitor/refusal-reasons.ts';
import { FAULT_PARTS } from '../monitor/faults.ts';
import { STALL_FACTOR } from '../monitor/operations-in-progress.ts';
import { LIMITS } from '../monitor/limits.ts';
import { UNOBSERVED_REASONS } from '../monitor/unobserved-reasons.ts';
import type { TrafficEvent } from '../monitor/traffic-events.ts';

/** The definition of a metric. `/metrics`, the dashboards and docs/metrics.md are generated from it. */
export interface MetricDefinition {
  readonly name: string;
  readonly help: string;
  readonly type: 'counter' | 'gauge' | 'histogram';
  readonly labels: readonly string[];
  /**
   * Limit of label sets, for each server if the metric has servers. Beyond it, labels become `_OTHER`. Metrics with names
   * of tools, prompts or operations have METRICS_MAX_SERIES instead.
   */
  readonly maxLabelSets?: number;
  /** Upper bounds of a histogram's buckets. */
  readonly buckets?: readonly number[];
  /** The event that a counter counts. Other metrics are updated by code. */
  readonly counts?: TrafficEvent['type'];
}

// Buckets of OpenTelemetry's MCP durations, in seconds: open-telemetry/semantic-conventions-genai.
const DURATIONS = [0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10, 30, 60, 120, 300] as const;
/** Limit of server names. A hub has the servers of all its reporters. */
export const MAX_SERVERS = 250;
const MEBIBYTE = 2 ** 20;

/** Labels with limits of their own. */
export const LABELS = {
  server: 'mcp_server_name',
  method: 'mcp_method_name',
  tool: 'gen_ai_tool_name',
  prompt: 'gen_ai_prompt_name',
  operation: 'operation',
  transport: 'network_transport',
} as const;

const { server: SERVER, method: METHOD, tool: TOOL, prompt: PROMPT, transport: TRANSPORT } = LABELS;
const VERSION = 'mcp_protocol_version';
const REQUEST = [SERVER, METHOD, TOOL, PROMPT, 'error_type', TRANSPORT, VERSION] as const;

/** Metrics of JSON-RPC messages. Names and labels follow OpenTelemetry's MCP conventions. */
export const protocolCatalogue = {
  operations: {
    name: 'mcp_server_operations_total',
    help: 'Client requests that ended, by error type; empty on success',
    type: 'counter',
    labels: [SERVER, METHOD, TOOL, 'error_type', TRANSPORT],
  },
  serverOperationDuration: {
    name: 'mcp_server_operation_duration_seconds',
    help: 'Duration of client requests in seconds, whatever their outcome',
    type: 'histogram',
    labels: REQUEST,
    buckets: DURATIONS,
  },
  clientOperationDuration: {
    name: 'mcp_client_operation_duration_seconds',
    help: 'Duration of requests from the server to the client (sampling, elicitation, roots) in seconds, whatever their outcome',
    type: 'histogram',
    labels: REQUEST,
    buckets: DURATIONS,
  },
  sessionDuration: {
    name: 'mcp_server_session_duration_seconds',
    help: 'Duration of MCP sessions in seconds',
    type: 'histogram',
    labels: [SERVER, 'error_type', TRANSPORT, VERSION],
    buckets: [...DURATIONS, 900, 3600, 14_400],
    maxLabelSets: 60,
  },
  sessionsActive: {
    name: 'mcp_server_sessions_active',
    help: 'Open MCP sessions',
    type: 'gauge',
    labels: [SERVER, TRANSPORT, VERSION],
    maxLabelSets: 20,
  },
  operationsInFlight: {
    name: 'mcp_server_operations_in_flight',
    help: 'Client requests in flight',
    type: 'gauge',
    labels: [SERVER, METHOD, TOOL],
  },
  oldestInFlight: {
    name: 'mcp_server_oldest_in_flight_seconds',
    help: 'Age of the oldest client request in flight in seconds; 0 if none is in flight',
    type: 'gauge',
    labels: [SERVER],
    maxLabelSets: 1,
  },
  cancellations: {
    name: 'mcp_server_cancellations_total',
    help: 'Client requests that ended without a response, by reason: notification, disconnect, close or timeout',
    type: 'counter',
    labels: [SERVER, METHOD, TOOL, 'reason'],
  },
  unobserved: {
    name: 'mcp_server_unobserved_requests_total',
    help: 'Requests whose outcome is unknown because their response could not be read, by reason',
    type: 'counter',
    labels: [SERVER, 'reason'],
    maxLabelSets: UNOBSERVED_REASONS.length,
  },
  progressNotifications: {
    name: 'mcp_server_progress_notifications_total',
    help: 'Progress notifications from the server, by tool',
    type: 'counter',
    counts: 'progress_notified',
    labels: [SERVER, TOOL],
  },
  notifications: {
    name: 'mcp_server_notifications_total',
    help: 'Notifications in either direction',
    type: 'counter',
    counts: 'notification',
    labels: [SERVER, METHOD, 'direction'],
    maxLabelSets: 100,
  },
  messageSize: {
    name: 'mcp_server_message_size_bytes',
    help: 'Size of requests, responses and notifications on the wire in bytes; a response has the method of its request',
    type: 'histogram',
    labels: [SERVER, 'direction', METHOD],
    buckets: [256, 1024, 4096, 16_384, 65_536, 262_144, MEBIBYTE, 4 * MEBIBYTE, 16 * MEBIBYTE],
    maxLabelSets: 100,
  },
  rejections: {
    name: 'mcp_server_rejections_total',
    help: 'HTTP requests to the MCP endpoint that were rejected before they became MCP messages',
    type: 'counter',
    counts: 'http_rejected',
    labels: [SERVER, 'http_status', 'error_type'],
    maxLabelSets: 100,
  },
  transportErrors: {
    name: 'mcp_server_transport_errors_total',
    help: 'Messages that could not be parsed, sent or matched with a request',
    type: 'counter',
    counts: 'transport_error',
    labels: [SERVER, 'kind'],
    maxLabelSets: 4,
  },
  subscriptionsActive: {
    name: 'mcp_server_subscriptions_active',
    help: 'Active resource subscriptions of clients',
    type: 'gauge',
    labels: [SERVER],
    maxLabelSets: 1,
  },
  inputRequired: {
    name: 'mcp_server_input_required_total',
    help: 'Requests to which the server responded by asking for more input',
    type: 'counter',
    labels: [SERVER, METHOD],
    maxLabelSets: 40,
  },
  tasks: {
    name: 'mcp_server_tasks_total',
    help: 'MCP task status changes observed',
    type: 'counter',
    counts: 'task_changed',
    labels: [SERVER, 'status'],
    maxLabelSets: 5,
  },
  taskDuration: {
    name: 'mcp_server_task_duration_seconds',
    help: 'Duration of MCP tasks in seconds, from creation to their terminal status',
    type: 'histogram',
    labels: [SERVER, 'status'],
    buckets: [1, 5, 10, 30, 60, 300, 900, 3600, 14_400, 86_400],
    maxLabelSets: 5,
  },
  upstreamUp: {
    name: 'mcp_proxy_upstream_up',
    help: 'Whether the server behind an HTTP proxy is reachable: 1 if the last request was answered or the last connection accepted, else 0',
    type: 'gauge',
    labels: [SERVER],
    maxLabelSets: 1,
  },
  childExits: {
    name: 'mcp_proxy_child_exits_total',
    help: 'Exits of server processes behind stdio proxies, by reason',
    type: 'counter',
    counts: 'child_exited',
    labels: [SERVER, 'reason'],
    maxLabelSets: 3,
  },
  serverInfo: {
    name: 'mcp_server_info',
    help: 'Versions of a watched server; always 1',
    type: 'gauge',
    labels: [SERVER, 'server_version', 'sdk_version', VERSION],
    maxLabelSets: 20,
  },
} as const satisfies Record<string, MetricDefinition>;

/** Metrics of operations: tool calls, and the stages inside them. */
export const pipelineCatalogue = {
  operationDuration: {
    name: 'pipeline_operation_duration_seconds',
    help: 'Duration of operations in seconds, by outcome',
    type: 'histogram',
    labels: [SERVER, 'operation', 'status'],
    buckets: [...DURATIONS, 600, 1800, 3600],
  },
  operationsStarted: {
    name: 'pipeline_operations_started_total',
    help: 'Operations started',
    type: 'counter',
    labels: [SERVER, 'operation'],
  },
  operationsEnded: {
    name: 'pipeline_operations_ended_total',
    help: 'Operations that ended, by outcome',
    type: 'counter',
    labels: [SERVER, 'operation', 'status'],
  },
  operationsActive: {
    name: 'pipeline_operations_active',
    help: 'Operations in progress',
    type: 'gauge',
    labels: [SERVER, 'operation'],
  },
  oldestActive: {
    name: 'pipeline_operation_oldest_active_seconds',
    help: 'Age of the oldest operation in progress in seconds; 0 if none is in progress',
    type: 'gauge',
    labels: [SERVER, 'operation'],
  },
  operationsStalled: {
    name: 'pipeline_operations_stalled',
    help: `Operations in progress that may hang: no progress for ${STALL_FACTOR} times SLOW_OPERATION_THRESHOLD and for twice their usual duration`,
    type: 'gauge',
    labels: [SERVER, 'operation'],
  },
  lastCompletion: {
    name: 'pipeline_operation_last_completion_timestamp_seconds',
    help: 'Time at which an operation last ended with this outcome, in seconds since the Unix epoch',
    type: 'gauge',
    labels: [SERVER, 'operation', 'status'],
  },
  slowOperations: {
    name: 'pipeline_slow_operations_total',
    help: 'Operations that took longer than SLOW_OPERATION_THRESHOLD',
    type: 'counter',
    labels: [SERVER, 'operation'],
  },
  operationMemory: {
    name: 'pipeline_operation_memory_bytes',
    help: 'Memory usage that callers reported for their operations in bytes',
    type: 'histogram',
    labels: [SERVER, 'operation'],
    buckets: [1, 4, 16, 64, 256, 1024, 4096, 16_384].map((size) => size * MEBIBYTE),
  },
  operationCpu: {
    name: 'pipeline_operation_cpu_seconds',
    help: 'CPU time that callers reported for their operations in seconds',
    type: 'histogram',
    labels: [SERVER, 'operation'],
    buckets: DURATIONS,
  },
  scanFiles: {
    name: 'pipeline_scan_files_total',
    help: 'Files read by the linter',
    type: 'counter',
    labels: [],
    maxLabelSets: 1,
  },
  scanIssues: {
    name: 'pipeline_scan_issues_total',
    help: 'Issues found by the linter, by severity',
    type: 'counter',
    labels: ['severity'],
    maxLabelSets: 2,
  },
  fixes: {
    name: 'pipeline_fixes_total',
    help: 'Fixes applied to the workspace or rolled back, by result',
    type: 'counter',
    labels: ['result'],
    maxLabelSets: 2,
  },
  slowThreshold: {
    name: 'pipeline_slow_operation_threshold_seconds',
    help: 'Configured SLOW_OPERATION_THRESHOLD in seconds, for use in rules',
    type: 'gauge',
    labels: [],
    maxLabelSets: 1,
  },
  errorRateThreshold: {
    name: 'pipeline_error_rate_threshold_ratio',
    help: 'Configured HIGH_ERROR_RATE_THRESHOLD as a ratio from 0 to 1, for use in rules',
    type: 'gauge',
    labels: [],
    maxLabelSets: 1,
  },
} as const satisfies Record<string, MetricDefinition>;

/** Metrics of the exporter itself. */
export const exporterCatalogue = {
  buildInfo: {
    name: 'mcp_exporter_build_info',
    help: 'Version of the running exporter; always 1',
    type: 'gauge',
    labels: ['version', 'node_version'],
    maxLabelSets: 1,
  },
  sloObjective: {
    name: 'mcp_exporter_slo_objective_ratio',
    help: 'Configured MONITORING_SLO_OBJECTIVE as a ratio from 0 to 1, for use in rules',
    type: 'gauge',
    labels: [],
    maxLabelSets: 1,
  },
  pageInfo: {
    name: 'mcp_exporter_page_info',
    help: 'Address of the live page; always 1',
    type: 'gauge',
    labels: ['url'],
    maxLabelSets: 1,
  },
  alertNotifications: {
    name: 'mcp_exporter_alert_notifications_total',
    help: 'Notifications to the alert webhook, by result: delivered, failed, or dropped because the buffer was full',
    type: 'counter',
    labels: ['result'],
    maxLabelSets: 3,
  },
  historyFallbacks: {
    name: 'mcp_exporter_history_fallbacks_total',
    help: 'Summaries and trends served from this process because Prometheus had no reliable answer, by reason',
    type: 'counter',
    labels: ['reason'],
    maxLabelSets: FALLBACK_REASONS.length,
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
    help: 'Operation events published on the live feed',
    type: 'counter',
    labels: [],
    maxLabelSets: 1,
  },
  feedDropped: {
    name: 'mcp_exporter_feed_dropped_total',
    help: 'Operation events not sent to a feed client, by reason: coalesced because it was slow, or lost because it was disconnected',
    type: 'counter',
    labels: ['reason'],
    maxLabelSets: 2,
  },
  reporters: {
    name: 'mcp_exporter_reporters',
    help: 'Proxies and programs that reported to this exporter within the last 45 seconds',
    type: 'gauge',
    labels: [],
    maxLabelSets: 1,
  },
  reportedEvents: {
    name: 'mcp_exporter_reported_events_total',
    help: 'Events reported to this exporter, by result: accepted, duplicate (sent again, or also reported by another observer) or lost at the reporter',
    type: 'counter',
    labels: ['result'],
    maxLabelSets: 3,
  },
  labelOverflow: {
    name: 'mcp_exporter_label_overflow_total',
    help: 'Label values replaced by _OTHER because the label or its metric reached its limit',
    type: 'counter',
    labels: ['label'],
    maxLabelSets: 60,
  },
  faults: {
    name: 'mcp_exporter_faults_total',
    help: 'Internal failures of the exporter, by part; they do not affect the watched server',
    type: 'counter',
    labels: ['part'],
    maxLabelSets: FAULT_PARTS.length,
  },
  limitReached: {
    name: 'mcp_exporter_limit_reached_total',
    help: 'Items truncated, refused or dropped because a limit was reached, by limit (see docs/limits.md)',
    type: 'counter',
    labels: ['limit'],
    maxLabelSets: Object.keys(LIMITS).length,
  },
  refusedRequests: {
    name: 'mcp_exporter_refused_requests_total',
    help: 'Requests and WebSocket handshakes refused because of their Host, Origin or API key, by reason',
    type: 'counter',
    labels: ['reason'],
    maxLabelSets: REFUSAL_REASONS.length,
  },
  droppedLogLines: {
    name: 'mcp_exporter_log_lines_dropped_total',
    help: 'Log lines dropped because stderr was full, closed or not read, or because of the rate limit',
    type: 'counter',
    labels: [],
    maxLabelSets: 1,
  },
  eventLoopActive: {
    name: 'mcp_exporter_event_loop_active_seconds_total',
    help: 'Time during which the event loop was active in seconds; its rate is the event loop utilization',
    type: 'counter',
    labels: [],
    maxLabelSets: 1,
  },
  scrapeDuration: {
    name: 'mcp_exporter_scrape_duration_seconds',
    help: 'Duration of scrapes in seconds',
    type: 'histogram',
    labels: [],
    buckets: [0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1],
    maxLabelSets: 1,
  },
} as const satisfies Record<string, MetricDefinition>;
