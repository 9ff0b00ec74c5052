import type { OperationEvent } from '../monitor/events.ts';
import { operationKey } from '../monitor/operation.ts';
import { operationEventToWire } from '../monitor/wire-format.ts';

/** An operation event with its number in the feed. It is turned into JSON when the first client needs it. */
export class LoggedEvent {
  readonly seq: number;
  readonly event: OperationEvent;
  #json: string | undefined;

  constructor(seq: number, event: OperationEvent) {
    this.seq = seq;
    this.event = event;
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
      return JSON.stringify({ seq: this.seq, ...operationEventToWire(this.event) });
    } catch {
      const { details: _, ...event } = this.event;
      return JSON.stringify({ seq: this.seq, ...operationEventToWire(event) });
    }
  }
}

/** The last `capacity` operation events, by their numbers: what clients are sent from, each from its own place. */
export class EventLog {
  readonly #slots: (LoggedEvent | undefined)[];
  #lastSeq = 0;

  constructor(capacity: number) {
    this.#slots = Array.from({ length: capacity });
  }

  append(event: OperationEvent): void {
    this.#lastSeq += 1;
    this.#slots[this.#lastSeq % this.#slots.length] = new LoggedEvent(this.#lastSeq, event);
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
