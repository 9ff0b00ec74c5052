import type { OperationEvent } from '../monitor/events.ts';
import { sizeOfDetails } from '../monitor/kept-details.ts';
import { LIMITS, type OnLimit } from '../monitor/limits.ts';
import { operationKey } from '../monitor/operation.ts';
import { Ring } from '../monitor/ring.ts';
import type { Redactor } from '../redaction/redactor.ts';
import { operationEventToWire } from '../wire-format/wire-format.ts';

/** Approximate size of an event without its details, in characters. */
const EVENT_SIZE = 500;

/** An operation event with its sequence number. It is serialized when the first client needs it. */
export class LoggedEvent {
  readonly seq: number;
  /** Without its details after it was serialized. */
  event: OperationEvent;
  /** Approximate size in characters. */
  size: number;
  readonly #redactor: Redactor;
  #json: string | undefined;

  constructor(seq: number, event: OperationEvent, redactor: Redactor) {
    this.seq = seq;
    this.event = event;
    this.size = EVENT_SIZE + sizeOfDetails(event.details);
    this.#redactor = redactor;
  }

  get json(): string {
    this.#json ??= this.#serialize();
    return this.#json;
  }

  get operationKey(): string {
    return operationKey(this.event.sessionId, this.event.operationId);
  }

  /** Details are objects of the caller. If they cannot be serialized, they are omitted. */
  #serialize(): string {
    const { details: _, ...event } = this.event;
    try {
      return JSON.stringify({ seq: this.seq, ...operationEventToWire(this.event, this.#redactor) });
    } catch {
      return JSON.stringify({ seq: this.seq, ...operationEventToWire(event, this.#redactor) });
    } finally {
      this.event = event;
    }
  }
}

export interface EventLogOptions {
  /** Maximum number of events. */
  readonly capacity: number;
  /** Redacts secrets in the events. */
  readonly redactor: Redactor;
  /** Maximum size of all events together. @defaultValue the limit `event_log_bytes` */
  readonly maxSize?: number | undefined;
  readonly onLimit?: OnLimit | undefined;
}

/** The latest operation events by sequence number, from which clients are served. */
export class EventLog {
  readonly #events: Ring<LoggedEvent>;
  readonly #redactor: Redactor;
  readonly #maxSize: number;
  readonly #onLimit: OnLimit;
  #lastSeq = 0;
  #size = 0;

  constructor({
    capacity,
    redactor,
    maxSize = LIMITS.event_log_bytes.max,
    onLimit = () => undefined,
  }: EventLogOptions) {
    this.#events = new Ring(capacity);
    this.#redactor = redactor;
    this.#maxSize = maxSize;
    this.#onLimit = onLimit;
  }

  append(event: OperationEvent): void {
    this.#lastSeq += 1;
    const logged = new LoggedEvent(this.#lastSeq, event, this.#redactor);
    this.#size += logged.size - sizeOf(this.#events.push(logged));
    while (this.#size > this.#maxSize && this.#events.size > 1) {
      this.#size -= sizeOf(this.#events.shift());
      this.#onLimit('event_log_bytes');
    }
  }

  get lastSeq(): number {
    return this.#lastSeq;
  }

  /** Whether the log still contains every event after `seq`. */
  reachesBackTo(seq: number): boolean {
    return seq >= this.#lastSeq - this.#events.size;
  }

  /** The event with this sequence number; undefined if it was evicted or does not exist yet. */
  at(seq: number): LoggedEvent | undefined {
    const index = seq - 1 - (this.#lastSeq - this.#events.size);
    return index < 0 ? undefined : this.#events.at(index);
  }

  /** The event as JSON. Updates its size, which differs from that of its details. */
  jsonOf(logged: LoggedEvent): string {
    const { json } = logged;
    this.#size += EVENT_SIZE + json.length - logged.size;
    logged.size = EVENT_SIZE + json.length;
    return json;
  }
}

function sizeOf(logged: LoggedEvent | undefined): number {
  return logged?.size ?? 0;
}
