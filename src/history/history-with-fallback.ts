import type { Logger } from '../logging/logger.ts';
import type { Clock } from '../monitor/clock.ts';
import type { FallbackReason } from '../monitor/fallback-reasons.ts';
import type {
  ActivityAnswer,
  HistoryOrigin,
  HistoryReader,
  SummariesAnswer,
  SummaryAnswer,
  TrendAnswer,
} from '../api/history-answers.ts';
import { firstMinuteMs } from './activity-columns.ts';
import { HistoryUnavailable } from './history-unavailable.ts';
import { expectOwnOperations, totalOf, type CountedOperations } from './own-operations.ts';

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;

/** An outage ends with an answer after this time without failures, so that intermittent failures are one outage. */
const QUIET_MS = 60_000;

export interface HistoryWithFallbackOptions {
  readonly prometheus: HistoryReader;
  readonly local: HistoryReader;
  /** Called for each answer from the local history. */
  readonly onFallback: (reason: FallbackReason) => void;
  readonly logger: Logger;
  readonly clock: Clock;
}

/** Reads from Prometheus, and from the local history while Prometheus is unavailable. Logs once per outage. */
export class HistoryWithFallback implements HistoryReader {
  readonly #options: HistoryWithFallbackOptions;
  /** Monotonic time; null if there is no outage. */
  #lastFailureMs: number | null = null;

  constructor(options: HistoryWithFallbackOptions) {
    this.#options = options;
  }

  summary(operation: string, hours: number): Promise<SummaryAnswer> {
    return this.#read(
      (history) => history.summary(operation, hours),
      ({ count }) => counted([[operation, count]], this.#hoursAgo(hours), operation),
    );
  }

  summaries(hours: number): Promise<SummariesAnswer> {
    return this.#read(
      (history) => history.summaries(hours),
      ({ operations }) => {
        const counts = Object.entries(operations).map(([name, { count }]) => [name, count] as const);
        return counted(counts, this.#hoursAgo(hours));
      },
    );
  }

  trend(operation: string, days: number): Promise<TrendAnswer> {
    return this.#read(
      (history) => history.trend(operation, days),
      ({ trend }) => {
        const today = Math.floor(this.#options.clock.now() / DAY_MS);
        const sinceMs = (today - Math.max(Math.floor(days), 1) + 1) * DAY_MS;
        return counted([[operation, totalOf(trend.map(({ count }) => count))]], sinceMs, operation);
      },
    );
  }

  activity(minutes: number, operation?: string): Promise<ActivityAnswer> {
    return this.#read(
      (history) => history.activity(minutes, operation),
      ({ operations }) => {
        const counts = Object.entries(operations).map(([name, { count }]) => [name, totalOf(count)] as const);
        return counted(counts, firstMinuteMs(this.#options.clock.now(), minutes), operation);
      },
    );
  }

  #hoursAgo(hours: number): number {
    return this.#options.clock.now() - hours * HOUR_MS;
  }

  /** @param countedIn - what an answer of Prometheus has, to compare it with this process */
  async #read<T extends HistoryOrigin>(
    query: (history: HistoryReader) => Promise<T>,
    countedIn: (answer: T) => CountedOperations,
  ): Promise<T> {
    const { prometheus, local, clock } = this.#options;
    try {
      const answer = await query(prometheus);
      await expectOwnOperations(local, countedIn(answer), clock.now());
      this.#onAnswer();
      return answer;
    } catch (error) {
      if (!(error instanceof HistoryUnavailable)) throw error;
      this.#onFailure(error);
      const { reason, message } = error;
      return { ...(await query(local)), fallback: { reason, message } };
    }
  }

  #onAnswer(): void {
    const { clock, logger } = this.#options;
    if (this.#lastFailureMs === null || clock.monotonic() - this.#lastFailureMs < QUIET_MS) return;
    this.#lastFailureMs = null;
    logger.info('Prometheus available again for summaries and trends');
  }

  #onFailure(error: HistoryUnavailable): void {
    const { clock, logger, onFallback } = this.#options;
    const { reason } = error;
    onFallback(reason);
    if (this.#lastFailureMs === null) {
      logger.warn(
        { reason, error: error.message },
        'Prometheus unavailable, summaries and trends come from this process',
      );
    }
    this.#lastFailureMs = clock.monotonic();
  }
}

function counted(
  counts: readonly (readonly [operation: string, count: number])[],
  sinceMs: number,
  operation?: string,
): CountedOperations {
  return { counts: new Map(counts), sinceMs, operation };
}
