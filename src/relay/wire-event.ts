import { createHash } from 'node:crypto';

import type { OperationEvent } from '../monitor/events.ts';
import { cutText, redactDetails } from '../monitor/redaction.ts';
import type { McpConnection, McpRequest } from '../monitor/traffic-events.ts';
import type { QueuedEvent } from './report-queue.ts';
import { MAX_NAME_LENGTH, MAX_SECONDS, type WireEvent } from './report-schema.ts';

export interface WireEventsOptions {
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
          ? { type: 'session_closed', session_id: cutName(event.session.sessionId) }
          : null;
      case 'server_seen': {
        const { serverVersion: server_version, sdkVersion: sdk_version } = event;
        return {
          type: event.type,
          connection: this.#connection(event.connection),
          server_version: cutName(server_version),
          sdk_version: cutName(sdk_version),
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
          error_type: cutName(event.errorType),
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
          tool_name: cutName(event.toolName),
          prompt_name: cutName(event.promptName),
          duration: secondsOf(event.durationSeconds),
          error_type: cutName(event.errorType),
          cancellation: event.cancellation,
          input_required: event.inputRequired,
          size_bytes: event.sizeBytes,
          request_size_bytes: start?.type === 'request_started' ? start.sizeBytes : null,
        };
      case 'notification': {
        const { type, direction, method, sizeBytes: size_bytes } = event;
        return { type, connection: this.#connection(event.connection), direction, method, size_bytes };
      }
      case 'progress_notified':
        return {
          type: event.type,
          connection: this.#connection(event.connection),
          tool_name: cutName(event.toolName),
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
        return { type, server_name: cutName(serverName), http_status, error_type: cutName(errorType) };
      }
      case 'upstream_checked':
        return { type: event.type, server_name: cutName(event.serverName), is_up: event.isUp };
      case 'child_started':
        return { type: event.type, server_name: cutName(event.serverName) };
      case 'child_exited':
        return { type: event.type, server_name: cutName(event.serverName), reason: event.reason };
      case 'files_scanned':
      case 'issues_found':
      case 'fixes_tried':
        return event;
    }
  }

  #operation(event: OperationEvent): WireEvent {
    const { kind, sessionId, operationId, parentId, operationName, progress, duration, details, error } =
      event;
    const serverName = this.#options.serverNameOf(sessionId);
    return {
      type: 'operation',
      kind,
      session_id: cutName(sessionId),
      server_name: serverName === null ? null : cutName(serverName),
      operation_id: cutName(operationId),
      parent_id: parentId === null ? null : cutName(parentId),
      operation_name: cutName(operationName),
      progress,
      timestamp: new Date(event.timestampMs).toISOString(),
      ...(duration === undefined ? undefined : { duration: secondsOf(duration) }),
      ...(details === undefined ? undefined : { details: redactDetails(details) }),
      ...(error === undefined ? undefined : { error: cutText(error) }),
    };
  }

  #connection(connection: McpConnection) {
    const { serverName, transport, protocolVersion: protocol_version } = connection;
    return { id: this.#numberOf(connection), server_name: cutName(serverName), transport, protocol_version };
  }

  #request(request: McpRequest) {
    const { connection, direction, method, toolName, promptName, trace } = request;
    return {
      connection: this.#connection(connection),
      request: {
        id: this.#numberOf(request),
        direction,
        method,
        tool_name: cutName(toolName),
        prompt_name: cutName(promptName),
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

/** The end of a name that is too long gives way to what tells it from others that begin alike. */
function cutName(name: string): string {
  if (name.length <= MAX_NAME_LENGTH) return name;
  const digest = createHash('sha256').update(name).digest('hex').slice(0, 16);
  return `${name.slice(0, MAX_NAME_LENGTH - digest.length - 1)}…${digest}`;
}

function secondsOf(value: number): number {
  return value > 0 ? Math.min(value, MAX_SECONDS) : 0;
}
