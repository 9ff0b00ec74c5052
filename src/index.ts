export { createExporter, Exporter } from './exporter/exporter.ts';
export { type ExporterOptions, type MountableRouter } from './exporter/exporter-options.ts';
export { type ExporterUrls } from './exporter/exporter-urls.ts';
export { type McpContext, type McpSource, type ServedMcp } from './exporter/mcp-source.ts';
export { proxyMcp, type ProxyMcpOptions } from './exporter/proxy-mcp.ts';
export { serveMcp, type ServableServer, type ServeMcpOptions } from './exporter/serve-mcp.ts';
export { pipelineServer } from './pipeline/pipeline-source.ts';
export { type WorkspaceOptions } from './pipeline/workspace-root.ts';
export { type Config, loadConfig } from './settings/config.ts';
export { ExporterError, type ExporterErrorCode } from './errors.ts';
export type { ClientMessage } from './feed/client-message.ts';
export type { ServerMessage } from './feed/feed-protocol.ts';
export { History, type HistoryOptions } from './history/history.ts';
export {
  type ActivityAnswer,
  type HistoryReader,
  type HistorySource,
  type MetricsSummary,
  type OperationActivity,
  type SummariesAnswer,
  type SummaryAnswer,
  type TrendAnswer,
  type TrendRow,
} from './api/history-answers.ts';
export {
  monitorMcpServer,
  type Monitorable,
  type MonitorMcpServerOptions,
} from './mcp/hook/monitor-server.ts';
export { type SessionOf, type ToolCall } from './mcp/protocol/tool-operation.ts';
export {
  MetricsCollector,
  type Exposition,
  type MetricsCollectorOptions,
} from './metrics/metrics-collector.ts';
export { type Clock } from './monitor/clock.ts';
export { createRedactor } from './redaction/create-redactor.ts';
export { type MonitorEvent, type OperationEvent, type Subscriber } from './monitor/events.ts';
export { type Operation, type OperationDetails, type OperationStatus } from './monitor/operation.ts';
export { type OperationOutcome } from './monitor/outcomes.ts';
export { RealtimeMonitor, type RealtimeMonitorOptions } from './monitor/realtime-monitor.ts';
export { type RunningOperation, type RunOptions } from './monitor/run-operation.ts';
export { type PerformanceMetric } from './monitor/performance-metric.ts';
export { type Redactor } from './redaction/redactor.ts';
export { SessionRegistry, type SessionRegistryOptions } from './monitor/session-registry.ts';
export {
  type CurrentMetrics,
  type OperationSummary,
  type SessionSummary,
} from './monitor/session-summary.ts';
