import type { Clock } from '../monitor/clock.ts';
import type { OperationEvent } from '../monitor/events.ts';
import { operationKey, type OperationDetails } from '../monitor/operation.ts';
import { isOutcome, outcomeOfErrorType } from '../monitor/outcomes.ts';
import type { RealtimeMonitor } from '../monitor/realtime-monitor.ts';
import type { Allowance } from '../monitor/allowance.ts';
import { isRunning } from '../monitor/server-states.ts';
import type { ClientInfo, SessionOwner } from '../monitor/session.ts';
import type { SessionRegistry } from '../monitor/session-registry.ts';
import type { EventOf, ReportedSession } from './report-schema.ts';
import { MAX_OPEN } from './reported-traffic.ts';
import type { ReporterEnd } from './reporter-end.ts';

interface Active {
  /** Kept with the operation, because its session may be evicted and reopened before the operation ends. */
  readonly monitor: RealtimeMonitor;
  readonly operationId: string;
}

/** The active operations and open sessions of one reporter. */
export class ReportedOperations {
  readonly #reporterId: string;
  readonly #owner: SessionOwner;
  readonly #sessions: SessionRegistry;
  readonly #clock: Clock;
  readonly #active = new Map<string, Active>();
  readonly #openSessions = new Set<string>();
  /** The shared limit of open items of all reporters. */
  readonly #allowance: Allowance;

  constructor(reporterId: string, client: string, sessions: SessionRegistry, clock: Clock) {
    this.#reporterId = reporterId;
    this.#owner = { client, reporter: reporterId };
    this.#sessions = sessions;
    this.#clock = clock;
    this.#allowance = sessions.allowance('reported_open_total');
  }

  has(wire: EventOf<'operation'>): boolean {
    return this.#active.has(this.#keyOf(wire));
  }

  /** @returns false if the limit of active operations is reached */
  take(wire: EventOf<'operation'>): boolean {
    const event = this.#eventOf(wire);
    const { sessionId, operationId } = event;
    const key = this.#keyOf(wire);
    const known = this.#active.get(key);
    const isEnd = isOutcome(event.status);
    const isFull = () => this.#active.size >= MAX_OPEN || !this.#allowance.has();
    if (!known && !isEnd && isFull()) return false;
    const monitor = known?.monitor ?? this.#open(sessionId, wire, event);
    this.#addSession(sessionId);
    if (isEnd) this.#remove(key);
    else if (!known) {
      this.#allowance.takeAnyway();
      this.#active.set(key, { monitor, operationId });
    }
    monitor.mirror(event);
    return true;
  }

  /** Opens a session, or adds to it. */
  takeSession(wire: ReportedSession): void {
    const { redactor } = this.#sessions;
    const { session_id: sessionId, server_state: state, server_state_reason: reason } = wire;
    this.#sessions.open(sessionId, wire.server_name, this.#owner, {
      client: this.#clientOf(wire),
      server: state ? { state, reason: reason && redactor.line(reason) } : undefined,
      openedAtMs: timeOf(wire.opened_at),
      lastActivityAtMs: timeOf(wire.last_activity_at),
    });
    this.#addSession(sessionId);
  }

  hasSession(sessionId: string): boolean {
    return this.#openSessions.has(sessionId);
  }

  closeSession(sessionId: string): void {
    if (this.#openSessions.delete(sessionId)) this.#allowance.give();
  }

  /** @returns the sessions that were open */
  endAll(how: ReporterEnd): string[] {
    for (const { monitor, operationId } of this.#active.values()) {
      if (how.cancellation) monitor.cancelMonitoring(operationId, how.error);
      else monitor.endMonitoring(operationId, outcomeOfErrorType(how.errorType), detailsOf(how));
    }
    this.#allowance.give(this.#active.size + this.#openSessions.size);
    this.#active.clear();
    const sessions = [...this.#openSessions];
    for (const sessionId of sessions) this.#endServer(sessionId, how);
    this.#openSessions.clear();
    return sessions;
  }

  /** Older reporters do not announce sessions: a session is then at least as old as its first operation. */
  #open(sessionId: string, wire: EventOf<'operation'>, event: OperationEvent): RealtimeMonitor {
    return this.#sessions.open(sessionId, wire.server_name, this.#owner, {
      client: this.#clientOf(wire),
      openedAtMs: event.timestampMs - (event.duration ?? 0) * 1000,
    });
  }

  #endServer(sessionId: string, { serverReason: reason }: ReporterEnd): void {
    const state = this.#sessions.summary(sessionId)?.serverState ?? null;
    if (reason === null || !isRunning(state)) return;
    this.#sessions.open(sessionId, null, this.#owner, { server: { state: 'exited', reason } });
  }

  #addSession(sessionId: string): void {
    const isNew = !this.#openSessions.has(sessionId);
    if (!isNew || this.#openSessions.size >= MAX_OPEN || !this.#allowance.take()) return;
    this.#openSessions.add(sessionId);
  }

  #remove(key: string): void {
    if (this.#active.delete(key)) this.#allowance.give();
  }

  #clientOf({
    client_name: name,
    client_version: version,
  }: EventOf<'operation'> | ReportedSession): ClientInfo | null {
    const { redactor } = this.#sessions;
    return name ? { name: redactor.line(name), version: redactor.line(version ?? '') } : null;
  }

  #keyOf(wire: EventOf<'operation'>): string {
    const { sessionId, operationId } = this.#idsOf(wire);
    return operationKey(sessionId, operationId);
  }

  #idsOf(wire: EventOf<'operation'>) {
    const { session_id: sessionId = this.#reporterId, operation_name: name } = wire;
    return { sessionId, operationId: wire.operation_id ?? name };
  }

  #eventOf(wire: EventOf<'operation'>): OperationEvent {
    const { redactor } = this.#sessions;
    const { kind, operation_name: operationName, details, duration, error, timestamp } = wire;
    return {
      type: 'operation',
      kind,
      ...this.#idsOf(wire),
      parentId: wire.parent_id,
      operationName,
      status: kind === 'progressed' ? 'running' : kind,
      progress: wire.progress,
      // The reporter's clock may be ahead.
      timestampMs: Math.min(timeOf(timestamp) ?? Infinity, this.#clock.now()),
      ...(duration === undefined ? undefined : { duration }),
      // Redacts again, because reports may come from other programs.
      ...(details === undefined ? undefined : { details: redactor.details(details) }),
      ...(error === undefined ? undefined : { error: redactor.line(error) }),
    };
  }
}

function timeOf(timestamp: string | undefined): number | undefined {
  return timestamp === undefined ? undefined : Date.parse(timestamp);
}

function detailsOf({ error, errorType }: ReporterEnd): OperationDetails {
  return { error, error_type: errorType };
}
