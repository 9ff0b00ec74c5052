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

/**
 * Options of {@link History}.
 *
 * @see {@link History} for an example
 */
export interface HistoryOptions {
  /** @defaultValue the system's clocks */
  clock?: Clock;
  /** Settings to override. History uses `retentionDays`. */
  config?: Partial<Config>;
  /**
   * Wraps the reader of this process's memory, for example to read from Prometheus first.
   * @defaultValue reads from this process's memory
   */
  reader?: (local: HistoryReader) => HistoryReader;
}

/**
 * Keeps statistics of ended operations by minute, hour and day, and returns summaries, trends and recent activity. Its
 * input is the events of a {@link SessionRegistry} through {@link onEvent}, or single operations through
 * {@link recordMetric}. Beyond 200 operation names, later ones are `_OTHER`. Its memory does not grow with traffic.
 *
 * @example
 * ```ts
 * import { History } from 'mcp-exporter';
 *
 * const history = new History();
 * history.recordMetric({ operationType: 'import', duration: 2.5 }); // seconds
 * const { avgDuration, successRate } = await history.getMetricsSummary('import');
 * console.log(avgDuration, successRate); // 2.5 100
 * ```
 */
export class History {
  readonly #names = new LabelLimiter(MAX_OPERATION_NAMES, () => undefined);
  readonly #local: LocalHistory;
  readonly #reader: HistoryReader;

  constructor({ clock = systemClock, config, reader }: HistoryOptions = {}) {
    this.#local = new LocalHistory(clock, { ...DEFAULT_CONFIG, ...config });
    this.#reader = reader ? reader(this.#local) : this.#local;
  }

  /** Records an event of a registry or monitor. */
  readonly onEvent = (event: MonitorEvent): void => {
    if (event.type !== 'operation' || event.kind === 'progressed') return;
    const name = this.#names.limit(event.operationName);
    if (event.kind !== 'started') this.#local.record(name, event.duration ?? 0, event.kind);
  };

  /**
   * Records one ended operation.
   *
   * @throws TypeError for an empty `operationType`, or a number that is negative or not finite
   */
  recordMetric(metric: PerformanceMetric): void {
    const outcome = outcomeOfMetric(metric);
    this.#local.record(this.#names.limit(metric.operationType), metric.duration, outcome);
  }

  /** The summary of one operation name; all zeros if it is unknown. */
  getMetricsSummary(operationType: string, timeWindowHours?: number): Promise<SummaryAnswer>;
  /** The summaries of all operations that ended in the time window, by name. */
  getMetricsSummary(operationType?: undefined, timeWindowHours?: number): Promise<SummariesAnswer>;
  /** @throws TypeError if `timeWindowHours` is not a positive number */
  async getMetricsSummary(
    operationType?: string,
    timeWindowHours = 24,
  ): Promise<SummaryAnswer | SummariesAnswer> {
    requirePositive('timeWindowHours', timeWindowHours);
    if (operationType === undefined) return this.#reader.summaries(timeWindowHours);
    return this.#reader.summary(operationType, timeWindowHours);
  }

  /**
   * One row for each of the last `days` UTC days with ended operations of that name, including today, oldest first.
   *
   * @throws TypeError if `days` is not a positive number
   */
  async getPerformanceTrend(operationType: string, days = 7): Promise<TrendAnswer> {
    requirePositive('days', days);
    return this.#reader.trend(operationType, days);
  }

  /**
   * The number of ended operations, the number of failures and the 95th percentile of the durations in each of the last
   * `minutes` UTC minutes, for one or all operation names. The last minute is the current, incomplete one.
   *
   * @throws TypeError if `minutes` is not an integer from 1 to 60
   */
  async getRecentActivity(minutes: number = MOST_MINUTES, operationType?: string): Promise<ActivityAnswer> {
    if (!Number.isInteger(minutes) || minutes < 1 || minutes > MOST_MINUTES) {
      throw new TypeError(`minutes: expected an integer from 1 to ${MOST_MINUTES}, received ${minutes}`);
    }
    return this.#reader.activity(minutes, operationType);
  }

  /**
   * Deletes the statistics of operations that ended more than `daysToKeep` days ago. Data in Prometheus is not affected.
   *
   * @throws TypeError if `daysToKeep` is negative or not finite
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
