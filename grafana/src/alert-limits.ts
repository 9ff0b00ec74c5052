/** Limits that alert rules have as plain numbers, so that a panel draws the line at which its alert fires. */
export const alertLimits = {
  /** `McpErrorBudgetBurn`: how many times faster than the objective allows. */
  burnRates: { page: 14.4, pageSlow: 6, ticket: 3, ticketSlow: 1 },
  /** `McpSlowOperations`: the share that may be slow. */
  slowRatio: 0.05,
  /** `McpOperationStalled`: so many times the slow threshold, and at least this long. */
  stalledFactor: 10,
  stalledLeastSeconds: 900,
  /** `McpRequestStuck` */
  stuckSeconds: 600,
  /** `McpEventLoopLag` */
  loopLagSeconds: 0.25,
  /** `McpToolLatencyAnomaly`: median absolute deviations above the median. */
  anomalyDeviations: 4.45,
} as const;
