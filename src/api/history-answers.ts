import type { OutcomeCountName } from '../monitor/outcomes.ts';

/** How many ended in each way: `successCount`, `failureCount` and so on. */
export type OutcomeSummary = Readonly<Record<OutcomeCountName, number>>;

/**
 * The ended operations of one name in a window of time. Durations in seconds, over all of them. From Prometheus, which
 * keeps them in buckets, what is said of single durations is an estimate; of one operation all of it is exact.
 */
export interface MetricsSummary extends OutcomeSummary {
  /** All that ended, in any way. */
  readonly count: number;
  /** The share of successes among all outcomes that count, in percent; 0 where there is none. */
  readonly successRate: number;
  readonly avgDuration: number;
  /** `local`: exact. `prometheus`: the lower bound of the lowest bucket that is not empty. */
  readonly minDuration: number;
  /** `local`: exact. `prometheus`: the upper bound of the highest bucket that is not empty. */
  readonly maxDuration: number;
  /** Quantiles. `local`: within 1 % of the true value. `prometheus`: interpolated in their bucket. */
  readonly medianDuration: number;
  readonly p95Duration: number;
  readonly p99Duration: number;
  /** Of the sample. `local`: exact. `prometheus`: as if each duration were the middle of its bucket. */
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

/** Who answered: this process from its own memory, or Prometheus. */
export type HistorySource = 'local' | 'prometheus';

/** The summary of one operation; all zeros where nothing is known of it. */
export interface SummaryAnswer extends MetricsSummary {
  readonly source: HistorySource;
}

/** The summaries of all operations that ended in the window, by name. */
export interface SummariesAnswer {
  readonly source: HistorySource;
  readonly operations: Record<string, MetricsSummary>;
}

/** The days on which such operations ended, oldest first. */
export interface TrendAnswer {
  readonly source: HistorySource;
  readonly trend: TrendRow[];
}

/**
 * What ended of one operation minute by minute, in columns: each has an entry per minute, oldest first, and the last
 * is the current minute, which is not over.
 */
export interface OperationActivity {
  /** Of the outcomes that count in rates. */
  readonly count: readonly number[];
  readonly failureCount: readonly number[];
  /** In seconds, to four digits, as good as {@link MetricsSummary.p95Duration}; null where nothing ended. */
  readonly p95Duration: readonly (number | null)[];
}

/** The last minutes of all operations of which something ended in them, by name. */
export interface ActivityAnswer {
  readonly source: HistorySource;
  /** How long a step is: 60. */
  readonly stepSeconds: number;
  /** When the first step begins. Steps are whole UTC minutes. */
  readonly startTime: Date;
  readonly operations: Record<string, OperationActivity>;
}

/** What is remembered of operations after they ended, wherever that is. */
export interface HistoryReader {
  summary(operation: string, hours: number): Promise<SummaryAnswer>;
  summaries(hours: number): Promise<SummariesAnswer>;
  /** Of the last `days` UTC days, today among them. */
  trend(operation: string, days: number): Promise<TrendAnswer>;
  /**
   * Of the last `minutes` UTC minutes, the current one among them.
   *
   * @param minutes - a whole number from 1 to 60
   * @param operation - one operation's name; all operations if omitted
   */
  activity(minutes: number, operation?: string): Promise<ActivityAnswer>;
}
