import type { OperationEvent } from '../monitor/events.ts';
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
    this.#json ??= JSON.stringify({ seq: this.seq, ...operationEventToWire(this.event) });
    return this.#json;
  }

  /** The operation, uniquely: ids may be used again in other sessions. */
  get operationKey(): string {
    return `${this.event.sessionId}\n${this.event.operationId}`;
  }
}

/** The last `capacity` operation events, by their numbers, for clients that come back. */
export class EventLog {
  readonly #slots: (LoggedEvent | undefined)[];
  #lastSeq = 0;

  constructor(capacity: number) {
    this.#slots = Array.from({ length: capacity });
  }

  append(event: OperationEvent): LoggedEvent {
    this.#lastSeq += 1;
    const logged = new LoggedEvent(this.#lastSeq, event);
    this.#slots[this.#lastSeq % this.#slots.length] = logged;
    return logged;
  }

  get lastSeq(): number {
    return this.#lastSeq;
  }

  /** The events after `seq`, in order; null where the log does not reach back so far. */
  after(seq: number): LoggedEvent[] | null {
    if (this.#lastSeq - seq > this.#slots.length) return null;
    const events: LoggedEvent[] = [];
    for (let next = seq + 1; next <= this.#lastSeq; next++) {
      const logged = this.#slots[next % this.#slots.length];
      if (logged) events.push(logged);
    }
    return events;
  }
}
