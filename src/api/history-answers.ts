import type { FallbackReason } from '../monitor/fallback-reasons.ts';
import type { OutcomeCountName } from '../monitor/outcomes.ts';

/** Number of operations with each outcome: `successCount`, `failureCount` and so on. */
export type OutcomeSummary = Readonly<Record<OutcomeCountName, number>>;

/**
 * Statistics of the operations with one name that ended in a time window. Durations are in seconds, over all outcomes.
 * Prometheus keeps durations in buckets, so its minimum, maximum, quantiles and deviation are estimates. For a single
 * operation, they are exact.
 *
 * @see {@link History} for an example
 */
export interface MetricsSummary extends OutcomeSummary {
  /** Number of ended operations, whatever their outcome. */
  readonly count: number;
  /** Success rate in percent; 0 without rated operations. */
  readonly successRate: number;
  /** Arithmetic mean, in seconds. */
  readonly avgDuration: number;
  /** Seconds. `local`: exact. `prometheus`: the lower bound of the lowest non-empty bucket. */
  readonly minDuration: number;
  /** Seconds. `local`: exact. `prometheus`: the upper bound of the highest non-empty bucket. */
  readonly maxDuration: number;
  /** 50th percentile, in seconds. `local`: within 1 % of the true value. `prometheus`: interpolated within a bucket. */
  readonly medianDuration: number;
  /** 95th percentile, in seconds, as precise as the median. */
  readonly p95Duration: number;
  /** 99th percentile, in seconds, as precise as the median. */
  readonly p99Duration: number;
  /**
   * Sample standard deviation, in seconds. `local`: exact. `prometheus`: assumes that each duration is the middle of its
   * bucket.
   */
  readonly stdDeviation: number;
}

/**
 * One UTC day of the operations with one name.
 *
 * @see {@link History} for an example
 */
export interface TrendRow {
  /** `YYYY-MM-DD` */
  readonly date: string;
  /** Number of ended operations, whatever their outcome. */
  readonly count: number;
  /** Success rate in percent; 0 without rated operations. */
  readonly successRate: number;
  /** Seconds. */
  readonly avgDuration: number;
  /** Seconds, as precise as {@link MetricsSummary.minDuration}. */
  readonly minDuration: number;
  /** Seconds, as precise as {@link MetricsSummary.maxDuration}. */
  readonly maxDuration: number;
}

/**
 * Source of the data: this process's memory, or Prometheus.
 *
 * @see {@link History} for an example
 */
export type HistorySource = 'local' | 'prometheus';

/**
 * Why an answer came from this process although Prometheus is configured.
 *
 * @see {@link History} for an example
 */
interface HistoryFallback {
  /** The label `reason` of `mcp_exporter_history_fallbacks_total`. */
  readonly reason: FallbackReason;
  /** What was wrong with Prometheus or its answer. */
  readonly message: string;
}

/**
 * The source of an answer.
 *
 * @see {@link History} for an example
 */
export interface HistoryOrigin {
  readonly source: HistorySource;
  /** Only set if Prometheus could not be used. */
  readonly fallback?: HistoryFallback;
}

/**
 * The summary of one operation name; all zeros if it is unknown.
 *
 * @see {@link History} for an example
 */
export type SummaryAnswer = MetricsSummary & HistoryOrigin;

/**
 * The summaries of all operations that ended in the time window, by name.
 *
 * @see {@link History} for an example
 */
export interface SummariesAnswer extends HistoryOrigin {
  readonly operations: Record<string, MetricsSummary>;
}

/**
 * The days with ended operations of that name, oldest first.
 *
 * @see {@link History} for an example
 */
export interface TrendAnswer extends HistoryOrigin {
  readonly trend: TrendRow[];
}

/**
 * The ended operations with one name, minute by minute. Each column has one entry per minute, oldest first. The last
 * entry is the current, incomplete minute.
 *
 * @see {@link History} for an example
 */
export interface OperationActivity {
  /** Ended operations, whatever their outcome. */
  readonly count: readonly number[];
  readonly failureCount: readonly number[];
  /** In seconds, to four digits, as precise as {@link MetricsSummary.p95Duration}; null for minutes without operations. */
  readonly p95Duration: readonly (number | null)[];
}

/** The activity of one operation of one server. */
export interface ServerOperationActivity extends OperationActivity {
  /** Null for operations without a server. */
  readonly serverName: string | null;
  readonly operation: string;
}

/**
 * The activity of all operations that ended in the last minutes, by name.
 *
 * @see {@link History} for an example
 */
export interface ActivityAnswer extends HistoryOrigin {
  /** Length of a step: 60. */
  readonly stepSeconds: number;
  /** Start of the first step. Steps are whole UTC minutes. */
  readonly startTime: Date;
  readonly operations: Record<string, OperationActivity>;
}

/**
 * Reads statistics of ended operations from any source.
 *
 * @see {@link History} for an example
 */
export interface HistoryReader {
  /** The summary of the operations that ended in the last `hours`. */
  summary(operation: string, hours: number): Promise<SummaryAnswer>;
  /** The summaries of all operations that ended in the last `hours`, by name. */
  summaries(hours: number): Promise<SummariesAnswer>;
  /** The trend of the last `days` UTC days, including today. */
  trend(operation: string, days: number): Promise<TrendAnswer>;
  /**
   * The activity of the last `minutes` UTC minutes, including the current one.
   *
   * @param minutes - an integer from 1 to 60
   * @param operation - an operation name; all operations if omitted
   */
  activity(minutes: number, operation?: string): Promise<ActivityAnswer>;
}
