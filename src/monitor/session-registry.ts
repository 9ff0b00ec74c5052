import { systemClock, type Clock } from './clock.ts';
import { EventBus } from './event-bus.ts';
import type { MonitorEvent, OperationEvent, SessionEvent, Subscriber } from './events.ts';
import type { FaultPart, OnFault } from './faults.ts';
import { Allowance } from './allowance.ts';
import { InFlightRequests } from './in-flight-requests.ts';
import { LIMITS, type LimitName } from './limits.ts';
import { MonitorBounds, type MonitorBoundsOptions } from './monitor-bounds.ts';
import { RealtimeMonitor } from './realtime-monitor.ts';
import { Redactor } from '../redaction/redactor.ts';
import { SessionChanges } from './session-changes.ts';
import { quietest, sessionToEvict } from './session-eviction.ts';
import { learnFacts, summarizeSession } from './session.ts';
import type { ClientInfo, Session, SessionFacts, SessionOwner } from './session.ts';
import { KEPT_OPERATIONS, KEPT_SESSIONS } from './retention.ts';
import type { SessionSummary } from './session-summary.ts';
import { keptName, wireName } from './wire-name.ts';

/**
 * Options of {@link SessionRegistry}.
 *
 * @see {@link SessionRegistry} for an example
 */
export interface SessionRegistryOptions {
  /** @defaultValue the system's clocks */
  clock?: Clock;
  /**
   * How many sessions are kept. Beyond that, the owner with the most sessions loses its longest inactive one. Closed
   * sessions are evicted first, and sessions with active operations last.
   * @defaultValue 200
   */
  maxSessions?: number;
  /**
   * How many ended operations each session keeps.
   * @defaultValue 1000
   */
  maxEndedOperations?: number;
  /** Removes secrets from data before it leaves the process. @defaultValue a redactor without custom patterns */
  redactor?: Redactor;
  /**
   * Active operations in all sessions. Beyond that, the oldest one of the session with the most active operations is no
   * longer tracked.
   * @defaultValue 20000
   */
  maxActiveOperations?: number;
  /**
   * Tracked requests in flight on all connections. Beyond that, the oldest ends as unobserved.
   * @defaultValue 20000
   */
  maxRequests?: number;
  /** Limits that the monitors of all sessions share. @defaultValue the limits in docs/limits.md */
  bounds?: Omit<MonitorBoundsOptions, 'onLimit' | 'redactor'>;
  /** Called on every fault, such as an error of a subscriber. @defaultValue faults are ignored */
  onFault?: OnFault;
}

const THIS_PROCESS: SessionOwner = { client: '' };

/**
 * All sessions of an exporter, and the event stream that its features subscribe to.
 *
 * @example
 * ```ts
 * import { SessionRegistry } from 'mcp-exporter/hook';
 *
 * const sessions = new SessionRegistry();
 * sessions.subscribe((event) => {
 *   if (event.type === 'operation') console.log(event.sessionId, event.operationName, event.kind);
 * });
 * await sessions.open('nightly').run('cleanup', () => undefined);
 * sessions.close('nightly');
 * // nightly cleanup started
 * // nightly cleanup completed
 * ```
 */
