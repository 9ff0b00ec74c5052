import type { EventDeclaration } from '../monitor/event-table.ts';
import { EVENTS, type MonitorEvent, type OperationEvent } from '../monitor/events.ts';
import type { OnLimit } from '../monitor/limits.ts';
import { operationKey } from '../monitor/operation.ts';
import { isOutcome } from '../monitor/outcomes.ts';
import type { McpConnection, McpRequest } from '../monitor/traffic-events.ts';
import { WaitingEvents, type Place, type QueuedEvent } from './waiting-events.ts';

const MAX_FACTS = 100;

type DeclaredEvent = Exclude<MonitorEvent, { type: 'operation' | 'session' }>;

/** The buffered start of an open connection, request or operation. */
interface Open {
  readonly start: Place;
  readonly queued: QueuedEvent;
  /** Whether it has child operations: then its start must be sent before theirs. */
  hasChildren: boolean;
  latest: OperationEvent | null;
}

/**
 * The bounded buffer of events for the hub. When it is full, new starts are dropped. An end is buffered only if its start
 * was, so that the hub never receives one without the other. If an end arrives while its start is still buffered, both are
 * sent as one event. Each event's declaration names its rule.
 */
export class ReportQueue {
  readonly #maxEvents: number;
  readonly #waiting: WaitingEvents;
  /** By connection, request, or key of an operation. */
  readonly #open = new Map<McpConnection | McpRequest | string, Open>();
  /** By type and server. */
  readonly #facts = new Map<string, MonitorEvent>();
  /** Sessions with operations that were sent or are buffered. */
  readonly #sessions = new Set<string>();
  readonly #subscriptions = new Map<McpConnection, number>();
  /** Buffered events whose count still grows, by their other fields. */
  readonly #sums = new Map<string, Place>();
  #lost = 0;

  constructor(maxEvents: number, onLimit: OnLimit = () => undefined) {
    this.#maxEvents = maxEvents;
    this.#waiting = new WaitingEvents(onLimit);
  }

  get size(): number {
    return this.#waiting.count;
  }

  /** @param atMs - now, in milliseconds since the Unix epoch */
  add(event: MonitorEvent, atMs: number): void {
    const queued = { event, atMs };
    if (event.type === 'operation') return this.#addOperation(queued, event);
    if (event.type !== 'session') return this.#addDeclared(queued, event);
    // The hub knows only sessions that had operations.
    if (this.#sessions.delete(event.session.sessionId)) this.#waiting.push(queued);
  }

  /** A client's current number of subscriptions. If a change was dropped, the next one corrects it. */
  subscriptionsOf(connection: McpConnection): number {
    return this.#subscriptions.get(connection) ?? 0;
  }

  /** The next event; undefined if the buffer is empty. */
  take(): QueuedEvent | undefined {
    return this.#waiting.take();
  }

  /** How many events were dropped since the last call. */
  takeLost(): number {
    const lost = this.#lost;
    this.#lost = 0;
    return lost;
  }

  addLost(count: number): void {
    this.#lost += count;
  }

  /** Buffers all that is open, and all facts, in front of everything else: for a hub that has restarted. */
  announceOpen(): void {
    const open = [...this.#open.values()]
      .filter(({ start }) => !start.isWaiting)
      .flatMap(({ queued, latest }) => (latest ? [queued, { event: latest, atMs: 0 }] : [queued]));
    const totals = [...this.#subscriptions.keys()].map((connection): MonitorEvent => ({
      type: 'subscriptions_changed',
      connection,
      change: 0,
    }));
    const holding = [...this.#facts.values(), ...totals].map((event) => ({ event, atMs: 0 }));
    this.#waiting.prepend([...open, ...holding]);
  }

  get #hasRoom(): boolean {
    return this.#waiting.count < this.#maxEvents;
  }

  #addDeclared(queued: QueuedEvent, event: DeclaredEvent): void {
    const { queue = 'if_room' }: EventDeclaration = EVENTS[event.type];
    switch (queue) {
      case 'start':
        return this.#addStart(queued, subjectOf(event));
      case 'end':
        return this.#addEnd(queued, subjectOf(event));
      case 'sum':
        return this.#addSum(queued, event);
      case 'always':
        return void this.#waiting.push(queued);
      case 'fact':
        this.#keepFact(event);
        break;
      case 'total':
        this.#addToTotal(event);
        break;
      case 'if_room':
        break;
    }
    this.#addIf(this.#hasRoom, queued);
  }

  #addIf(isAdmitted: boolean, queued: QueuedEvent): void {
    if (isAdmitted) this.#waiting.push(queued);
    else this.addLost(1);
  }

  #addStart(queued: QueuedEvent, subject: McpConnection | McpRequest | string): void {
    if (!this.#hasRoom) return this.addLost(1);
    this.#open.set(subject, { start: this.#waiting.push(queued), queued, hasChildren: false, latest: null });
  }

  #addEnd(queued: QueuedEvent, subject: McpConnection | McpRequest | string): void {
    const opened = this.#open.get(subject);
    if (!opened) return this.addLost(1);
    this.#open.delete(subject);
    const isOvertaking = opened.start.isWaiting && !opened.hasChildren;
    if (!isOvertaking) return void this.#waiting.push(queued);
    this.#waiting.remove(opened.start);
    this.#waiting.push({ ...queued, start: opened.queued.event });
  }

  #addOperation(queued: QueuedEvent, event: OperationEvent): void {
    const { sessionId, parentId } = event;
    const key = operationKey(sessionId, event.operationId);
    if (isOutcome(event.status)) return this.#addEnd(queued, key);
    if (event.kind === 'started') {
      const parent = parentId === null ? undefined : this.#open.get(operationKey(sessionId, parentId));
      if (parent) parent.hasChildren = true;
      if (this.#hasRoom) this.#sessions.add(sessionId);
      return this.#addStart(queued, key);
    }
    const opened = this.#open.get(key);
    if (opened) opened.latest = event;
    this.#addIf(this.#hasRoom && opened !== undefined, queued);
  }

  #keepFact(event: DeclaredEvent): void {
    const key = `${event.type} ${serverOf(event)}`;
    if (this.#facts.size < MAX_FACTS || this.#facts.has(key)) this.#facts.set(key, event);
  }

  #addToTotal(event: DeclaredEvent): void {
    if (!('change' in event)) return;
    const active = this.subscriptionsOf(event.connection) + event.change;
    if (active > 0) this.#subscriptions.set(event.connection, active);
    else this.#subscriptions.delete(event.connection);
  }

  #addSum(queued: QueuedEvent, event: DeclaredEvent): void {
    if (!('count' in event)) return this.#addIf(this.#hasRoom, queued);
    const key = JSON.stringify({ ...event, count: 0 });
    const waiting = this.#sums.get(key);
    const before = waiting?.isWaiting ? waiting.queued : null;
    if (waiting && before && 'count' in before.event) {
      waiting.queued = { ...before, event: { ...event, count: before.event.count + event.count } };
    } else if (this.#hasRoom) this.#sums.set(key, this.#waiting.push(queued));
    else this.addLost(1);
  }
}

/** The connection, request or operation that the event starts or ends. */
function subjectOf(event: DeclaredEvent): McpRequest | McpConnection | string {
  if ('request' in event) return event.request;
  return 'connection' in event ? event.connection : event.type;
}

function serverOf(event: DeclaredEvent): string {
  if ('serverName' in event) return event.serverName;
  return 'connection' in event ? event.connection.serverName : '';
}
