import type { Logger } from '../logging/logger.ts';
import type { Clock } from '../monitor/clock.ts';
import { parseRetryAfter } from '../outbound/retry-after.ts';
import { RetryingPost, type PostFailure, type PostResult } from '../outbound/retrying-post.ts';
import type { PostToWebhook } from './webhook-post.ts';
import { WebhookRedirect } from './webhook-redirect.ts';

/** Result of a message: delivered, failed permanently, or dropped because the queue was full. */
export type NotificationResult = 'delivered' | 'failed' | 'dropped';

export interface WebhookNotifierOptions {
  readonly post: PostToWebhook;
  /** Shown in the log instead of the URL, which is a secret. */
  readonly host: string;
  /** The name of the setting for the URL. */
  readonly setting: string;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly onResult: (result: NotificationResult) => void;
  /**
   * Returns a number from 0 to 1 for the jitter of the backoff.
   * @defaultValue `Math.random`
   */
  readonly random?: () => number;
}

interface Message {
  readonly body: string;
  readonly givenUpAtMs: number;
  readonly settle: (result: NotificationResult) => void;
}

const MAX_QUEUED = 16;
const TIMEOUT_MS = 10_000;
const GIVE_UP_AFTER_MS = 5 * 60_000;
const FIRST_BACKOFF_MS = 1000;
const LONGEST_BACKOFF_MS = 60_000;
const LONGEST_RETRY_AFTER_MS = 3_600_000;
/** Time limit for all last attempts together after `close`. */
const CLOSE_TIMEOUT_MS = 900;

/**
 * Delivers messages one at a time, in order. Temporary failures (no response, 5xx, 429) are retried with backoff or after
 * the webhook's `Retry-After`, for five minutes. Other failures are final. Up to 16 messages are queued, then the oldest
 * is dropped. Only `close` keeps the process running, for up to a second.
 */
export class WebhookNotifier {
  readonly #options: WebhookNotifierOptions;
  readonly #post: RetryingPost<'delivered', PostFailure>;
  readonly #queue: Message[] = [];
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
        // Logs only the first failure of an outage.
        if (failuresBefore === 0) logger.warn({ host, reason }, 'alert notifications not delivered');
      },
      onRecovery: (failedAttempts) =>
        logger.info({ host, failedAttempts }, 'alert notifications delivered again'),
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
      this.#queue.push({ body, givenUpAtMs: this.#options.clock.monotonic() + GIVE_UP_AFTER_MS, settle });
      if (this.#queue.length > MAX_QUEUED) this.#queue.shift()?.settle('dropped');
      this.#delivering ??= this.#deliverAll();
    });
  }

  /** Tries each queued message once more, within a second for all. */
  async close(): Promise<void> {
    this.#post.finish();
    const cutOff = setTimeout(() => this.#post.abort(), CLOSE_TIMEOUT_MS);
    await this.#delivering;
    clearTimeout(cutOff);
  }

  async #deliverAll(): Promise<void> {
    for (let message = this.#queue.shift(); message; message = this.#queue.shift()) {
      message.settle((await this.#post.send(message.body, message.givenUpAtMs)) ?? 'failed');
    }
    this.#delivering = null;
  }

  async #attempt(body: string, signal: AbortSignal): Promise<PostResult<'delivered', PostFailure>> {
    const { clock, post, setting } = this.#options;
    try {
      return resultOf(await post(body, signal), clock.now());
    } catch (error) {
      if (error instanceof WebhookRedirect) {
        const reason = `${error.message}: set ${setting} to the final address`;
        return { failure: { reason, isFinal: true, retryAfterMs: 0 } };
      }
      const reason = signal.aborted ? 'timeout' : codeOf(error);
      return { failure: { reason, isFinal: false, retryAfterMs: 0 } };
    }
  }
}

function resultOf({ status, headers }: Response, nowMs: number): PostResult<'delivered', PostFailure> {
  if (status >= 200 && status < 300) return { answer: 'delivered' };
  return {
    failure: {
      reason: `HTTP status ${status}`,
      isFinal: status < 500 && status !== 429,
      retryAfterMs: parseRetryAfter(headers.get('retry-after'), nowMs, LONGEST_RETRY_AFTER_MS),
    },
  };
}

/** Returns only the error's code, because its message could contain the URL. */
function codeOf(error: unknown): string {
  return error instanceof Error && 'code' in error ? String(error.code) : 'connection failed';
}
