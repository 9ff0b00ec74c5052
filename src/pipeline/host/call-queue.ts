import { ExporterError } from '../../errors.ts';
import { LIMITS } from '../../monitor/limits.ts';

/** Limits the number of calls that run at the same time, and queues a bounded number of others. */
export class CallQueue {
  readonly #maxRunning: number;
  readonly #maxWaiting: number;
  readonly #waiting = new Set<() => void>();
  #running = 0;

  constructor(maxRunning: number, maxWaiting: number = LIMITS.pipeline_queue.max) {
    this.#maxRunning = maxRunning;
    this.#maxWaiting = maxWaiting;
  }

  /**
   * Runs `work` as soon as fewer than the maximum number of calls run.
   *
   * @throws ExporterError `pipeline_busy` if the queue is full
   * @throws the signal's reason if it is aborted while `work` is queued
   */
  async run<T>(work: () => Promise<T>, signal: AbortSignal): Promise<T> {
    await this.#turn(signal);
    try {
      return await work();
    } finally {
      this.#passOn();
    }
  }

  /** Starts the longest waiting call. */
  #passOn(): void {
    for (const next of this.#waiting) {
      this.#waiting.delete(next);
      return next();
    }
    this.#running -= 1;
  }

  async #turn(signal: AbortSignal): Promise<void> {
    signal.throwIfAborted();
    if (this.#running < this.#maxRunning) {
      this.#running += 1;
      return;
    }
    if (this.#waiting.size >= this.#maxWaiting) {
      const state = `${this.#running} calls run and ${this.#waiting.size} wait`;
      throw new ExporterError('pipeline_busy', `${state}; try again later`);
    }
    await this.#wait(signal);
  }

  async #wait(signal: AbortSignal): Promise<void> {
    await new Promise<void>((resolve, reject) => {
      const onTurn = () => {
        signal.removeEventListener('abort', onAbort);
        resolve();
      };
      const onAbort = () => {
        this.#waiting.delete(onTurn);
        reject(signal.reason as Error);
      };
      this.#waiting.add(onTurn);
      signal.addEventListener('abort', onAbort, { once: true });
    });
  }
}
