import type { EventDeclaration } from '../monitor/event-table.ts';
import { EVENTS, type MonitorEvent, type OperationEvent } from '../monitor/events.ts';
import { LIMITS, type OnLimit } from '../monitor/limits.ts';
import { operationKey } from '../monitor/operation.ts';
import { isOutcome } from '../monitor/outcomes.ts';
import type { McpConnection, McpRequest } from '../monitor/traffic-events.ts';
import { EventBuffer, type Place, type QueuedEvent } from './event-buffer.ts';

const MAX_FACTS = 100;
const MAX_TOOLS = LIMITS.known_names.max;

type DeclaredEvent = Exclude<MonitorEvent, { type: 'operation' | 'session' }>;

/** The start event of an open connection, request or operation. */
interface Open {
  readonly start: Place;
  readonly queued: QueuedEvent;
  /** Whether it has child operations. Then its start must be sent before theirs. */
  hasChildren: boolean;
  latest: OperationEvent | null;
}

/**
 * A bounded queue of events for the hub. When it is full, new events are dropped. An end is queued only if its start was
 * queued, so that the hub never receives one without the other. If an end arrives while its start is still buffered, both
 * are sent as one event. Each event's declaration names its rule.
 */
export class ReportQueue {
  readonly #maxEvents: number;
  readonly #buffer: EventBuffer;
  /** By connection, request or operation key. */
  readonly #open = new Map<McpConnection | McpRequest | string, Open>();
  /** By type and server, or by server and tool. */
  readonly #facts = new Map<string, MonitorEvent>();
  readonly #tools = new Map<string, MonitorEvent>();
  /** Sessions with operations that were sent or are buffered. */
  readonly #sessions = new Set<string>();
  readonly #subscriptions = new Map<McpConnection, number>();
  /** Buffered events whose count still grows, by their other fields. */
  readonly #sums = new Map<string, Place>();
  #lost = 0;

  constructor(maxEvents: number, onLimit: OnLimit = () => undefined) {
    this.#maxEvents = maxEvents;
    this.#buffer = new EventBuffer(onLimit);
  }

  get size(): number {
    return this.#buffer.count;
  }

  /** @param atMs - now, in milliseconds since the Unix epoch */
  add(event: MonitorEvent, atMs: number): void {
    const queued = { event, atMs };
    if (event.type === 'operation') return this.#addOperation(queued, event);
    if (event.type !== 'session') return this.#addDeclared(queued, event);
    if (event.kind !== 'closed') return;
    if (this.#sessions.delete(event.session.sessionId) || this.#hasRoom) this.#buffer.push(queued);
  }

  /** A client's current number of subscriptions. If a change was dropped, the next one corrects it. */
  subscriptionsOf(connection: McpConnection): number {
    return this.#subscriptions.get(connection) ?? 0;
  }

  /** The next event; undefined if the buffer is empty. */
  take(): QueuedEvent | undefined {
    return this.#buffer.take();
  }

  /** Number of events dropped since the last call. */
  takeLost(): number {
    const lost = this.#lost;
    this.#lost = 0;
    return lost;
  }

  addLost(count: number): void {
    this.#lost += count;
  }

  /** After a restart of the hub: buffers all open starts, facts and totals before all other events. */
  announceOpen(): void {
    const open = [...this.#open.values()]
      .filter(({ start }) => !start.isBuffered)
      .flatMap(({ queued, latest }) => (latest ? [queued, { event: latest, atMs: 0 }] : [queued]));
    const totals = [...this.#subscriptions.keys()].map((connection): MonitorEvent => ({
      type: 'subscriptions_changed',
      connection,
      change: 0,
    }));
    const state = [...this.#facts.values(), ...this.#tools.values(), ...totals].map((event) => ({
      event,
      atMs: 0,
    }));
    this.#buffer.prepend([...open, ...state]);
  }

  get #hasRoom(): boolean {
    return this.#buffer.count < this.#maxEvents;
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
        return void this.#buffer.push(queued);
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
    if (isAdmitted) this.#buffer.push(queued);
    else this.addLost(1);
  }

  #addStart(queued: QueuedEvent, subject: McpConnection | McpRequest | string): void {
    if (!this.#hasRoom) return this.addLost(1);
    this.#open.set(subject, { start: this.#buffer.push(queued), queued, hasChildren: false, latest: null });
  }

  #addEnd(queued: QueuedEvent, subject: McpConnection | McpRequest | string): void {
    const opened = this.#open.get(subject);
    if (!opened) return this.addLost(1);
    this.#open.delete(subject);
    const canMerge = opened.start.isBuffered && !opened.hasChildren;
    if (!canMerge) return void this.#buffer.push(queued);
    this.#buffer.remove(opened.start);
    this.#buffer.push({ ...queued, start: opened.queued.event });
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
    if (event.type === 'tool_listed') {
      keep(this.#tools, `${serverOf(event)} ${event.toolName}`, event, MAX_TOOLS);
    } else keep(this.#facts, `${event.type} ${serverOf(event)}`, event, MAX_FACTS);
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
    const place = this.#sums.get(key);
    const before = place?.isBuffered ? place.queued : null;
    if (place && before && 'count' in before.event) {
      place.queued = { ...before, event: { ...event, count: before.event.count + event.count } };
    } else if (this.#hasRoom) this.#sums.set(key, this.#buffer.push(queued));
    else this.addLost(1);
  }
}

function keep(facts: Map<string, MonitorEvent>, key: string, event: MonitorEvent, max: number): void {
  if (facts.size < max || facts.has(key)) facts.set(key, event);
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
