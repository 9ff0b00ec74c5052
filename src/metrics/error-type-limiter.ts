import type { LabelLimiter } from '../monitor/label-limiter.ts';
import { OTHER } from '../monitor/other-label.ts';
import { outcomeOfErrorType } from '../monitor/outcomes.ts';

/**
 * Bounds the error types of each server. Only errors become `_OTHER`, which is an error: a success or a cancellation never
 * does.
 */
export class ErrorTypeLimiter {
  readonly #servers = new Map<string, LabelLimiter>();
  readonly #createLimiter: () => LabelLimiter;

  /** @param createLimiter - called once for each server */
  constructor(createLimiter: () => LabelLimiter) {
    this.#createLimiter = createLimiter;
    this.#servers.set('', createLimiter());
  }

  limit(server: string, errorType: string): string {
    if (otherErrorType(errorType) !== OTHER) return errorType;
    let limiter = this.#servers.get(server);
    if (!limiter) this.#servers.set(server, (limiter = this.#createLimiter()));
    return limiter.limit(errorType);
  }
}

/** The error type that replaces `errorType` when a limit is reached. */
export function otherErrorType(errorType: string): string {
  return outcomeOfErrorType(errorType) === 'failed' ? OTHER : errorType;
}
