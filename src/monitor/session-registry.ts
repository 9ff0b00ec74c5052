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
import { quietest, sessionToForget } from './session-eviction.ts';
import { summarizeSession, type Session, type SessionOwner } from './session.ts';
import { KEPT_OPERATIONS, KEPT_SESSIONS } from './retention.ts';
import type { SessionSummary } from './session-summary.ts';
import { keptName, wireName } from './wire-name.ts';

export interface SessionRegistryOptions {
  /** @defaultValue the system's clocks */
  clock?: Clock;
  /**
   * How many sessions are kept. Beyond that, the owner with the most sessions loses the one that was quiet longest: a
   * closed one first, one with active operations last.
   * @defaultValue 200
   */
  maxSessions?: number;
  /**
   * How many ended operations each session keeps.
   * @defaultValue 1000
   */
  maxEndedOperations?: number;
  /** Removes secrets from data before it leaves the process. @defaultValue one that knows no patterns of the user */
  redactor?: Redactor;
  /**
   * How many operations may be active in all sessions; past it the oldest of the session with the most is no longer
   * followed.
   * @defaultValue 20000
   */
  maxActiveOperations?: number;
  /**
   * How many requests in flight are followed on all connections; past it the oldest is no longer followed.
   * @defaultValue 20000
   */
  maxRequests?: number;
  /** Bounds that the monitors of all sessions share. @defaultValue those of docs/limits.md */
  bounds?: Omit<MonitorBoundsOptions, 'onLimit' | 'redactor'>;
  /** Called with every fault of a part, such as an error that a subscriber threw. @defaultValue faults are ignored */
  onFault?: OnFault;
}

const THIS_PROCESS: SessionOwner = { client: '' };

/**
 * All sessions of an exporter, and the one stream of events that its features subscribe to.
 */
export class SessionRegistry {
  /** For everyone who sends data of a session out of the process. */
  readonly redactor: Redactor;
  readonly #clock: Clock;
  readonly #maxSessions: number;
  readonly #maxEndedOperations: number;
  readonly #maxActiveOperations: number;
  readonly #bounds: MonitorBounds;
  readonly #allowances = new Map<LimitName, Allowance>();
  /** The requests in flight that the observers of all connections follow. */
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
   * The monitor of session `sessionId`, opened now if there is none; a closed one is open again.
   *
   * @param serverName - the MCP server whose traffic a new session is
   * @param owner - whose limits apply to a new session
   */
  open(
    sessionId: string,
    serverName: string | null = null,
    owner: SessionOwner = THIS_PROCESS,
  ): RealtimeMonitor {
    const known = this.#find(sessionId);
    if (known) {
      if (known.isClosed) {
        known.isClosed = false;
        this.#publishSession('opened', known);
      }
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
      openedAtMs: now,
      lastActivityAtMs: now,
      isClosed: false,
    };
    monitor.addSubscriber((event) => this.#onOperation(session, event));
    this.#makeRoom(owner);
    this.#sessions.set(monitor.sessionId, session);
    this.#publishSession('opened', session);
    return monitor;
  }

  get(sessionId: string): RealtimeMonitor | undefined {
    return this.#find(sessionId)?.monitor;
  }

  /** The MCP server whose traffic a session is; null where it is none's. */
  serverNameOf(sessionId: string): string | null {
    return this.#find(sessionId)?.serverName ?? null;
  }

  /** The monitors of all sessions. */
  monitors(): RealtimeMonitor[] {
    return [...this.#sessions.values()].map(({ monitor }) => monitor);
  }

  /** Marks a session as over. It stays readable until its place is needed. */
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

  summary(sessionId: string): SessionSummary | undefined {
    const session = this.#find(sessionId);
    return session && summarizeSession(session, this.redactor);
  }

  /**
   * @param part - the part of the exporter that fails when the subscriber throws
   * @returns a function that ends the subscription
   */
  subscribe(subscriber: Subscriber<MonitorEvent>, part: FaultPart = 'subscriber'): () => void {
    return this.#events.subscribe(subscriber, part);
  }

  /** For observers that state facts other than operations: traffic, the pipeline's counts. */
  publish(event: MonitorEvent): void {
    this.#events.publish(event);
  }

  /** Reports an error inside an observer. */
  reportError(error: unknown): void {
    this.reportFault('observer', error);
  }

  /** Reports that a part of the exporter failed. It is logged and counted, and never reaches the watched server. */
  reportFault(part: FaultPart, error: unknown): void {
    try {
      this.#onFault(part, error);
    } catch {
      // Nobody is left to hear of it.
    }
    // A subscriber that fails on this event, too, at once or later, must not start an endless loop.
    this.#events.publish({ type: 'part_failed', part }, () => undefined);
  }

  /** Reports that something was cut, refused or dropped because a limit was reached. */
  readonly reportLimit = (limit: LimitName, count = 1): void => {
    this.#events.publish({ type: 'limit_reached', limit, count });
  };

  /** What everything that observes here shares of an amount that is limited in total. */
  allowance(limit: LimitName): Allowance {
    let allowance = this.#allowances.get(limit);
    if (!allowance) this.#allowances.set(limit, (allowance = new Allowance(limit, this.reportLimit)));
    return allowance;
  }

  /** Tells the last changes, and stops its timer. */
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
      this.#forget(quietest(own));
    } else if (all.length >= this.#maxSessions) {
      this.#forget(sessionToForget(all));
    }
  }

  #forget(session: Session | undefined): void {
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
    busiest.stopFollowingOldest();
    this.reportLimit('operations_total');
  }
}
