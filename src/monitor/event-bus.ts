import type { Subscriber } from './events.ts';

/**
 * Hands each event to every subscriber, in the order they came. A subscriber that throws is reported to
 * `onSubscriberError` and stops neither the others nor the publisher: the watched server must never notice.
 */
export class EventBus<E> {
  // Replaced, never changed, so that (un)subscribing while an event is on its way is safe.
  #subscribers: readonly Subscriber<E>[] = [];
  readonly #onSubscriberError: (error: unknown) => void;

  constructor(onSubscriberError: (error: unknown) => void) {
    this.#onSubscriberError = onSubscriberError;
  }

  /** @returns what ends the subscription. */
  subscribe(subscriber: Subscriber<E>): () => void {
    if (!this.#subscribers.includes(subscriber)) this.#subscribers = [...this.#subscribers, subscriber];
    return () => this.unsubscribe(subscriber);
  }

  unsubscribe(subscriber: Subscriber<E>): void {
    this.#subscribers = this.#subscribers.filter((other) => other !== subscriber);
  }

  publish(event: E): void {
    for (const subscriber of this.#subscribers) {
      try {
        subscriber(event);
      } catch (error) {
        this.#onSubscriberError(error);
      }
    }
  }

  get hasSubscribers(): boolean {
    return this.#subscribers.length > 0;
  }
}
