import type { RequestId } from '../wire/json-rpc.ts';

const MAX_CANCELLED = 1000;

/**
 * Tracks responses to one side of a connection that may still arrive although their requests are no longer in flight. They
 * are not errors.
 */
export class LateAnswers {
  /** The methods of cancelled requests, by key. A cancelled request gets no response, or a late one. */
  readonly #cancelled = new Map<RequestId, string>();
  /** Number of requests that are not tracked. */
  #untracked = 0;

  /** Keeps the latest keys: their requests are the most likely to be answered. */
  noteCancelled(key: RequestId, method: string): void {
    this.#cancelled.set(key, method);
    if (this.#cancelled.size <= MAX_CANCELLED) return;
    for (const oldest of this.#cancelled.keys()) {
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
   * @returns the method of the cancelled request that it answers, once; undefined if there is none
   */
  takeCancelled(keys: readonly RequestId[]): string | undefined {
    const key = keys.find((each) => this.#cancelled.has(each));
    if (key === undefined) return undefined;
    const method = this.#cancelled.get(key);
    this.#cancelled.delete(key);
    return method;
  }

  /** @returns whether a response to a request that is not tracked is expected; each call uses one up */
  takeUntracked(): boolean {
    if (this.#untracked === 0) return false;
    this.#untracked -= 1;
    return true;
  }
}
