import type { Logger } from '../logging/logger.ts';
import type { Clock } from '../monitor/clock.ts';
import type { FallbackReason } from '../monitor/fallback-reasons.ts';
import type {
  ActivityAnswer,
  HistoryReader,
  SummariesAnswer,
  SummaryAnswer,
  TrendAnswer,
} from '../api/history-answers.ts';
import { HistoryUnavailable } from './history-unavailable.ts';

/** An outage is over when an answer comes and none has failed for so long: failures here and there are one outage. */
const QUIET_MS = 60_000;

export interface HistoryWithFallbackOptions {
  readonly prometheus: HistoryReader;
  readonly local: HistoryReader;
  /** Hears of every answer that came from the local history instead. */
  readonly onFallback: (reason: FallbackReason) => void;
  readonly logger: Logger;
  readonly clock: Clock;
}

/** Prometheus' history, and the local one whenever that is unavailable; the log has a line per outage, not per question. */
export class HistoryWithFallback implements HistoryReader {
  readonly #options: HistoryWithFallbackOptions;
  /** On the monotonic clock; null while there is no outage. */
  #lastFailureMs: number | null = null;

  constructor(options: HistoryWithFallbackOptions) {
    this.#options = options;
  }

  summary(operation: string, hours: number): Promise<SummaryAnswer> {
    return this.#ask((history) => history.summary(operation, hours));
  }

  summaries(hours: number): Promise<SummariesAnswer> {
    return this.#ask((history) => history.summaries(hours));
  }

  trend(operation: string, days: number): Promise<TrendAnswer> {
    return this.#ask((history) => history.trend(operation, days));
  }

  activity(minutes: number, operation?: string): Promise<ActivityAnswer> {
    return this.#ask((history) => history.activity(minutes, operation));
  }

  async #ask<T>(question: (history: HistoryReader) => Promise<T>): Promise<T> {
    try {
      const answer = await question(this.#options.prometheus);
      this.#onAnswer();
      return answer;
    } catch (error) {
      if (!(error instanceof HistoryUnavailable)) throw error;
      this.#onFailure(error);
      return question(this.#options.local);
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
