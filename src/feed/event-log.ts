import type { OperationEvent } from '../monitor/events.ts';
import { sizeOfDetails } from '../monitor/kept-details.ts';
import { LIMITS, type OnLimit } from '../monitor/limits.ts';
import { operationKey } from '../monitor/operation.ts';
import { Ring } from '../monitor/ring.ts';
import type { Redactor } from '../redaction/redactor.ts';
import { operationEventToWire } from '../wire-format/wire-format.ts';

/** What an event takes without its details, roughly in characters. */
const EVENT_SIZE = 500;

/** An operation event with its number in the feed. It is turned into JSON when the first client needs it. */
export class LoggedEvent {
  readonly seq: number;
  /** Without its details, once it is JSON. */
  event: OperationEvent;
  /** What it takes, roughly in characters. */
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

  /** Details are a caller's objects: where they cannot be read, the event goes without them. */
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
  /** How many events are kept at the most. */
  readonly capacity: number;
  /** Removes secrets from what is sent. */
  readonly redactor: Redactor;
  /** What they may take together. @defaultValue the limit `event_log_bytes` */
  readonly maxSize?: number | undefined;
  readonly onLimit?: OnLimit | undefined;
}

/** The last operation events, by their numbers: what clients are sent from, each from its own place. */
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

  /** Whether every event after `seq` is still here. */
  reachesBackTo(seq: number): boolean {
    return seq >= this.#lastSeq - this.#events.size;
  }

  /** The event with this number; undefined if it is too old, or still to come. */
  at(seq: number): LoggedEvent | undefined {
    const index = seq - 1 - (this.#lastSeq - this.#events.size);
    return index < 0 ? undefined : this.#events.at(index);
  }

  /** The event as JSON, which takes other room than its details did. */
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