export class SessionRegistry {
  /** Must be applied to all session data that leaves the process. */
  readonly redactor: Redactor;
  readonly #clock: Clock;
  readonly #maxSessions: number;
  readonly #maxEndedOperations: number;
  readonly #maxActiveOperations: number;
  readonly #bounds: MonitorBounds;
  readonly #allowances = new Map<LimitName, Allowance>();
  /** The tracked requests in flight of all connections. */
  readonly requests: InFlightRequests;
  readonly #changes = new SessionChanges(
    (session) => this.#publishSession('changed', session),
    (error) => this.reportError(error),
  );
  #activeOperations = 0;
  readonly #onFault: OnFault;
  readonly #events: EventBus<MonitorEvent>;
  readonly #sessions = new Map<string, Session>();
  readonly #reportFault: OnFault = (part, error) => this.reportFault(part, error);

  constructor(options: SessionRegistryOptions = {}) {
    this.redactor = options.redactor ?? new Redactor();
    this.#clock = options.clock ?? systemClock;
    this.#maxSessions = options.maxSessions ?? KEPT_SESSIONS;
    this.#maxEndedOperations = options.maxEndedOperations ?? KEPT_OPERATIONS;
    this.#maxActiveOperations = options.maxActiveOperations ?? LIMITS.operations_total.max;
    this.#bounds = new MonitorBounds({
      ...options.bounds,
      onLimit: this.reportLimit,
      redactor: this.redactor,
    });
    this.requests = new InFlightRequests(this.reportLimit, options.maxRequests);
    this.#onFault = options.onFault ?? (() => undefined);
    this.#events = new EventBus(this.#reportFault);
  }

  /**
   * Returns the monitor of session `sessionId`. Opens the session if it is unknown, and reopens it if it is closed.
   *
   * @throws TypeError if `sessionId` is empty
   * @param serverName - the MCP server of a new session
   * @param owner - the owner of a new session, for limits
   * @param facts - what has become known about the session
   */
  open(
    sessionId: string,
    serverName: string | null = null,
    owner: SessionOwner = THIS_PROCESS,
    facts: SessionFacts = {},
  ): RealtimeMonitor {
    const known = this.#find(sessionId);
    if (known) {
      const hasChanged = learnFacts(known, facts, this.#clock.now());
      if (known.isClosed) {
        known.isClosed = false;
        this.#publishSession('opened', known);
      } else if (hasChanged) this.#changes.add(known);
      return known.monitor;
    }
    const monitor = new RealtimeMonitor(sessionId, {
      clock: this.#clock,
      maxEndedOperations: this.#maxEndedOperations,
      onSubscriberError: (error) => this.reportFault('subscriber', error),
      bounds: this.#bounds,
    });
    const now = this.#clock.now();
    const session: Session = {
      owner,
      monitor,
      serverName: serverName === null ? null : wireName(serverName, this.reportLimit),
      proxyName: null,
      client: null,
      server: null,
      openedAtMs: now,
      lastActivityAtMs: facts.lastActivityAtMs ?? now,
      isClosed: false,
    };
    learnFacts(session, facts, now);
    monitor.addSubscriber((event) => this.#onOperation(session, event));
    this.#makeRoom(owner);
    this.#sessions.set(monitor.sessionId, session);
    this.#publishSession('opened', session);
    return monitor;
  }

  /**
   * Adds facts to a session.
   *
   * @returns false if the session is unknown
   */
  learn(sessionId: string, facts: SessionFacts): boolean {
    const session = this.#find(sessionId);
    if (!session) return false;
    if (learnFacts(session, facts, this.#clock.now()) && !session.isClosed) this.#changes.add(session);
    return true;
  }

  /** The monitor of a known session. */
  get(sessionId: string): RealtimeMonitor | undefined {
    return this.#find(sessionId)?.monitor;
  }

  /** The MCP server of a session, or null. */
  serverNameOf(sessionId: string): string | null {
    return this.#find(sessionId)?.serverName ?? null;
  }

  /** The MCP client of a session, or null. */
  clientOf(sessionId: string): ClientInfo | null {
    return this.#find(sessionId)?.client ?? null;
  }

  /** The monitors of all sessions. */
  monitors(): RealtimeMonitor[] {
    return [...this.#sessions.values()].map(({ monitor }) => monitor);
  }

  /** Marks a session as closed. It stays readable until it is evicted. */
  close(sessionId: string): void {
    const session = this.#find(sessionId);
    if (!session || session.isClosed) return;
    session.isClosed = true;
    this.#changes.delete(session);
    this.#publishSession('closed', session);
  }

  /** The sessions, the latest opened first. */
  list(): SessionSummary[] {
    return [...this.#sessions.values()]
      .map((session) => summarizeSession(session, this.redactor))
      .toReversed();
  }

  /** The summary of a known session. */
  summary(sessionId: string): SessionSummary | undefined {
    const session = this.#find(sessionId);
    return session && summarizeSession(session, this.redactor);
  }

  /**
   * Calls `subscriber` with every event, in order.
   *
   * @param part - the part of the exporter that fails when the subscriber throws
   * @returns a function that ends the subscription
   */
  subscribe(subscriber: Subscriber<MonitorEvent>, part: FaultPart = 'subscriber'): () => void {
    return this.#events.subscribe(subscriber, part);
  }

  /** Publishes an event that is not an operation's step, such as traffic or the pipeline's counts. */
  publish(event: MonitorEvent): void {
    this.#events.publish(event);
  }

  /** Reports an error inside an observer. */
  reportError(error: unknown): void {
    this.reportFault('observer', error);
  }

  /** Reports that a part of the exporter failed. The fault is logged and counted, and never affects the watched server. */
  reportFault(part: FaultPart, error: unknown): void {
    try {
      this.#onFault(part, error);
    } catch {
      // A failing fault handler cannot be reported.
    }
    // A subscriber that also fails on this event must not cause an endless loop.
    this.#events.publish({ type: 'part_failed', part }, () => undefined);
  }

  /** Reports that data was truncated, refused or dropped because of a limit. */
  readonly reportLimit = (limit: LimitName, count = 1): void => {
    this.#events.publish({ type: 'limit_reached', limit, count });
  };

  /** The budget of a total limit, which all observers share. */
  allowance(limit: LimitName): Allowance {
    let allowance = this.#allowances.get(limit);
    if (!allowance) this.#allowances.set(limit, (allowance = new Allowance(limit, this.reportLimit)));
    return allowance;
  }

  /** Publishes the last changes and stops the timer. */
  stop(): void {
    this.#changes.flush();
  }

  #find(sessionId: string): Session | undefined {
    return this.#sessions.get(keptName(sessionId));
  }

  #onOperation(session: Session, event: OperationEvent): void {
    session.lastActivityAtMs = event.timestampMs;
    this.#events.publish(event);
    if (event.kind === 'started') this.#addActive(session);
    else if (event.kind !== 'progressed') this.#activeOperations -= 1;
    if (!session.isClosed) this.#changes.add(session);
  }

  #publishSession(kind: SessionEvent['kind'], session: Session): void {
    if (this.#events.hasSubscribers)
      this.#events.publish({ type: 'session', kind, session: summarizeSession(session, this.redactor) });
  }

  #makeRoom({ reporter }: SessionOwner): void {
    const all = [...this.#sessions.values()];
    const own = reporter === undefined ? [] : all.filter(({ owner }) => owner.reporter === reporter);
    if (own.length >= LIMITS.sessions_per_reporter.max) {
      this.reportLimit('sessions_per_reporter');
      this.#evict(quietest(own));
    } else if (all.length >= this.#maxSessions) {
      this.#evict(sessionToEvict(all));
    }
  }

  #evict(session: Session | undefined): void {
    if (!session) return;
    const { monitor } = session;
    this.close(monitor.sessionId);
    monitor.detach();
    this.#sessions.delete(monitor.sessionId);
  }

  #addActive(session: Session): void {
    this.#activeOperations += 1;
    if (this.#activeOperations <= this.#maxActiveOperations) return;
    let busiest = session.monitor;
    for (const { monitor } of this.#sessions.values()) {
      if (monitor.activeCount > busiest.activeCount) busiest = monitor;
    }
    busiest.evictOldest();
    this.reportLimit('operations_total');
  }
}
