import type { MonitorEvent } from '../monitor/events.ts';
import { sizeOfDetails } from '../monitor/kept-details.ts';
import { LIMITS, type OnLimit } from '../monitor/limits.ts';

/** An event that waits. An end that has overtaken its start stands for both. */
export interface QueuedEvent {
  readonly event: MonitorEvent;
  /** Milliseconds since the Unix epoch. */
  readonly atMs: number;
  readonly start?: MonitorEvent | undefined;
}

/** The place of an event among those that wait. */
export interface Place {
  /** Null once the event need not be sent any more. */
  queued: QueuedEvent | null;
  /** Of its details, roughly in characters. */
  readonly size: number;
  isWaiting: boolean;
}

/** Places of events that were taken are removed in batches of at least so many, which is faster. */
const MAX_TAKEN = 1024;

/** The events that wait, in their order. Their details are bounded together. */
export class WaitingEvents {
  readonly #onLimit: OnLimit;
  #places: Place[] = [];
  /** Where the waiting ones begin. */
  #head = 0;
  #count = 0;
  /** Of all details that wait. */
  #detailsSize = 0;

  constructor(onLimit: OnLimit) {
    this.#onLimit = onLimit;
  }

  get count(): number {
    return this.#count;
  }

  push(queued: QueuedEvent): Place {
    const place = this.#placeOf(queued);
    this.#places.push(place);
    this.#count += 1;
    return place;
  }

  /** Puts events before all that wait. */
  prepend(events: readonly QueuedEvent[]): void {
    const places = events.map((queued) => this.#placeOf(queued));
    this.#forgetTaken();
    this.#places = [...places, ...this.#places];
    this.#count += places.length;
  }

  /** Removes an event that still waits. */
  remove(place: Place): void {
    place.queued = null;
    this.#leave(place);
  }

  /** The next event, which waits no longer; undefined if none waits. */
  take(): QueuedEvent | undefined {
    if (this.#head > MAX_TAKEN && this.#head * 2 > this.#places.length) this.#forgetTaken();
    while (this.#head < this.#places.length) {
      const place = this.#places[this.#head];
      this.#head += 1;
      if (!place?.queued) continue;
      this.#leave(place);
      return place.queued;
    }
    this.#forgetTaken();
    return undefined;
  }

  #leave(place: Place): void {
    place.isWaiting = false;
    this.#count -= 1;
    this.#detailsSize -= place.size;
  }

  #forgetTaken(): void {
    this.#places = this.#places.slice(this.#head);
    this.#head = 0;
  }

  /** Once the details that wait are too large, events wait without theirs: the hub still counts them. */
  #placeOf(queued: QueuedEvent): Place {
    const size = detailsSizeOf(queued.event) + detailsSizeOf(queued.start);
    if (size > 0 && this.#detailsSize + size > LIMITS.report_queue_bytes.max) {
      this.#onLimit('report_queue_bytes');
      const { event, start, atMs } = queued;
      const bare = { event: withoutDetails(event), start: start && withoutDetails(start), atMs };
      return { queued: bare, size: 0, isWaiting: true };
    }
    this.#detailsSize += size;
    return { queued, size, isWaiting: true };
  }
}

export function withoutDetails(event: MonitorEvent): MonitorEvent {
  if (event.type !== 'operation') return event;
  const { details: _, ...rest } = event;
  return rest;
}

function detailsSizeOf(event: MonitorEvent | undefined): number {
  return event?.type === 'operation' ? sizeOfDetails(event.details) : 0;
}
