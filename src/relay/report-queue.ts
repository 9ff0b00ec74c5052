import type { MonitorEvent, OperationEvent } from '../monitor/events.ts';
import { sizeOfDetails } from '../monitor/kept-details.ts';
import { LIMITS, type LimitName, type OnLimit } from '../monitor/limits.ts';
import { isOutcome, operationKey } from '../monitor/operation.ts';
import type { McpConnection, McpRequest, TrafficEvent } from '../monitor/traffic-events.ts';

/** An event that waits. An end that has overtaken its start stands for both. */
export interface QueuedEvent {
  readonly event: MonitorEvent;
  /** Milliseconds since the Unix epoch. */
  readonly atMs: number;
  readonly start?: MonitorEvent | undefined;
}

/** So many places of events that were taken are kept at the most, for the sake of speed. */
const MAX_TAKEN = 1024;
const MAX_FACTS = 100;

/** A place in the queue; empty where its event need not be told any more. */
interface Entry {
  queued: QueuedEvent | null;
  /** Of its details, roughly in characters. */
  size: number;
  isWaiting: boolean;
}

/** The start of something that is open. */
interface Open {
  readonly start: Entry;
  readonly queued: QueuedEvent;
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
  /** What is said once, and holds until it is said anew: who a server is, that it runs, whether it can be reached. */
  readonly #facts = new Map<string, MonitorEvent>();
  /** Those of which the hub hears, or is going to. */
  readonly #sessions = new Set<string>();
  readonly #subscriptions = new Map<McpConnection, number>();
  /** Limits that were reached: what waits is counted up, so that a flood takes one place. */
  readonly #limits = new Map<LimitName, Entry>();
  readonly #onLimit: OnLimit;
  #lost = 0;
  /** Of all details that wait. */
  #detailsSize = 0;

  constructor(maxEvents: number, onLimit: OnLimit = () => undefined) {
    this.#maxEvents = maxEvents;
    this.#onLimit = onLimit;
  }

  get size(): number {
    return this.#size;
  }

  /** @param atMs - now, in milliseconds since the Unix epoch */
  add(event: MonitorEvent, atMs: number): void {
    const queued = { event, atMs };
    switch (event.type) {
      case 'connection_opened':
        return this.#addStart(queued, this.#connections, event.connection);
      case 'connection_closed':
        return this.#addEnd(queued, this.#connections, event.connection);
      case 'request_started':
        return this.#addStart(queued, this.#requests, event.request);
      case 'request_ended':
      case 'request_unfollowed':
        return this.#addEnd(queued, this.#requests, event.request);
      case 'limit_reached':
        return this.#addLimit(queued, event);
      case 'operation':
        return this.#addOperation(queued, event);
      case 'session':
        // A session that the hub does not know need not be closed.
        if (this.#sessions.delete(event.session.sessionId)) this.#push(queued);
        return;
      case 'child_exited':
        // The end of everything, and of much that had been admitted.
        return void this.#push(queued);
      case 'subscriptions_changed':
        this.#countSubscriptions(event);
        return this.#addIf(this.#hasRoom, queued);
      default:
        this.#keepFact(event);
        return this.#addIf(this.#hasRoom, queued);
    }
  }

  /** How many a connection's client holds now: a change that was not admitted is made up for by the next one. */
  subscriptionsOf(connection: McpConnection): number {
    return this.#subscriptions.get(connection) ?? 0;
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
      this.#detailsSize -= entry.size;
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
      .flatMap(({ queued, latest }) => (latest ? [queued, { event: latest, atMs: 0 }] : [queued]));
    const facts = [...this.#facts.values(), ...this.#subscriptionEvents()].map((event) => ({
      event,
      atMs: 0,
    }));
    const entries = [...announced, ...facts].map((queued) => this.#entryOf(queued));
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
    if (event.type !== 'server_seen' && event.type !== 'upstream_checked' && event.type !== 'child_started')
      return;
    const serverName = event.type === 'server_seen' ? event.connection.serverName : event.serverName;
    const key = `${event.type} ${serverName}`;
    if (this.#facts.size < MAX_FACTS || this.#facts.has(key)) this.#facts.set(key, event);
  }

  #countSubscriptions({
    connection,
    change,
  }: Extract<TrafficEvent, { type: 'subscriptions_changed' }>): void {
    const active = this.subscriptionsOf(connection) + change;
    if (active > 0) this.#subscriptions.set(connection, active);
    else this.#subscriptions.delete(connection);
  }

  #subscriptionEvents(): MonitorEvent[] {
    return [...this.#subscriptions.keys()].map((connection) => ({
      type: 'subscriptions_changed',
      connection,
      change: 0,
    }));
  }

  #addStart<K>(queued: QueuedEvent, open: Map<K, Open>, key: K): void {
    if (!this.#hasRoom) return this.addLost(1);
    open.set(key, { start: this.#push(queued), queued, hasChildren: false, latest: null });
  }

  #addEnd<K>(queued: QueuedEvent, open: Map<K, Open>, key: K): void {
    const opened = open.get(key);
    if (!opened) return this.addLost(1);
    open.delete(key);
    const isOvertaking = opened.start.isWaiting && !opened.hasChildren;
    if (!isOvertaking) return void this.#push(queued);
    opened.start.queued = null;
    this.#size -= 1;
    this.#detailsSize -= opened.start.size;
    this.#push({ ...queued, start: opened.queued.event });
  }

  #addOperation(queued: QueuedEvent, event: OperationEvent): void {
    const { sessionId, parentId } = event;
    const key = operationKey(sessionId, event.operationId);
    if (isOutcome(event.status)) return this.#addEnd(queued, this.#operations, key);
    if (event.kind === 'started') {
      const parent = parentId === null ? undefined : this.#operations.get(operationKey(sessionId, parentId));
      if (parent) parent.hasChildren = true;
      if (this.#hasRoom) this.#sessions.add(sessionId);
      return this.#addStart(queued, this.#operations, key);
    }
    const opened = this.#operations.get(key);
    if (opened) opened.latest = event;
    this.#addIf(this.#hasRoom && opened !== undefined, queued);
  }

  #addIf(isAdmitted: boolean, queued: QueuedEvent): void {
    if (isAdmitted) this.#push(queued);
    else this.addLost(1);
  }

  #addLimit(queued: QueuedEvent, { type, limit, count }: Extract<MonitorEvent, { type: 'limit_reached' }>) {
    const waiting = this.#limits.get(limit);
    if (waiting?.isWaiting && waiting.queued?.event.type === type) {
      const event = { type, limit, count: waiting.queued.event.count + count } as const;
      waiting.queued = { ...waiting.queued, event };
    } else if (this.#hasRoom) this.#limits.set(limit, this.#push(queued));
    else this.addLost(1);
  }

  /** Once the details that wait are too large, events wait without theirs: what they count is still told. */
  #entryOf(queued: QueuedEvent): Entry {
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

  #push(queued: QueuedEvent): Entry {
    const entry = this.#entryOf(queued);
    this.#entries.push(entry);
    this.#size += 1;
    return entry;
  }
}

function detailsSizeOf(event: MonitorEvent | undefined): number {
  return event?.type === 'operation' ? sizeOfDetails(event.details) : 0;
}

export function withoutDetails(event: MonitorEvent): MonitorEvent {
  if (event.type !== 'operation') return event;
  const { details: _, ...rest } = event;
  return rest;
}
