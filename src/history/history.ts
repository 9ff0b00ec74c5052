import { systemClock, type Clock } from '../monitor/clock.ts';
import type { MonitorEvent } from '../monitor/events.ts';
import { LabelLimiter, MAX_OPERATION_NAMES } from '../monitor/label-limiter.ts';
import { outcomeOfMetric, type PerformanceMetric } from '../monitor/performance-metric.ts';
import { DEFAULT_CONFIG, type Config } from '../settings/config.ts';
import { MOST_MINUTES } from './activity-columns.ts';
import type {
  ActivityAnswer,
  HistoryReader,
  SummariesAnswer,
  SummaryAnswer,
  TrendAnswer,
} from '../api/history-answers.ts';
import { LocalHistory } from './local-history.ts';

export interface HistoryOptions {
  /** @defaultValue the system's clocks */
  clock?: Clock;
  /** The settings that differ from their defaults. History reads `retentionDays`. */
  config?: Partial<Config>;
  /**
   * Makes the reader that answers questions from the one of this process.
   * @defaultValue this process answers from its own memory
   */
  reader?: (local: HistoryReader) => HistoryReader;
}

/**
 * Remembers the operations that ended, by minute, hour and day, and answers with summaries, trends and recent activity.
 * Fed by a {@link SessionRegistry}'s events through {@link onEvent}, or by hand through {@link recordMetric}. Operations
 * have the names that they have in the metrics. Its memory does not grow with traffic.
 *
 * @example
 * ```ts
 * const history = new History();
 * history.recordMetric({ operationType: 'import', duration: 2.5 });
 * const { successRate } = await history.getMetricsSummary('import'); // 100
 * ```
 */
export class History {
  // The metrics count the overflow: they limit the same names in the same order.
  readonly #names = new LabelLimiter(MAX_OPERATION_NAMES, () => undefined);
  readonly #local: LocalHistory;
  readonly #reader: HistoryReader;

  constructor({ clock = systemClock, config, reader }: HistoryOptions = {}) {
    this.#local = new LocalHistory(clock, { ...DEFAULT_CONFIG, ...config });
    this.#reader = reader ? reader(this.#local) : this.#local;
  }

  /** Takes note of one event of a registry or a monitor. */
  readonly onEvent = (event: MonitorEvent): void => {
    if (event.type !== 'operation' || event.kind === 'progressed') return;
    const name = this.#names.limit(event.operationName);
    if (event.kind !== 'started') this.#local.record(name, event.duration ?? 0, event.kind);
  };

  /**
   * Records one operation that ended.
   *
   * @throws TypeError for an empty `operationType`, or a number that is negative or not finite
   */
  recordMetric(metric: PerformanceMetric): void {
    const outcome = outcomeOfMetric(metric);
    this.#local.record(this.#names.limit(metric.operationType), metric.duration, outcome);
  }

  /** The summary of one operation, all zeros if nothing is known of it. */
  getMetricsSummary(operationType: string, timeWindowHours?: number): Promise<SummaryAnswer>;
  /** The summaries of all operations that ended in the window, by name. */
  getMetricsSummary(operationType?: undefined, timeWindowHours?: number): Promise<SummariesAnswer>;
  /** @throws TypeError for a window that is not a positive number */
  async getMetricsSummary(
    operationType?: string,
    timeWindowHours = 24,
  ): Promise<SummaryAnswer | SummariesAnswer> {
    requirePositive('timeWindowHours', timeWindowHours);
    if (operationType === undefined) return this.#reader.summaries(timeWindowHours);
    return this.#reader.summary(operationType, timeWindowHours);
  }

  /**
   * A row for each of the last `days` UTC days, including today, on which such operations ended, oldest first.
   *
   * @throws TypeError for a number of days that is not positive
   */
  async getPerformanceTrend(operationType: string, days = 7): Promise<TrendAnswer> {
    requirePositive('days', days);
    return this.#reader.trend(operationType, days);
  }

  /**
   * How many operations ended in each of the last `minutes` UTC minutes, how many of them failed, and the 95th percentile
   * of their durations, of all operations or of one. The last minute is the current one, which is not over.
   *
   * @throws TypeError for a number of minutes that is not a whole one from 1 to 60
   */
  async getRecentActivity(minutes: number = MOST_MINUTES, operationType?: string): Promise<ActivityAnswer> {
    if (!Number.isInteger(minutes) || minutes < 1 || minutes > MOST_MINUTES) {
      throw new TypeError(`minutes: expected an integer from 1 to ${MOST_MINUTES}, received ${minutes}`);
    }
    return this.#reader.activity(minutes, operationType);
  }

  /**
   * Forgets what ended more than `daysToKeep` days ago. Prometheus keeps what it has.
   *
   * @throws TypeError for a number of days that is negative or not finite
   */
  clearOldMetrics(daysToKeep = 30): void {
    if (!Number.isFinite(daysToKeep) || daysToKeep < 0) {
      throw new TypeError(`daysToKeep: expected a number of at least 0, received ${daysToKeep}`);
    }
    this.#local.clear(daysToKeep);
  }
}

function requirePositive(name: string, value: number): void {
  if (!Number.isFinite(value) || value <= 0) {
    throw new TypeError(`${name}: expected a number above 0, received ${value}`);
  }
}
