import type { OutcomeCountName } from '../monitor/outcomes.ts';

/** Number of operations with each outcome: `successCount`, `failureCount` and so on. */
export type OutcomeSummary = Readonly<Record<OutcomeCountName, number>>;

/**
 * Statistics of the operations with one name that ended in a time window. Durations are in seconds, over all outcomes.
 * Prometheus keeps durations in buckets, so its minimum, maximum, quantiles and deviation are estimates. For a single
 * operation, they are exact.
 */
export interface MetricsSummary extends OutcomeSummary {
  /** Number of ended operations, whatever their outcome. */
  readonly count: number;
  /** Success rate in percent; 0 without rated operations. */
  readonly successRate: number;
  readonly avgDuration: number;
  /** `local`: exact. `prometheus`: the lower bound of the lowest non-empty bucket. */
  readonly minDuration: number;
  /** `local`: exact. `prometheus`: the upper bound of the highest non-empty bucket. */
  readonly maxDuration: number;
  /** Quantiles. `local`: within 1 % of the true value. `prometheus`: interpolated within a bucket. */
  readonly medianDuration: number;
  readonly p95Duration: number;
  readonly p99Duration: number;
  /** Sample standard deviation. `local`: exact. `prometheus`: assumes that each duration is the middle of its bucket. */
  readonly stdDeviation: number;
}

/** One UTC day of one operation; durations as in {@link MetricsSummary}. */
export interface TrendRow {
  /** `YYYY-MM-DD` */
  readonly date: string;
  readonly count: number;
  readonly successRate: number;
  readonly avgDuration: number;
  readonly minDuration: number;
  readonly maxDuration: number;
}

/** Source of the data: this process's memory, or Prometheus. */
export type HistorySource = 'local' | 'prometheus';

/** The summary of one operation name; all zeros if it is unknown. */
export interface SummaryAnswer extends MetricsSummary {
  readonly source: HistorySource;
}

/** The summaries of all operations that ended in the time window, by name. */
export interface SummariesAnswer {
  readonly source: HistorySource;
  readonly operations: Record<string, MetricsSummary>;
}

/** The days with ended operations of that name, oldest first. */
export interface TrendAnswer {
  readonly source: HistorySource;
  readonly trend: TrendRow[];
}

/**
 * The ended operations with one name, minute by minute. Each column has one entry per minute, oldest first. The last
 * entry is the current, incomplete minute.
 */
export interface OperationActivity {
  /** Rated operations. */
  readonly count: readonly number[];
  readonly failureCount: readonly number[];
  /** In seconds, to four digits, as precise as {@link MetricsSummary.p95Duration}; null for minutes without operations. */
  readonly p95Duration: readonly (number | null)[];
}

/** The activity of all operations that ended in the last minutes, by name. */
export interface ActivityAnswer {
  readonly source: HistorySource;
  /** Length of a step: 60. */
  readonly stepSeconds: number;
  /** Start of the first step. Steps are whole UTC minutes. */
  readonly startTime: Date;
  readonly operations: Record<string, OperationActivity>;
}

/** Reads statistics of ended operations from any source. */
export interface HistoryReader {
  summary(operation: string, hours: number): Promise<SummaryAnswer>;
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
