import type { Clock } from '../monitor/clock.ts';
import type { OperationEvent } from '../monitor/events.ts';
import { isOutcome, operationKey } from '../monitor/operation.ts';
import type { SessionRegistry } from '../monitor/session-registry.ts';
import type { McpConnection, McpRequest, TrafficEvent } from '../monitor/traffic-events.ts';
import type { ReportedEvent } from './report-schema.ts';

type EventOf<T extends ReportedEvent['type']> = Extract<ReportedEvent, { type: T }>;
type WireConnection = EventOf<'connection_opened'>['connection'];
type WireRequest = EventOf<'request_started'>['request'];
type Id = string | number;

const MAX_OPEN = 10_000;

/**
 * One process that reports, and what it has open. What it tells is stated to the registry with one object for each
 * connection and each request, as whoever watches here does. A start that is told again is no second one, and an end
 * whose start nobody told here has one all the same.
 */
export class Reporter {
  readonly #sessions: SessionRegistry;
  readonly #clock: Clock;
  readonly #connections = new Map<Id, { readonly connection: McpConnection; readonly openedAtMs: number }>();
  readonly #requests = new Map<Id, { readonly request: McpRequest; readonly startedAtMs: number }>();
  readonly #operations = new Map<string, OperationEvent>();
  readonly #openSessions = new Set<string>();
  /** Servers that it looks after. */
  readonly #upstreams = new Set<string>();
  /** The number of the event that is expected next. */
  nextSeq = 1;

  constructor(sessions: SessionRegistry, clock: Clock) {
    this.#sessions = sessions;
    this.#clock = clock;
  }

  take(event: ReportedEvent): void {
    switch (event.type) {
      case 'operation':
        return this.#takeOperation(event);
      case 'session_closed':
        this.#openSessions.delete(event.session_id);
        return this.#sessions.close(event.session_id);
      case 'connection_opened':
        return this.#open(event.connection);
      case 'connection_closed':
        return this.#closeConnection(event);
      case 'request_started':
        return this.#start(event);
      case 'request_ended':
        return this.#endRequest(event);
      case 'files_scanned':
      case 'issues_found':
      case 'fixes_tried':
        return this.#sessions.publish(event);
      default:
        return this.#sessions.publish(this.#trafficEvent(event));
    }
  }

