export * from './hook.ts';
export * from './metrics.ts';
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
