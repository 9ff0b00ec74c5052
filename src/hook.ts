// `mcp-exporter/hook`: monitors MCP servers and a program's own operations, without express and ws.
export {
  monitorMcpServer,
  type Monitorable,
  type MonitorMcpServerOptions,
} from './mcp/hook/monitor-server.ts';
export { type SessionOf, type ToolCall } from './mcp/protocol/tool-operation.ts';
export { type Clock } from './monitor/clock.ts';
export { type MonitorEvent, type OperationEvent, type Subscriber } from './monitor/events.ts';
export { type Operation, type OperationDetails, type OperationStatus } from './monitor/operation.ts';
export { type OperationOutcome } from './monitor/outcomes.ts';
export { RealtimeMonitor, type RealtimeMonitorOptions } from './monitor/realtime-monitor.ts';
export { type RunningOperation, type RunOptions } from './monitor/run-operation.ts';
export { SessionRegistry, type SessionRegistryOptions } from './monitor/session-registry.ts';
export {
  type CurrentMetrics,
  type OperationSummary,
  type SessionSummary,
} from './monitor/session-summary.ts';
export { createRedactor } from './redaction/create-redactor.ts';
export { type Redactor } from './redaction/redactor.ts';
