import type { Logger } from '../logging/logger.ts';
import type { Clock } from '../monitor/clock.ts';
import { parseRetryAfter } from '../outbound/retry-after.ts';
import { RetryingPost, type PostFailure, type PostResult } from '../outbound/retrying-post.ts';
import type { PostToWebhook } from './webhook-post.ts';

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

const MAX_WAITING = 16;
const TIMEOUT_MS = 10_000;
const GIVE_UP_AFTER_MS = 5 * 60_000;
const FIRST_BACKOFF_MS = 1000;
const LONGEST_BACKOFF_MS = 60_000;
const LONGEST_RETRY_AFTER_MS = 3_600_000;
/** All last attempts together, when it is closed. */
const LAST_ATTEMPTS_WITHIN_MS = 900;

/**
 * Delivers messages one after the other, in their order. What may pass (no answer, 5xx, 429) is tried again with a
 * growing pause, or when the webhook says so, for five minutes; any other refusal is final. At most 16 messages wait:
 * past that the oldest is dropped. Nothing here keeps the process alive, but `close` for its second.
 */
export class WebhookNotifier {
  readonly #options: WebhookNotifierOptions;
  readonly #post: RetryingPost<'delivered', PostFailure>;
  readonly #waiting: Message[] = [];
  #delivering: Promise<void> | null = null;

  constructor(options: WebhookNotifierOptions) {
    const { clock, host, logger } = options;
    this.#options = options;
    this.#post = new RetryingPost({
      attempt: (body, signal) => this.#attempt(body, signal),
      timeoutMs: TIMEOUT_MS,
      firstBackoffMs: FIRST_BACKOFF_MS,
      longestBackoffMs: LONGEST_BACKOFF_MS,
      onFailure: ({ reason }, failuresBefore) => {
        // Once until it takes one again: an outage is one line.
        if (failuresBefore === 0)
          logger.warn({ host, reason }, 'the alert webhook does not take notifications');
      },
      onRecovery: (failedAttempts) =>
        logger.info({ host, failedAttempts }, 'the alert webhook takes notifications again'),
      clock,
      random: options.random,
    });
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

  /** Gives what is left one more attempt, all within a second. */
  async close(): Promise<void> {
    this.#post.finish();
    const cutOff = setTimeout(() => this.#post.abort(), LAST_ATTEMPTS_WITHIN_MS);
    await this.#delivering;
    clearTimeout(cutOff);
  }

  async #deliverAll(): Promise<void> {
    for (let message = this.#waiting.shift(); message; message = this.#waiting.shift()) {
      message.settle((await this.#post.send(message.body, message.givenUpAtMs)) ?? 'failed');
    }
    this.#delivering = null;
  }

  async #attempt(body: string, signal: AbortSignal): Promise<PostResult<'delivered', PostFailure>> {
    const { clock, post } = this.#options;
    try {
      return resultOf(await post(body, signal), clock.now());
    } catch (error) {
      const reason = signal.aborted ? 'no answer in time' : codeOf(error);
      return { failure: { reason, isFinal: false, retryAfterMs: 0 } };
    }
  }
}

function resultOf({ status, headers }: Response, nowMs: number): PostResult<'delivered', PostFailure> {
  if (status >= 200 && status < 300) return { taken: 'delivered' };
  return {
    failure: {
      reason: `it answered ${status}`,
      isFinal: status < 500 && status !== 429,
      retryAfterMs: parseRetryAfter(headers.get('retry-after'), nowMs, LONGEST_RETRY_AFTER_MS),
    },
  };
}

/** Its code only: a message could repeat the URL. */
function codeOf(error: unknown): string {
  return error instanceof Error && 'code' in error ? String(error.code) : 'no connection';
}
