import type { Logger } from '../logging/logger.ts';
import type { Clock } from '../monitor/clock.ts';
import { parseRetryAfter } from './retry-after.ts';
import type { PostToWebhook, WebhookAnswer } from './webhook-post.ts';

/** What became of a message: delivered, failed for good, or dropped because too many were waiting. */
export type NotificationResult = 'delivered' | 'failed' | 'dropped';

export interface WebhookNotifierOptions {
  readonly post: PostToWebhook;
  /** The webhook in the log; its URL is a secret. */
  readonly host: string;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly onResult: (result: NotificationResult) => void;
  /**
   * From 0 to 1, for the jitter.
   * @defaultValue `Math.random`
   */
  readonly random?: () => number;
}

interface Message {
  readonly body: string;
  readonly givenUpAtMs: number;
  readonly settle: (result: NotificationResult) => void;
}

/** Why an attempt did not deliver. */
interface Failure {
  /** For the log. */
  readonly reason: string;
  readonly isFinal: boolean;
  readonly retryAfterMs: number;
}

const MAX_WAITING = 16;
const ANSWER_WITHIN_MS = 10_000;
const GIVE_UP_AFTER_MS = 5 * 60_000;
const LEAST_BACKOFF_MS = 1000;
const MOST_BACKOFF_MS = 60_000;
/** All last tries together, when it is closed. */
const LAST_TRIES_WITHIN_MS = 900;

/**
 * Delivers messages one after the other, in their order. What may pass (no answer, 5xx, 429) is tried again with a
 * growing pause, or when the webhook says so, for five minutes; any other refusal is final. At most 16 messages wait:
 * past that the oldest is dropped. Nothing here keeps the process alive, but `close` for its second.
 */
export class WebhookNotifier {
  readonly #options: WebhookNotifierOptions;
  readonly #random: () => number;
  readonly #waiting: Message[] = [];
  #delivering: Promise<void> | null = null;
  #failuresInRow = 0;
  #nextAttemptAtMs = -Infinity;
  #attempt: AbortController | null = null;
  #endPause: () => void = () => undefined;
  #isClosing = false;
  #isCutOff = false;

  constructor(options: WebhookNotifierOptions) {
    this.#options = options;
    this.#random = options.random ?? Math.random;
  }

  /** Never rejects. */
  send(body: string): Promise<NotificationResult> {
    return new Promise((resolve) => {
      const settle = (result: NotificationResult) => {
        this.#options.onResult(result);
        resolve(result);
      };
      this.#waiting.push({ body, givenUpAtMs: this.#options.clock.monotonic() + GIVE_UP_AFTER_MS, settle });
      if (this.#waiting.length > MAX_WAITING) this.#waiting.shift()?.settle('dropped');
      this.#delivering ??= this.#deliverAll();
    });
  }

  /** Gives what is left one more try, all within a second. */
  async close(): Promise<void> {
    this.#isClosing = true;
    this.#endPause();
    const cutOff = setTimeout(() => {
      this.#isCutOff = true;
      this.#attempt?.abort();
    }, LAST_TRIES_WITHIN_MS);
    await this.#delivering;
    clearTimeout(cutOff);
  }

  async #deliverAll(): Promise<void> {
    for (let message = this.#waiting.shift(); message; message = this.#waiting.shift()) {
      message.settle(await this.#deliver(message));
    }
    this.#delivering = null;
  }

  async #deliver({ body, givenUpAtMs }: Message): Promise<NotificationResult> {
    for (;;) {
      // It would be stale by then.
      if (this.#nextAttemptAtMs >= givenUpAtMs && !this.#isClosing) return 'failed';
      await this.#pauseUntil(this.#nextAttemptAtMs);
      if (this.#isCutOff) return 'failed';
      // One that was under way when it was closed is not the last.
      const isLast = this.#isClosing;
      const failure = await this.#try(body);
      if (!failure) {
        this.#noteDelivery();
        return 'delivered';
      }
      this.#noteFailure(failure);
      if (failure.isFinal || isLast) return 'failed';
    }
  }

  async #try(body: string): Promise<Failure | null> {
    const attempt = new AbortController();
    this.#attempt = attempt;
    const timer = setTimeout(() => attempt.abort(), ANSWER_WITHIN_MS).unref();
    try {
      return failureOf(await this.#options.post(body, attempt.signal), this.#options.clock.now());
    } catch (error) {
      const reason = attempt.signal.aborted ? 'no answer in time' : codeOf(error);
      return { reason, isFinal: false, retryAfterMs: 0 };
    } finally {
      clearTimeout(timer);
    }
  }

  #noteDelivery(): void {
    const { host, logger } = this.#options;
    if (this.#failuresInRow > 0) {
      logger.info(
        { host, failedAttempts: this.#failuresInRow },
        'the alert webhook takes notifications again',
      );
    }
    this.#failuresInRow = 0;
    this.#nextAttemptAtMs = -Infinity;
  }

  #noteFailure({ reason, retryAfterMs }: Failure): void {
    const { clock, host, logger } = this.#options;
    // Once until it takes one again: an outage is one line.
    if (this.#failuresInRow === 0)
      logger.warn({ host, reason }, 'the alert webhook does not take notifications');
    const longest = Math.min(LEAST_BACKOFF_MS * 2 ** this.#failuresInRow, MOST_BACKOFF_MS);
    // Half of it at random, so that exporters which failed together do not come back together.
    const backoffMs = (longest * (1 + this.#random())) / 2;
    this.#failuresInRow += 1;
    this.#nextAttemptAtMs = clock.monotonic() + Math.max(backoffMs, retryAfterMs);
  }

  #pauseUntil(atMs: number): Promise<void> | undefined {
    const pauseMs = atMs - this.#options.clock.monotonic();
    if (pauseMs <= 0 || this.#isClosing) return undefined;
    return new Promise((resolve) => {
      this.#endPause = resolve;
      setTimeout(resolve, pauseMs).unref();
    });
  }
}

function failureOf({ status, retryAfter }: WebhookAnswer, nowMs: number): Failure | null {
  if (status >= 200 && status < 300) return null;
  return {
    reason: `it answered ${status}`,
    isFinal: status < 500 && status !== 429,
    retryAfterMs: parseRetryAfter(retryAfter, nowMs),
  };
}

/** Its code only: a message could repeat the URL. */
function codeOf(error: unknown): string {
  return error instanceof Error && 'code' in error ? String(error.code) : 'no connection';
}