  /** It is gone: whatever it has open is over. */
  end(): void {
    const now = this.#clock.monotonic();
    for (const { request, startedAtMs } of this.#requests.values()) {
      this.#sessions.publish({
        type: 'request_ended',
        request,
        toolName: request.toolName,
        promptName: request.promptName,
        durationSeconds: (now - startedAtMs) / 1000,
        errorType: 'connection_closed',
        cancellation: 'close',
        inputRequired: false,
        sizeBytes: null,
      });
    }
    for (const event of this.#operations.values()) {
      this.#sessions.get(event.sessionId)?.cancelMonitoring(event.operationId, 'its reporter is gone');
    }
    for (const { connection, openedAtMs } of this.#connections.values()) {
      const durationSeconds = (now - openedAtMs) / 1000;
      const errorType = 'connection_closed';
      this.#sessions.publish({ type: 'connection_closed', connection, durationSeconds, errorType });
    }
    for (const sessionId of this.#openSessions) this.#sessions.close(sessionId);
    for (const serverName of this.#upstreams) {
      this.#sessions.publish({ type: 'upstream_checked', serverName, isUp: null });
    }
    for (const open of [
      this.#requests,
      this.#operations,
      this.#connections,
      this.#openSessions,
      this.#upstreams,
    ]) {
      open.clear();
    }
  }

  #takeOperation(wire: EventOf<'operation'>): void {
    const { kind, session_id: sessionId, operation_id: operationId, details, duration, error } = wire;
    const event: OperationEvent = {
      type: 'operation',
      kind,
      sessionId,
      operationId,
      parentId: wire.parent_id,
      operationName: wire.operation_name,
      status: kind === 'progressed' ? 'running' : kind,
      progress: wire.progress,
      timestampMs: wire.timestamp === undefined ? this.#clock.now() : Date.parse(wire.timestamp),
      ...(duration === undefined ? undefined : { duration }),
      ...(details === undefined ? undefined : { details }),
      ...(error === undefined ? undefined : { error }),
    };
    const key = operationKey(sessionId, operationId);
    if (isOutcome(event.status)) this.#operations.delete(key);
    else if (this.#operations.size < MAX_OPEN) this.#operations.set(key, event);
    if (this.#openSessions.size < MAX_OPEN) this.#openSessions.add(sessionId);
    this.#sessions.open(sessionId, wire.server_name).mirror(event);
  }

  #open(wire: WireConnection): void {
    if (this.#connections.has(wire.id) || this.#connections.size >= MAX_OPEN) return;
    const connection = connectionOf(wire);
    this.#connections.set(wire.id, { connection, openedAtMs: this.#clock.monotonic() });
    this.#sessions.publish({ type: 'connection_opened', connection });
  }

  #closeConnection({
    connection: wire,
    duration,
    error_type: errorType,
  }: EventOf<'connection_closed'>): void {
    this.#open(wire);
    const connection = this.#connectionOf(wire);
    this.#connections.delete(wire.id);
    this.#sessions.publish({ type: 'connection_closed', connection, durationSeconds: duration, errorType });
  }

  #start({ connection, request: wire, size_bytes: sizeBytes }: EventOf<'request_started'>): void {
    if (this.#requests.has(wire.id) || this.#requests.size >= MAX_OPEN) return;
    const request = requestOf(wire, this.#connectionOf(connection));
    this.#requests.set(wire.id, { request, startedAtMs: this.#clock.monotonic() });
    this.#sessions.publish({ type: 'request_started', request, sizeBytes });
  }

  #endRequest(event: EventOf<'request_ended'>): void {
    if (!this.#requests.has(event.request.id)) {
      this.#start({ ...event, type: 'request_started', size_bytes: event.request_size_bytes });
    }
    const request = this.#requests.get(event.request.id)?.request;
    if (!request) return;
    this.#requests.delete(event.request.id);
    // It may have been settled since.
    request.connection.protocolVersion = event.connection.protocol_version;
    this.#sessions.publish({
      type: 'request_ended',
      request,
      toolName: event.tool_name,
      promptName: event.prompt_name,
      durationSeconds: event.duration,
      errorType: event.error_type,
      cancellation: event.cancellation,
      inputRequired: event.input_required,
      sizeBytes: event.size_bytes,
    });
  }

  #trafficEvent(event: EventOf<OtherType>): TrafficEvent {
    switch (event.type) {
      case 'http_rejected': {
        const { type, server_name: serverName, http_status: httpStatus, error_type: errorType } = event;
        return { type, serverName, httpStatus, errorType };
      }
      case 'upstream_checked':
        if (this.#upstreams.size < MAX_OPEN) this.#upstreams.add(event.server_name);
        return { type: event.type, serverName: event.server_name, isUp: event.is_up };
      case 'child_started':
        return { type: event.type, serverName: event.server_name };
      case 'child_exited':
        return { type: event.type, serverName: event.server_name, reason: event.reason };
      default:
        return this.#connectionEvent(event, this.#connectionOf(event.connection));
    }
  }

  #connectionEvent(event: EventOf<OfConnection>, connection: McpConnection): TrafficEvent {
    switch (event.type) {
      case 'server_seen': {
        const { type, server_version: serverVersion, sdk_version: sdkVersion } = event;
        return { type, connection, serverVersion, sdkVersion };
      }
      case 'notification': {
        const { type, direction, method, size_bytes: sizeBytes } = event;
        return { type, connection, direction, method, sizeBytes };
      }
      case 'progress_notified':
        return { type: event.type, connection, toolName: event.tool_name };
      case 'subscriptions_changed':
        return { type: event.type, connection, change: event.change };
      case 'task_changed':
        return { type: event.type, connection, status: event.status, durationSeconds: event.duration };
      case 'transport_error':
        return { type: event.type, connection, kind: event.kind };
    }
  }

  #connectionOf(wire: WireConnection): McpConnection {
    const known = this.#connections.get(wire.id)?.connection;
    if (!known) return connectionOf(wire);
    known.protocolVersion = wire.protocol_version;
    return known;
  }
}

type OfConnection =
  | 'server_seen'
  | 'notification'
  | 'progress_notified'
  | 'subscriptions_changed'
  | 'task_changed'
  | 'transport_error';
type OtherType = OfConnection | 'http_rejected' | 'upstream_checked' | 'child_started' | 'child_exited';

function connectionOf(wire: WireConnection): McpConnection {
  return { serverName: wire.server_name, transport: wire.transport, protocolVersion: wire.protocol_version };
}

function requestOf(wire: WireRequest, connection: McpConnection): McpRequest {
  const { direction, method, tool_name: toolName, prompt_name: promptName, trace } = wire;
  return {
    connection,
    direction,
    method,
    toolName,
    promptName,
    trace: trace && { traceId: trace.trace_id, spanId: trace.span_id },
  };
}
