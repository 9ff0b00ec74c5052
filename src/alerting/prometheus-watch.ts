import { errorMessage } from '../errors.ts';
import type { Logger } from '../logging/logger.ts';
import type { Clock } from '../monitor/clock.ts';

export interface PrometheusWatchOptions {
  /** Rejects if Prometheus does not answer. */
  readonly ask: () => Promise<void>;
  readonly clock: Clock;
  readonly logger: Logger;
}

const CHECK_EVERY_MS = 20_000;
/** Longer than a restart of Prometheus usually takes. */
const UNREACHABLE_AFTER_MS = 60_000;

/** Whether Prometheus is reachable, which sends the alerts. */
export class PrometheusWatch {
  readonly #options: PrometheusWatchOptions;
  #checkedAtMs = -Infinity;
  /** Monotonic time of the first failure since the last success. */
  #failingSinceMs: number | null = null;
  #isUnreachable = false;

  constructor(options: PrometheusWatchOptions) {
    this.#options = options;
  }

  /** Whether it has been unreachable for a minute. */
  get isUnreachable(): boolean {
    return this.#isUnreachable;
  }

  /** Asks Prometheus if the last time was more than 20 seconds ago. Never rejects. */
  async check(): Promise<void> {
    const { ask, clock } = this.#options;
    const nowMs = clock.monotonic();
    if (nowMs - this.#checkedAtMs < CHECK_EVERY_MS) return;
    this.#checkedAtMs = nowMs;
    try {
      await ask();
      this.#succeeded();
    } catch (error) {
      this.#failed(error, nowMs);
    }
  }

  #succeeded(): void {
    this.#failingSinceMs = null;
    if (!this.#isUnreachable) return;
    this.#isUnreachable = false;
    this.#options.logger.info({}, 'Prometheus reachable again, it sends the alerts');
  }

  #failed(error: unknown, nowMs: number): void {
    this.#failingSinceMs ??= nowMs;
    if (this.#isUnreachable || nowMs - this.#failingSinceMs < UNREACHABLE_AFTER_MS) return;
    this.#isUnreachable = true;
    const fields = { error: errorMessage(error) };
    this.#options.logger.warn(fields, 'Prometheus unreachable, this exporter posts alerts');
  }
}
