import type { OperationOutcome } from '../monitor/operation.ts';

/** The ended operations of one name in a window of time. Durations in seconds, over all of them. */
export interface MetricsSummary {
  readonly count: number;
  readonly successCount: number;
  readonly failureCount: number;
  /** Neither successes nor failures. */
  readonly cancelledCount: number;
  /** Successes of all, in percent; 0 where there are none. */
  readonly successRate: number;
  readonly avgDuration: number;
  readonly minDuration: number;
  readonly maxDuration: number;
  /** Quantiles are within 1 % of the true value; everything else is exact. */
  readonly medianDuration: number;
  readonly p95Duration: number;
  readonly p99Duration: number;
  /** Of the sample. */
  readonly stdDeviation: number;
}

/** One UTC day of one operation. */
export interface TrendRow {
  /** `YYYY-MM-DD` */
  readonly date: string;
  readonly count: number;
  readonly successRate: number;
  readonly avgDuration: number;
  readonly minDuration: number;
  readonly maxDuration: number;
}

/** What is remembered of operations after they ended. */
export interface History {
  record(operation: string, durationSeconds: number, outcome: OperationOutcome): void;
  summary(operation: string, hours: number): MetricsSummary;
  summaries(hours: number): Record<string, MetricsSummary>;
  trend(operation: string, days: number): TrendRow[];
  /** Forgets what ended more than `daysToKeep` days ago. */
  clear(daysToKeep: number): void;
}
