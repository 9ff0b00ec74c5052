import { LIMITS, type OnLimit } from './limits.ts';

/** A tracked request in flight. */
export interface TrackedRequest {
  /** Stops tracking `itself`. The requests of a connection share one function to save memory. */
  stopTracking(itself: TrackedRequest): void;
}

/** The requests in flight on all connections, oldest first. At the limit, the oldest is evicted. */
export class InFlightRequests {
  readonly #requests = new Set<TrackedRequest>();
  readonly #onLimit: OnLimit;
  readonly #max: number;

  constructor(onLimit: OnLimit, max: number = LIMITS.requests_total.max) {
    this.#onLimit = onLimit;
    this.#max = max;
  }

  get size(): number {
    return this.#requests.size;
  }

  add(request: TrackedRequest): void {
    if (this.#requests.size >= this.#max) this.#evictOldest();
    this.#requests.add(request);
  }

  remove(request: TrackedRequest): void {
    this.#requests.delete(request);
  }

  #evictOldest(): void {
    for (const oldest of this.#requests) {
      this.#requests.delete(oldest);
      oldest.stopTracking(oldest);
      this.#onLimit('requests_total');
      return;
    }
  }
}
