import type { Clock } from '../monitor/clock.ts';
import { Pause } from './pause.ts';

/** Why an attempt did not deliver its message. */
export interface PostFailure {
  readonly reason: string;
  /** Whether another attempt is of no use. */
  readonly isFinal: boolean;
  /** The next attempt comes no sooner. */
  readonly retryAfterMs: number;
}

export type PostResult<Taken, Failure extends PostFailure> =
  { readonly taken: Taken } | { readonly failure: Failure };

export interface RetryingPostOptions<Taken, Failure extends PostFailure> {
  /** One attempt, which ends when `signal` is aborted. Never rejects. */
  readonly attempt: (body: string, signal: AbortSignal) => Promise<PostResult<Taken, Failure>>;
  readonly timeoutMs: number;
  /** The longest pause after the first failure in a row. It doubles with each further one. */
  readonly firstBackoffMs: number;
  /** Upper bound for the pause, unless the server asks for a longer one. */
  readonly longestBackoffMs: number;
  readonly onFailure: (failure: Failure, failuresBefore: number) => void;
  /** Called when a message is taken after failures. */
  readonly onRecovery?: (failures: number) => void;
  readonly clock: Clock;
  /**
   * From 0 to 1, for the jitter.
   * @defaultValue `Math.random`
   */
  readonly random?: (() => number) | undefined;
}

/**
 * Posts messages one at a time, each until it is taken. After a failure it pauses with exponential backoff, or for as
 * long as the server asks; the next message waits for that pause, too. Its timers do not keep the process alive.
 */
export class RetryingPost<Taken, Failure extends PostFailure> {
  readonly #options: RetryingPostOptions<Taken, Failure>;
  readonly #random: () => number;
  readonly #pause = new Pause();
  #failures = 0;
  #nextAttemptAtMs = -Infinity;
  #attempt: AbortController | null = null;
  #attemptedAtMs: number | null = null;
  #isFinishing = false;
  #isAborted = false;

  constructor(options: RetryingPostOptions<Taken, Failure>) {
    this.#options = options;
    this.#random = options.random ?? Math.random;
  }

  /** When the attempt under way began, by the monotonic clock; null between attempts. */
  get attemptedAtMs(): number | null {
    return this.#attemptedAtMs;
  }

  /**
   * @param giveUpAtMs - by the monotonic clock: no attempt begins later
   * @returns null if it was given up
   */
  async send(body: string, giveUpAtMs = Infinity): Promise<Taken | null> {
    for (;;) {
      if (this.#nextAttemptAtMs >= giveUpAtMs && !this.#isFinishing) return null;
      await this.#pauseUntil(this.#nextAttemptAtMs);
      if (this.#isAborted) return null;
      // An attempt that is under way when `finish` is called is not the last.
      const isLast = this.#isFinishing;
      const result = await this.#try(body);
      if ('taken' in result) {
        this.#noteDelivery();
        return result.taken;
      }
      this.#noteFailure(result.failure);
      if (result.failure.isFinal || isLast) return null;
    }
  }

  /** From now on there are no pauses, and each message has one more attempt. */
  finish(): void {
    this.#isFinishing = true;
    this.#pause.shorten(0);
  }

  /** Gives up the message that is sent, and all later ones. */
  abort(): void {
    this.#isAborted = true;
    this.#attempt?.abort(new Error('there is no more time'));
    this.#pause.shorten(0);
  }

  async #try(body: string): Promise<PostResult<Taken, Failure>> {
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
    // Half of it at random, so that processes which failed together do not come back together.
    const backoffMs = (longest * (1 + this.#random())) / 2;
    this.#failures += 1;
    this.#nextAttemptAtMs = clock.monotonic() + Math.max(backoffMs, failure.retryAfterMs);
  }

  async #pauseUntil(atMs: number): Promise<void> {
    const pauseMs = atMs - this.#options.clock.monotonic();
    if (pauseMs > 0 && !this.#isFinishing && !this.#isAborted) await this.#pause.wait(pauseMs);
  }
}
