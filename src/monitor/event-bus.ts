import { handleRejection } from '../rejections.ts';
import type { Subscriber } from './events.ts';
import type { FaultPart, OnFault } from './faults.ts';

interface Subscription<E> {
  readonly subscriber: Subscriber<E>;
  readonly part: FaultPart;
}

/**
 * Hands each event to every subscriber, in the order in which they subscribed. A subscriber that throws, or returns a
 * promise that rejects, is reported to `onFault` and stops neither the others nor the publisher.
 */
export class EventBus<E> {
  // Replaced, never changed, so that (un)subscribing during a publish is safe.
  #subscriptions: readonly Subscription<E>[] = [];
  readonly #onFault: OnFault;

  constructor(onFault: OnFault) {
    this.#onFault = onFault;
  }

  /**
   * @param part - the part of the exporter that the subscriber is
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

  /** @param onFault - for this event alone */
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
