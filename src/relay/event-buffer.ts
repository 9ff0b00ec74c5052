import type { MonitorEvent } from '../monitor/events.ts';
import { sizeOfDetails } from '../monitor/kept-details.ts';
import { LIMITS, type OnLimit } from '../monitor/limits.ts';

/** A buffered event. An end with a `start` stands for both. */
export interface QueuedEvent {
  readonly event: MonitorEvent;
  /** Milliseconds since the Unix epoch. */
  readonly atMs: number;
  readonly start?: MonitorEvent | undefined;
}

/** The place of an event in the buffer. */
export interface Place {
  /** Null if the event was removed. */
  queued: QueuedEvent | null;
  /** Approximate size of its details, in characters. */
  readonly size: number;
  isBuffered: boolean;
}

/** Minimum number of taken places to remove in one batch, which is faster. */
const MAX_TAKEN = 1024;

/** A FIFO buffer of events. The total size of their details is bounded. */
export class EventBuffer {
  readonly #onLimit: OnLimit;
  #places: Place[] = [];
  /** Index of the first buffered event. */
  #head = 0;
  #count = 0;
  /** Approximate size of all buffered details, in characters. */
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

  /** Inserts events at the front. */
  prepend(events: readonly QueuedEvent[]): void {
    const places = events.map((queued) => this.#placeOf(queued));
    this.#compact();
    this.#places = [...places, ...this.#places];
    this.#count += places.length;
  }

  /** Removes a buffered event. */
  remove(place: Place): void {
    place.queued = null;
    this.#leave(place);
  }

  /** Removes and returns the next event; undefined if the buffer is empty. */
  take(): QueuedEvent | undefined {
    if (this.#head > MAX_TAKEN && this.#head * 2 > this.#places.length) this.#compact();
    while (this.#head < this.#places.length) {
      const place = this.#places[this.#head];
      this.#head += 1;
      if (!place?.queued) continue;
      this.#leave(place);
      return place.queued;
    }
    this.#compact();
    return undefined;
  }

  #leave(place: Place): void {
    place.isBuffered = false;
    this.#count -= 1;
    this.#detailsSize -= place.size;
  }

  #compact(): void {
    this.#places = this.#places.slice(this.#head);
    this.#head = 0;
  }

  /** At the limit of details, further events are buffered without details, so that the hub still counts them. */
  #placeOf(queued: QueuedEvent): Place {
    const size = detailsSizeOf(queued.event) + detailsSizeOf(queued.start);
    if (size > 0 && this.#detailsSize + size > LIMITS.report_queue_bytes.max) {
      this.#onLimit('report_queue_bytes');
      const { event, start, atMs } = queued;
      const bare = { event: withoutDetails(event), start: start && withoutDetails(start), atMs };
      return { queued: bare, size: 0, isBuffered: true };
    }
    this.#detailsSize += size;
    return { queued, size, isBuffered: true };
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
