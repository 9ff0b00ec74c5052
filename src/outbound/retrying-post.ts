import type { Clock } from '../monitor/clock.ts';
import { Pause } from './pause.ts';

/** A failed delivery attempt. */
export interface PostFailure {
  readonly reason: string;
  /** Whether a retry cannot succeed. */
  readonly isFinal: boolean;
  /** Minimum delay before the next attempt. */
  readonly retryAfterMs: number;
}

export type PostResult<Answer, Failure extends PostFailure> =
  { readonly answer: Answer } | { readonly failure: Failure };

export interface RetryingPostOptions<Answer, Failure extends PostFailure> {
  /** Makes one attempt, which must end when `signal` is aborted. Never rejects. */
  readonly attempt: (body: string, signal: AbortSignal) => Promise<PostResult<Answer, Failure>>;
  readonly timeoutMs: number;
  /** Maximum pause after the first failure. It doubles with each further failure in a row. */
  readonly firstBackoffMs: number;
  /** Maximum pause, unless the server requests a longer one. */
  readonly longestBackoffMs: number;
  readonly onFailure: (failure: Failure, failuresBefore: number) => void;
  /** Called when a message is accepted after failures. */
  readonly onRecovery?: (failures: number) => void;
  readonly clock: Clock;
  /**
   * Returns a number from 0 to 1, for the jitter.
   * @defaultValue `Math.random`
   */
  readonly random?: (() => number) | undefined;
}

/**
 * Posts messages one at a time and retries each with exponential backoff until it is accepted. A longer `Retry-After`
 * takes precedence. The pause also delays the next message. The timers do not keep the process alive.
 */
export class RetryingPost<Answer, Failure extends PostFailure> {
  readonly #options: RetryingPostOptions<Answer, Failure>;
  readonly #random: () => number;
  readonly #pause = new Pause();
  #failures = 0;
  #nextAttemptAtMs = -Infinity;
  #attempt: AbortController | null = null;
  #attemptedAtMs: number | null = null;
  #isFinishing = false;
  #isAborted = false;

  constructor(options: RetryingPostOptions<Answer, Failure>) {
    this.#options = options;
    this.#random = options.random ?? Math.random;
  }

  /** Monotonic start time of the current attempt in milliseconds; null between attempts. */
  get attemptedAtMs(): number | null {
    return this.#attemptedAtMs;
  }

  /**
   * @param giveUpAtMs - monotonic time in milliseconds after which attempts no longer start
   * @returns null if the message was given up
   */
  async send(body: string, giveUpAtMs = Infinity): Promise<Answer | null> {
    for (;;) {
      if (this.#nextAttemptAtMs >= giveUpAtMs && !this.#isFinishing) return null;
      await this.#pauseUntil(this.#nextAttemptAtMs);
      if (this.#isAborted) return null;
      // An attempt that started before `finish` was called is not the last one.
      const isLast = this.#isFinishing;
      const result = await this.#try(body);
      if ('answer' in result) {
        this.#noteDelivery();
        return result.answer;
      }
      this.#noteFailure(result.failure);
      if (result.failure.isFinal || isLast) return null;
    }
  }

  /** Ends all pauses. Each further message gets one attempt. */
  finish(): void {
    this.#isFinishing = true;
    this.#pause.shorten(0);
  }

  /** Gives up the current message and all later ones. */
  abort(): void {
    this.#isAborted = true;
    this.#attempt?.abort(new Error('aborted while closing'));
    this.#pause.shorten(0);
  }

  async #try(body: string): Promise<PostResult<Answer, Failure>> {
    const { attempt, clock, timeoutMs } = this.#options;
    const controller = new AbortController();
    const timer = setTimeout(
      () => controller.abort(new Error(`no response within ${timeoutMs} ms`)),
      timeoutMs,
    ).unref();
    this.#attempt = controller;
    this.#attemptedAtMs = clock.monotonic();
    try {
      return await attempt(body, controller.signal);
    } finally {
      clearTimeout(timer);
      this.#attempt = null;
      this.#attemptedAtMs = null;
    }
  }

  #noteDelivery(): void {
    if (this.#failures > 0) this.#options.onRecovery?.(this.#failures);
    this.#failures = 0;
    this.#nextAttemptAtMs = -Infinity;
  }

  #noteFailure(failure: Failure): void {
    const { clock, firstBackoffMs, longestBackoffMs, onFailure } = this.#options;
    onFailure(failure, this.#failures);
    const longest = Math.min(firstBackoffMs * 2 ** this.#failures, longestBackoffMs);
    // Half of the pause is random, so that processes that failed together do not retry together.
    const backoffMs = (longest * (1 + this.#random())) / 2;
    this.#failures += 1;
    this.#nextAttemptAtMs = clock.monotonic() + Math.max(backoffMs, failure.retryAfterMs);
  }

  async #pauseUntil(atMs: number): Promise<void> {
    const pauseMs = atMs - this.#options.clock.monotonic();
    if (pauseMs > 0 && !this.#isFinishing && !this.#isAborted) await this.#pause.wait(pauseMs);
  }
}
