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
import { HistoryUnavailable } from './history-unavailable.ts';

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
    return this.#read((history) => history.summary(operation, hours));
  }

  summaries(hours: number): Promise<SummariesAnswer> {
    return this.#read((history) => history.summaries(hours));
  }

  trend(operation: string, days: number): Promise<TrendAnswer> {
    return this.#read((history) => history.trend(operation, days));
  }

  activity(minutes: number, operation?: string): Promise<ActivityAnswer> {
    return this.#read((history) => history.activity(minutes, operation));
  }

  async #read<T extends HistoryOrigin>(query: (history: HistoryReader) => Promise<T>): Promise<T> {
    try {
      const answer = await query(this.#options.prometheus);
      this.#onAnswer();
      return answer;
    } catch (error) {
      if (!(error instanceof HistoryUnavailable)) throw error;
      this.#onFailure(error);
      const { reason, message } = error;
      return { ...(await query(this.#options.local)), fallback: { reason, message } };
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
