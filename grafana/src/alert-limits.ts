/** Limits that alert rules contain as numbers. Panels draw them as lines. */
export const alertLimits = {
  /** `McpErrorBudgetBurn`: error rate as a multiple of the error budget. */
  burnRates: { page: 14.4, pageSlow: 6, ticket: 3, ticketSlow: 1 },
  /** `McpSlowOperations`: maximum share of slow operations. */
  slowRatio: 0.05,
  /** `McpRequestStuck`: multiple of the slow threshold. */
  stuckFactor: 12,
  /** `McpEventLoopLag` */
  loopLagSeconds: 0.25,
  /** `McpToolLatencyAnomaly`: median absolute deviations above the median. */
  anomalyDeviations: 4.45,
} as const;
