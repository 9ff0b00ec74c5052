/** Windows of the failure rates that `prometheus/rules/recording.yml` records. */
export const WINDOWS = ['5m', '30m', '1h', '2h', '6h', '1d', '3d'] as const;
export type Window = (typeof WINDOWS)[number];

/** Recording rules of `prometheus/rules/recording.yml` that dashboards show. They have the label `job`, but no `instance`. */
export const recorded = {
  toolCalls: 'tool:mcp_calls:rate5m',
  toolFailureRatio: 'tool:mcp_errors:ratio_rate5m',
  otherCallsRatio: 'server:mcp_other_calls:ratio_rate5m',
  toolDuration: 'tool:mcp_call_duration_seconds:p95_5m',
  toolDurationMedian: 'tool:mcp_call_duration_seconds:p95_5m:median1d',
  toolDurationDeviation: 'tool:mcp_call_duration_seconds:p95_5m:mad1d',
  operationFailureRatio: 'operation:pipeline_failed:ratio_rate5m',
  operationSlowRatio: 'operation:pipeline_slow:ratio_rate5m',
  budgetLeft: 'server:mcp_error_budget_left:ratio30d',
  toolErrorRatio: (window: Window) => `server:mcp_tool_errors:ratio_rate${window}` as const,
} as const;
