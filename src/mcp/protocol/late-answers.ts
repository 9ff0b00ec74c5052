import type { RequestId } from '../wire/json-rpc.ts';

const MAX_CANCELLED = 1000;

/** Answers that may come though no request waits for them: none of these is a surprise. */
export class LateAnswers {
  /** A cancelled request gets no answer, or a late one. */
  readonly #cancelled = new Set<RequestId>();
  /** Requests that are not followed. */
  #unfollowed = 0;

  /** The latest are the ones that may still be answered. */
  noteCancelled(key: RequestId): void {
    this.#cancelled.add(key);
    if (this.#cancelled.size <= MAX_CANCELLED) return;
    for (const oldest of this.#cancelled) {
      this.#cancelled.delete(oldest);
      return;
    }
  }

  noteUnfollowed(count: number): void {
    this.#unfollowed += count;
  }

  /** The id of a cancelled request is used again. */
  forget(key: RequestId): void {
    this.#cancelled.delete(key);
  }

  /** @returns whether such an answer is to be expected */
  take(key: RequestId): boolean {
    if (this.#cancelled.delete(key)) return true;
    if (this.#unfollowed === 0) return false;
    this.#unfollowed -= 1;
    return true;
  }
}
