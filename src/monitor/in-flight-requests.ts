import { LIMITS, type OnLimit } from './limits.ts';

/** A request in flight. */
export interface FollowedRequest {
  /** Stops following `itself`. One function for all requests of a connection: they are many. */
  stopFollowing(itself: FollowedRequest): void;
}

/** The requests in flight on all connections, oldest first. One too many, and the oldest is no longer followed. */
export class InFlightRequests {
  readonly #requests = new Set<FollowedRequest>();
  readonly #onLimit: OnLimit;
  readonly #max: number;

  constructor(onLimit: OnLimit, max: number = LIMITS.requests_total.max) {
    this.#onLimit = onLimit;
    this.#max = max;
  }

  get size(): number {
    return this.#requests.size;
  }

  add(request: FollowedRequest): void {
    if (this.#requests.size >= this.#max) this.#letGoOfOldest();
    this.#requests.add(request);
  }

  remove(request: FollowedRequest): void {
    this.#requests.delete(request);
  }

  #letGoOfOldest(): void {
    for (const oldest of this.#requests) {
      this.#requests.delete(oldest);
      oldest.stopFollowing(oldest);
      this.#onLimit('requests_total');
      return;
    }
  }
}
