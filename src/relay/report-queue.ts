import type { MonitorEvent, OperationEvent } from '../monitor/events.ts';
import { isOutcome, operationKey } from '../monitor/operation.ts';
import type { McpConnection, McpRequest } from '../monitor/traffic-events.ts';

/** An event that waits. An end that has overtaken its start stands for both. */
export interface QueuedEvent {
  readonly event: MonitorEvent;
  readonly start?: MonitorEvent;
}

/** So many places of events that were taken are kept at the most, for the sake of speed. */
const MAX_TAKEN = 1024;
const MAX_FACTS = 100;

/** A place in the queue; empty where its event need not be told any more. */
interface Entry {
  queued: QueuedEvent | null;
  isWaiting: boolean;
}

/** The start of something that is open. */
interface Open {
  readonly start: Entry;
  readonly event: MonitorEvent;
  /** Whether other operations were started inside: then its own start must go before theirs. */
  hasChildren: boolean;
  latest: OperationEvent | null;
}

/**
 * Events that wait for the hub, in memory that is bounded. When it is full, nothing new begins: whatever has no start
 * in it has no end either, so that the hub is never left with half of something. What ends while its start still waits
 * is told once.
 */
export class ReportQueue {
  readonly #maxEvents: number;
  #entries: Entry[] = [];
  /** Where the waiting ones begin. */
  #head = 0;
  #size = 0;
  readonly #connections = new Map<McpConnection, Open>();
  readonly #requests = new Map<McpRequest, Open>();
  readonly #operations = new Map<string, Open>();
  /** What is said once, and holds until it is said anew: who a server is, and whether it can be reached. */
  readonly #facts = new Map<string, MonitorEvent>();
  #lost = 0;

  constructor(maxEvents: number) {
    this.#maxEvents = maxEvents;
  }

  get size(): number {
    return this.#size;
  }

  add(event: MonitorEvent): void {
    switch (event.type) {
      case 'connection_opened':
        return this.#addStart(event, this.#connections, event.connection);
      case 'connection_closed':
        return this.#addEnd(event, this.#connections, event.connection);
      case 'request_started':
        return this.#addStart(event, this.#requests, event.request);
      case 'request_ended':
        return this.#addEnd(event, this.#requests, event.request);
      case 'operation':
        return this.#addOperation(event);
      default:
        this.#keepFact(event);
        return this.#addIf(this.#hasRoom, event);
    }
  }

  /** The next event; undefined where none waits. */
  take(): QueuedEvent | undefined {
    if (this.#head > MAX_TAKEN && this.#head * 2 > this.#entries.length) this.#forgetTaken();
    while (this.#head < this.#entries.length) {
      const entry = this.#entries[this.#head];
      this.#head += 1;
      if (!entry?.queued) continue;
      entry.isWaiting = false;
      this.#size -= 1;
      return entry.queued;
    }
    this.#forgetTaken();
    return undefined;
  }

  /** How many events were not admitted since this was asked last. */
  takeLost(): number {
    const lost = this.#lost;
    this.#lost = 0;
    return lost;
  }

  addLost(count: number): void {
    this.#lost += count;
  }

  /** Tells a hub that knows nothing what is open and what holds, before anything else. */
  announceOpen(): void {
    const open = [this.#connections, this.#requests, this.#operations].flatMap((map) => [...map.values()]);
    const announced = open
      .filter(({ start }) => !start.isWaiting)
      .flatMap(({ event, latest }) => (latest ? [event, latest] : [event]));
    const entries = [...announced, ...this.#facts.values()].map((event): Entry => ({
      queued: { event },
      isWaiting: true,
    }));
    this.#forgetTaken();
    this.#entries = [...entries, ...this.#entries];
    this.#size += entries.length;
  }

  #forgetTaken(): void {
    this.#entries = this.#entries.slice(this.#head);
    this.#head = 0;
  }

  get #hasRoom(): boolean {
    return this.#size < this.#maxEvents;
  }

  #keepFact(event: MonitorEvent): void {
    if (event.type !== 'server_seen' && event.type !== 'upstream_checked') return;
    const serverName = event.type === 'server_seen' ? event.connection.serverName : event.serverName;
    const key = `${event.type} ${serverName}`;
    if (this.#facts.size < MAX_FACTS || this.#facts.has(key)) this.#facts.set(key, event);
  }

  #addStart<K>(event: MonitorEvent, open: Map<K, Open>, key: K): void {
    if (!this.#hasRoom) return this.addLost(1);
    open.set(key, { start: this.#push({ event }), event, hasChildren: false, latest: null });
  }

  #addEnd<K>(event: MonitorEvent, open: Map<K, Open>, key: K): void {
    const opened = open.get(key);
    if (!opened) return this.addLost(1);
    open.delete(key);
    const isOvertaking = opened.start.isWaiting && !opened.hasChildren;
    if (!isOvertaking) return void this.#push({ event });
    opened.start.queued = null;
    this.#size -= 1;
    this.#push({ event, start: opened.event });
  }

  #addOperation(event: OperationEvent): void {
    const key = operationKey(event.sessionId, event.operationId);
    if (isOutcome(event.status)) return this.#addEnd(event, this.#operations, key);
    if (event.kind === 'started') {
      const parent =
        event.parentId === null
          ? undefined
          : this.#operations.get(operationKey(event.sessionId, event.parentId));
      if (parent) parent.hasChildren = true;
      return this.#addStart(event, this.#operations, key);
    }
    const opened = this.#operations.get(key);
    if (opened) opened.latest = event;
    this.#addIf(this.#hasRoom && opened !== undefined, event);
  }

  #addIf(isAdmitted: boolean, event: MonitorEvent): void {
    if (isAdmitted) this.#push({ event });
    else this.addLost(1);
  }

  #push(queued: QueuedEvent): Entry {
    const entry: Entry = { queued, isWaiting: true };
    this.#entries.push(entry);
    this.#size += 1;
    return entry;
  }
}
