import type { RequestId } from '../wire/json-rpc.ts';

const MAX_CANCELLED = 1000;

/** Tracks responses that may still arrive although their requests are no longer in flight. They are not errors. */
export class LateAnswers {
  /** A cancelled request gets no response, or a late one. */
  readonly #cancelled = new Set<RequestId>();
  /** Number of requests that are not tracked. */
  #untracked = 0;

  /** Keeps the latest keys: their requests are the most likely to be answered. */
  noteCancelled(key: RequestId): void {
    this.#cancelled.add(key);
    if (this.#cancelled.size <= MAX_CANCELLED) return;
    for (const oldest of this.#cancelled) {
      this.#cancelled.delete(oldest);
      return;
    }
  }

  noteUntracked(count: number): void {
    this.#untracked += count;
  }

  /** Call when a new request reuses the id of a cancelled one. */
  forget(key: RequestId): void {
    this.#cancelled.delete(key);
  }

  /**
   * @param keys - the keys that the response may answer
   * @returns whether the response is expected
   */
  take(keys: readonly RequestId[]): boolean {
    if (keys.some((key) => this.#cancelled.delete(key))) return true;
    if (this.#untracked === 0) return false;
    this.#untracked -= 1;
    return true;
  }
}
