import type { Clock } from '../monitor/clock.ts';
import type { SessionRegistry } from '../monitor/session-registry.ts';
import type { Declared } from './event-schema.ts';
import type { ReportedEvent, ReportedSession } from './report-schema.ts';
import { ReportedOperations } from './reported-operations.ts';
import { MAX_OPEN, ReportedTraffic } from './reported-traffic.ts';
import type { ReporterEnd } from './reporter-end.ts';

export interface ReporterOptions {
  readonly id: string;
  /** The reporter's address. */
  readonly client: string;
  /** Changes whenever the hub has lost the reporter's state. */
  readonly bootId: string;
  /** The next expected sequence number. */
  readonly nextSeq: number;
  readonly sessions: SessionRegistry;
  readonly clock: Clock;
  /** Called when this reporter closes a session. Other reporters may still have it open. */
  readonly onSessionClosed: (sessionId: string) => void;
  /** Called when this reporter no longer checks a server. Other reporters may still check it. */
  readonly onUpstreamLeft: (serverName: string) => void;
  /** How long the server behind this reporter may take to report the same connection, in milliseconds. */
  readonly settleMs: number;
}

/** A reporting process. Its events are published on the registry like local events. */
export class Reporter {
  readonly id: string;
  readonly bootId: string;
  readonly settleMs: number;
  nextSeq: number;
  readonly #options: ReporterOptions;
  readonly #traffic: ReportedTraffic;
  readonly #operations: ReportedOperations;
  /** The HTTP servers that this reporter checks, with the latest result. */
  readonly #upstreams = new Map<string, Declared<'upstream_checked'>>();

  constructor(options: ReporterOptions) {
    const { id, client, sessions, clock } = options;
    this.id = id;
    this.bootId = options.bootId;
    this.settleMs = options.settleMs;
    this.nextSeq = options.nextSeq;
    this.#options = options;
    this.#traffic = new ReportedTraffic(sessions, clock);
    this.#operations = new ReportedOperations(id, client, sessions, clock);
  }

  /** @returns false if a start was refused because of a limit */
  take(event: ReportedEvent): boolean {
    const { sessions } = this.#options;
    switch (event.type) {
      case 'operation':
        return this.#operations.take(event);
      case 'connection_opened':
        return this.#traffic.open(event);
      case 'request_started':
        return this.#traffic.start(event);
      case 'connection_closed':
        this.#traffic.close(event);
        return true;
      case 'request_ended':
        this.#traffic.end(event);
        return true;
      case 'subscriptions_changed':
        this.#traffic.subscribe(event);
        return true;
      case 'upstream_checked':
        return this.#checkUpstream(event);
      case 'session_closed':
        this.#closeSession(event.session_id);
        return true;
      default:
        sessions.publish(
          'connection' in event
            ? { ...event, connection: this.#traffic.connectionOf(event.connection) }
            : event,
        );
        return true;
    }
  }

  /** Whether the event is about a session, connection, request or operation of this reporter that is open. */
  hasOpen(event: ReportedEvent): boolean {
    if (event.type === 'operation') return this.#operations.has(event);
    if (event.type === 'session_closed') return this.hasSession(event.session_id);
    if ('request' in event) return this.#traffic.hasRequest(event.request.id);
    return 'connection' in event && this.#traffic.hasConnection(event.connection.id);
  }

  takeSession(session: ReportedSession): void {
    this.#operations.takeSession(session);
  }

  /** Whether the reporter is an HTTP proxy. */
  get isUpstreamProxy(): boolean {
    return this.#upstreams.size > 0;
  }

  /** The latest check of an HTTP server; undefined if this reporter does not check it. */
  upstream(serverName: string): Declared<'upstream_checked'> | undefined {
    return this.#upstreams.get(serverName);
  }

  hasSession(sessionId: string): boolean {
    return this.#operations.hasSession(sessionId);
  }

  /** Ends all open items of the reporter. */
  end(how: ReporterEnd): void {
    this.#traffic.endAll(how);
    for (const sessionId of this.#operations.endAll(how)) this.#closeSession(sessionId);
    for (const serverName of this.#upstreams.keys()) this.#leaveUpstream(serverName);
  }

  #closeSession(sessionId: string): void {
    this.#operations.closeSession(sessionId);
    this.#options.onSessionClosed(sessionId);
  }

  /** @returns false if the reporter checks too many servers. Their results could not be retracted when it ends */
  #checkUpstream(event: Declared<'upstream_checked'>): boolean {
    const { serverName, isUp } = event;
    if (isUp === null) this.#leaveUpstream(serverName);
    else {
      if (this.#upstreams.size >= MAX_OPEN && !this.#upstreams.has(serverName)) return false;
      this.#upstreams.set(serverName, event);
      this.#options.sessions.publish(event);
    }
    return true;
  }

  #leaveUpstream(serverName: string): void {
    this.#upstreams.delete(serverName);
    this.#options.onUpstreamLeft(serverName);
  }
}
