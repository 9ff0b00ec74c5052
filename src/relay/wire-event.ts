import type { OperationEvent } from '../monitor/events.ts';
import type { Redactor } from '../redaction/redactor.ts';
import type { McpConnection, McpRequest } from '../monitor/traffic-events.ts';
import { keptName } from '../monitor/wire-name.ts';
import type { QueuedEvent } from './report-queue.ts';
import { MAX_SECONDS, type WireEvent } from './report-schema.ts';

export interface WireEventsOptions {
  readonly redactor: Redactor;
  /** The MCP server whose traffic a session is. */
  readonly serverNameOf: (sessionId: string) => string | null;
  /** How many subscriptions a connection's client holds. */
  readonly subscriptionsOf: (connection: McpConnection) => number;
}

/** Events of this process as the hub takes them: what they share is told by numbers, which live as long as it does. */
export class WireEvents {
  readonly #numbers = new WeakMap<object, number>();
  readonly #options: WireEventsOptions;
  #lastNumber = 0;

  constructor(options: WireEventsOptions) {
    this.#options = options;
  }

  /** Null for what is not told. What the hub would refuse is cut: one odd name must not cost a whole report. */
  toWire({ event, start, atMs }: QueuedEvent): WireEvent | null {
    switch (event.type) {
      case 'operation':
        return this.#operation(start?.type === 'operation' ? withDetailsOf(event, start) : event);
      case 'session':
        return event.kind === 'closed'
          ? { type: 'session_closed', session_id: keptName(event.session.sessionId) }
          : null;
      case 'server_seen': {
        const { serverVersion: server_version, sdkVersion: sdk_version } = event;
        return {
          type: event.type,
          connection: this.#connection(event.connection),
          server_version: keptName(this.#options.redactor.line(server_version)),
          sdk_version: keptName(sdk_version),
        };
      }
      case 'connection_opened':
        return {
          type: event.type,
          connection: this.#connection(event.connection),
          timestamp: new Date(atMs).toISOString(),
        };
      case 'connection_closed':
        return {
          type: event.type,
          connection: this.#connection(event.connection),
          duration: secondsOf(event.durationSeconds),
          error_type: keptName(event.errorType),
        };
      case 'request_started':
        return {
          type: event.type,
          ...this.#request(event.request),
          size_bytes: event.sizeBytes,
          timestamp: new Date(atMs).toISOString(),
        };
      case 'request_ended':
        return {
          type: event.type,
          ...this.#request(event.request),
          tool_name: keptName(event.toolName),
          prompt_name: keptName(event.promptName),
          duration: secondsOf(event.durationSeconds),
          error_type: keptName(event.errorType),
          cancellation: event.cancellation,
          input_required: event.inputRequired,
          size_bytes: event.sizeBytes,
          request_size_bytes: start?.type === 'request_started' ? start.sizeBytes : null,
        };
      case 'request_unfollowed':
        return { type: event.type, ...this.#request(event.request) };
      case 'notification': {
        const { type, direction, method, sizeBytes: size_bytes } = event;
        return { type, connection: this.#connection(event.connection), direction, method, size_bytes };
      }
      case 'progress_notified':
        return {
          type: event.type,
          connection: this.#connection(event.connection),
          tool_name: keptName(event.toolName),
        };
      case 'subscriptions_changed':
        return {
          type: event.type,
          connection: this.#connection(event.connection),
          active: this.#options.subscriptionsOf(event.connection),
        };
      case 'task_changed': {
        const { type, status, durationSeconds } = event;
        const duration = durationSeconds === null ? null : secondsOf(durationSeconds);
        return { type, connection: this.#connection(event.connection), status, duration };
      }
      case 'transport_error':
        return { type: event.type, connection: this.#connection(event.connection), kind: event.kind };
      case 'http_rejected': {
        const { type, serverName, httpStatus: http_status, errorType } = event;
        return { type, server_name: keptName(serverName), http_status, error_type: keptName(errorType) };
      }
      case 'upstream_checked':
        return { type: event.type, server_name: keptName(event.serverName), is_up: event.isUp };
      case 'child_started':
        return { type: event.type, server_name: keptName(event.serverName) };
      case 'child_exited':
        return { type: event.type, server_name: keptName(event.serverName), reason: event.reason };
      case 'files_scanned':
      case 'issues_found':
      case 'fixes_tried':
      case 'limit_reached':
      case 'part_failed':
        return event;
    }
  }

  #operation(event: OperationEvent): WireEvent {
    const { kind, sessionId, operationId, parentId, operationName, progress, duration, details, error } =
      event;
    const { redactor, serverNameOf } = this.#options;
    const serverName = serverNameOf(sessionId);
    return {
      type: 'operation',
      kind,
      session_id: keptName(sessionId),
      server_name: serverName === null ? null : keptName(serverName),
      operation_id: keptName(operationId),
      parent_id: parentId === null ? null : keptName(parentId),
      operation_name: keptName(operationName),
      progress,
      timestamp: new Date(event.timestampMs).toISOString(),
      ...(duration === undefined ? undefined : { duration: secondsOf(duration) }),
      ...(details === undefined ? undefined : { details: redactor.details(details) }),
      ...(error === undefined ? undefined : { error: redactor.line(error) }),
    };
  }

  #connection(connection: McpConnection) {
    const { serverName, transport, protocolVersion: protocol_version } = connection;
    return { id: this.#numberOf(connection), server_name: keptName(serverName), transport, protocol_version };
  }

  #request(request: McpRequest) {
    const { connection, direction, method, toolName, promptName, trace } = request;
    return {
      connection: this.#connection(connection),
      request: {
        id: this.#numberOf(request),
        direction,
        method,
        tool_name: keptName(toolName),
        prompt_name: keptName(promptName),
        trace: trace && { trace_id: trace.traceId, span_id: trace.spanId },
      },
    };
  }

  #numberOf(thing: object): number {
    const known = this.#numbers.get(thing);
    if (known !== undefined) return known;
    this.#lastNumber += 1;
    this.#numbers.set(thing, this.#lastNumber);
    return this.#lastNumber;
  }
}

function withDetailsOf(end: OperationEvent, start: OperationEvent): OperationEvent {
  const details = { ...start.details, ...end.details };
  return Object.keys(details).length === 0 ? end : { ...end, details };
}

function secondsOf(value: number): number {
  return value > 0 ? Math.min(value, MAX_SECONDS) : 0;
}
