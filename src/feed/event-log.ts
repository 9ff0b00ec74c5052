import type { OperationEvent } from '../monitor/events.ts';
import { operationKey } from '../monitor/operation.ts';
import type { Redactor } from '../monitor/redaction.ts';
import { operationEventToWire } from '../monitor/wire-format.ts';

/** An operation event with its number in the feed. It is turned into JSON when the first client needs it. */
export class LoggedEvent {
  readonly seq: number;
  readonly event: OperationEvent;
  readonly #redactor: Redactor;
  #json: string | undefined;

  constructor(seq: number, event: OperationEvent, redactor: Redactor) {
    this.seq = seq;
    this.event = event;
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
    try {
      return JSON.stringify({ seq: this.seq, ...operationEventToWire(this.event, this.#redactor) });
    } catch {
      const { details: _, ...event } = this.event;
      return JSON.stringify({ seq: this.seq, ...operationEventToWire(event, this.#redactor) });
    }
  }
}

/** The last `capacity` operation events, by their numbers: what clients are sent from, each from its own place. */
export class EventLog {
  readonly #slots: (LoggedEvent | undefined)[];
  readonly #redactor: Redactor;
  #lastSeq = 0;

  constructor(capacity: number, redactor: Redactor) {
    this.#redactor = redactor;
    this.#slots = Array.from({ length: capacity });
  }

  append(event: OperationEvent): void {
    this.#lastSeq += 1;
    this.#slots[this.#lastSeq % this.#slots.length] = new LoggedEvent(this.#lastSeq, event, this.#redactor);
  }

  get lastSeq(): number {
    return this.#lastSeq;
  }

  /** Whether every event after `seq` is still here. */
  reachesBackTo(seq: number): boolean {
    return this.#lastSeq - seq <= this.#slots.length;
  }

  /** The event with this number; undefined where it is too old, or still to come. */
  at(seq: number): LoggedEvent | undefined {
    const logged = this.#slots[seq % this.#slots.length];
    return logged?.seq === seq ? logged : undefined;
  }
}
