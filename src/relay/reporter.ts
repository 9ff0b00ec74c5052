import type { Clock } from '../monitor/clock.ts';
import type { SessionRegistry } from '../monitor/session-registry.ts';
import type { TrafficEvent } from '../monitor/traffic-events.ts';
import type { EventOf, ReportedEvent } from './report-schema.ts';
import { ReportedOperations } from './reported-operations.ts';
import { MAX_OPEN, ReportedTraffic } from './reported-traffic.ts';
import type { ReporterEnd } from './reporter-end.ts';

export interface ReporterOptions {
  readonly id: string;
  /** The address that it reports from. */
  readonly client: string;
  /** Names what the hub knows of it: another one for each time that it has to begin anew. */
  readonly bootId: string;
  /** The number of the event that is expected next. */
  readonly nextSeq: number;
  readonly sessions: SessionRegistry;
  readonly clock: Clock;
  /** Hears that it has done with a session, which others may have open all the same. */
  readonly onSessionClosed: (sessionId: string) => void;
  /** Hears that it does not look after a server any more, as others may all the same. */
  readonly onUpstreamLeft: (serverName: string) => void;
}

/** What has neither a start nor an end. */
type MomentType = Exclude<
  ReportedEvent['type'],
  | 'operation'
  | 'session_closed'
  | 'connection_opened'
  | 'connection_closed'
  | 'request_started'
  | 'request_ended'
  | 'request_unfollowed'
  | 'subscriptions_changed'
  | 'upstream_checked'
  | 'files_scanned'
  | 'issues_found'
  | 'fixes_tried'
  | 'limit_reached'
  | 'part_failed'
>;

/** One process that reports. What it tells is stated to the registry as if it had been seen here. */
export class Reporter {
  readonly bootId: string;
  nextSeq: number;
  readonly #options: ReporterOptions;
  readonly #traffic: ReportedTraffic;
  readonly #operations: ReportedOperations;
  /** Servers that it looks after. */
  readonly #upstreams = new Set<string>();

  constructor(options: ReporterOptions) {
    const { id, client, sessions, clock } = options;
    this.bootId = options.bootId;
    this.nextSeq = options.nextSeq;
    this.#options = options;
    this.#traffic = new ReportedTraffic(sessions, clock);
    this.#operations = new ReportedOperations(id, client, sessions, clock);
  }

  /** @returns false where it has too much open for one more start */
  take(event: ReportedEvent): boolean {
    const { sessions } = this.#options;
    switch (event.type) {
      case 'operation':
        return this.#operations.take(event);
      case 'connection_opened':
        return this.#traffic.open(event);
      case 'request_started':
        return this.#traffic.start(event);
      case 'request_unfollowed':
        this.#traffic.unfollow(event);
        return true;
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
        this.#checkUpstream(event);
        return true;
      case 'session_closed':
        this.#closeSession(event.session_id);
        return true;
      case 'files_scanned':
      case 'issues_found':
      case 'fixes_tried':
      case 'limit_reached':
      case 'part_failed':
        sessions.publish(event);
        return true;
      default:
        sessions.publish(this.#momentOf(event));
        return true;
    }
  }

  /** Whether it stands in front of a server that speaks HTTP. */
  get isUpstreamProxy(): boolean {
    return this.#upstreams.size > 0;
  }

  hasUpstream(serverName: string): boolean {
    return this.#upstreams.has(serverName);
  }

  hasSession(sessionId: string): boolean {
    return this.#operations.hasSession(sessionId);
  }

  /** Ends everything that it has open. */
  end(how: ReporterEnd): void {
    this.#traffic.endAll(how);
    for (const sessionId of this.#operations.endAll(how)) this.#closeSession(sessionId);
    for (const serverName of this.#upstreams) this.#leaveUpstream(serverName);
  }

  #closeSession(sessionId: string): void {
    this.#operations.closeSession(sessionId);
    this.#options.onSessionClosed(sessionId);
  }

  #checkUpstream({ type, server_name: serverName, is_up: isUp }: EventOf<'upstream_checked'>): void {
    if (isUp === null) return this.#leaveUpstream(serverName);
    if (this.#upstreams.size < MAX_OPEN) this.#upstreams.add(serverName);
    this.#options.sessions.publish({ type, serverName, isUp });
  }

  #leaveUpstream(serverName: string): void {
    this.#upstreams.delete(serverName);
    this.#options.onUpstreamLeft(serverName);
  }

  #momentOf(event: EventOf<MomentType>): TrafficEvent {
    switch (event.type) {
      case 'server_seen': {
        const { type, server_version: serverVersion, sdk_version: sdkVersion } = event;
        return { type, connection: this.#traffic.connectionOf(event.connection), serverVersion, sdkVersion };
      }
      case 'notification': {
        const { type, direction, method, size_bytes: sizeBytes } = event;
        const connection = this.#traffic.connectionOf(event.connection);
        return { type, connection, direction, method, sizeBytes };
      }
      case 'progress_notified': {
        const connection = this.#traffic.connectionOf(event.connection);
        return { type: event.type, connection, toolName: event.tool_name };
      }
      case 'task_changed': {
        const { type, status, duration: durationSeconds } = event;
        return { type, connection: this.#traffic.connectionOf(event.connection), status, durationSeconds };
      }
      case 'transport_error': {
        const connection = this.#traffic.connectionOf(event.connection);
        return { type: event.type, connection, kind: event.kind };
      }
      case 'http_rejected': {
        const { type, server_name: serverName, http_status: httpStatus, error_type: errorType } = event;
        return { type, serverName, httpStatus, errorType };
      }
      case 'child_started':
        return { type: event.type, serverName: event.server_name };
      case 'child_exited':
        return { type: event.type, serverName: event.server_name, reason: event.reason };
    }
  }
}
