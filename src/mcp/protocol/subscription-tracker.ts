import type { Allowance } from '../../monitor/allowance.ts';
import { LIMITS, type OnLimit } from '../../monitor/limits.ts';

/** The resources that the client of one connection has subscribed to. */
export class SubscriptionTracker {
  readonly #uris = new Set<string>();
  readonly #onChange: (change: number) => void;
  readonly #allowance: Allowance;
  readonly #onLimit: OnLimit;

  /** @param allowance - the number of subscriptions that all connections together may have */
  constructor(onChange: (change: number) => void, allowance: Allowance, onLimit: OnLimit) {
    this.#onChange = onChange;
    this.#allowance = allowance;
    this.#onLimit = onLimit;
  }

  /** @param uriKey - the {@link wireKey} of the URI */
  note(uriKey: string, isSubscribed: boolean): void {
    if (isSubscribed) this.#add(uriKey);
    else if (this.#uris.delete(uriKey)) this.#noteChange(-1);
  }

  /** Call when the connection has closed, which ends its subscriptions. */
  clear(): void {
    const { size } = this.#uris;
    this.#uris.clear();
    if (size > 0) this.#noteChange(-size);
  }

  #add(uriKey: string): void {
    if (this.#uris.has(uriKey)) return;
    if (this.#uris.size >= LIMITS.subscriptions_per_connection.max) {
      return this.#onLimit('subscriptions_per_connection');
    }
    if (!this.#allowance.take()) return;
    this.#uris.add(uriKey);
    this.#onChange(1);
  }

  #noteChange(change: number): void {
    this.#allowance.give(-change);
    this.#onChange(change);
  }
}
