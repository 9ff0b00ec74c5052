import { handleRejection } from '../rejections.ts';
import type { Subscriber } from './events.ts';
import type { FaultPart, OnFault } from './faults.ts';

interface Subscription<E> {
  readonly subscriber: Subscriber<E>;
  readonly part: FaultPart;
}

/**
 * Passes each event to every subscriber, in subscription order. If a subscriber throws or returns a promise that
 * rejects, the error goes to `onFault`. The other subscribers and the publisher continue.
 */
export class EventBus<E> {
  // The array is replaced, never mutated, so that (un)subscribing during a publish is safe.
  #subscriptions: readonly Subscription<E>[] = [];
  readonly #onFault: OnFault;

  constructor(onFault: OnFault) {
    this.#onFault = onFault;
  }

  /**
   * @param part - the part of the exporter that the subscriber belongs to
   * @returns a function that ends the subscription
   */
  subscribe(subscriber: Subscriber<E>, part: FaultPart = 'subscriber'): () => void {
    const isKnown = this.#subscriptions.some((other) => other.subscriber === subscriber);
    if (!isKnown) this.#subscriptions = [...this.#subscriptions, { subscriber, part }];
    return () => this.unsubscribe(subscriber);
  }

  unsubscribe(subscriber: Subscriber<E>): void {
    this.#subscriptions = this.#subscriptions.filter((other) => other.subscriber !== subscriber);
  }

  /** @param onFault - receives the errors of this event only */
  publish(event: E, onFault = this.#onFault): void {
    for (const { subscriber, part } of this.#subscriptions) {
      try {
        handleRejection(subscriber(event), (error) => onFault(part, error));
      } catch (error) {
        onFault(part, error);
      }
    }
  }

  get hasSubscribers(): boolean {
    return this.#subscriptions.length > 0;
  }
}
