import type { MonitorEvent, OperationEvent } from '../monitor/events.ts';
import { cutText, redactDetails } from '../monitor/redaction.ts';
import type { McpConnection, McpRequest } from '../monitor/traffic-events.ts';
import type { WireEvent } from './report-schema.ts';

/** Events of this process as the hub takes them: what they share is told by numbers, which live as long as it does. */
export class WireEvents {
  readonly #numbers = new WeakMap<object, number>();
  readonly #serverNameOf: (sessionId: string) => string | null;
  #lastNumber = 0;

  /** @param serverNameOf - the MCP server whose traffic a session is */
  constructor(serverNameOf: (sessionId: string) => string | null) {
    this.#serverNameOf = serverNameOf;
  }

  /**
   * Null for what is not told.
   *
   * @param start - what it ends, where the hub was not told of that
   */
  toWire(event: MonitorEvent, start?: MonitorEvent): WireEvent | null {
    switch (event.type) {
      case 'operation':
        return this.#operation(start?.type === 'operation' ? withDetailsOf(event, start) : event);
      case 'session':
        return event.kind === 'closed'
          ? { type: 'session_closed', session_id: event.session.sessionId }
          : null;
      case 'server_seen': {
        const { serverVersion: server_version, sdkVersion: sdk_version } = event;
        return {
          type: event.type,
          connection: this.#connection(event.connection),
          server_version,
          sdk_version,
        };
      }
      case 'connection_opened':
        return { type: event.type, connection: this.#connection(event.connection) };
      case 'connection_closed': {
        const { durationSeconds: duration, errorType: error_type } = event;
        return { type: event.type, connection: this.#connection(event.connection), duration, error_type };
      }
      case 'request_started':
        return { type: event.type, ...this.#request(event.request), size_bytes: event.sizeBytes };
      case 'request_ended':
        return {
          type: event.type,
          ...this.#request(event.request),
          tool_name: event.toolName,
          prompt_name: event.promptName,
          duration: event.durationSeconds,
          error_type: event.errorType,
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
          tool_name: event.toolName,
        };
      case 'subscriptions_changed':
        return { type: event.type, connection: this.#connection(event.connection), change: event.change };
      case 'task_changed': {
        const { type, status, durationSeconds: duration } = event;
        return { type, connection: this.#connection(event.connection), status, duration };
      }
      case 'transport_error':
        return { type: event.type, connection: this.#connection(event.connection), kind: event.kind };
      case 'http_rejected': {
        const { type, serverName: server_name, httpStatus: http_status, errorType: error_type } = event;
        return { type, server_name, http_status, error_type };
      }
      case 'upstream_checked':
        return { type: event.type, server_name: event.serverName, is_up: event.isUp };
      case 'child_started':
        return { type: event.type, server_name: event.serverName };
      case 'child_exited':
        return { type: event.type, server_name: event.serverName, reason: event.reason };
      case 'files_scanned':
      case 'issues_found':
      case 'fixes_tried':
        return event;
    }
  }

  #operation(event: OperationEvent): WireEvent {
    const { kind, sessionId, operationId, parentId, operationName, progress, duration, details, error } =
      event;
    return {
      type: 'operation',
      kind,
      session_id: sessionId,
      server_name: this.#serverNameOf(sessionId),
      operation_id: operationId,
      parent_id: parentId,
      operation_name: operationName,
      progress,
      timestamp: new Date(event.timestampMs).toISOString(),
      ...(duration === undefined ? undefined : { duration }),
      ...(details === undefined ? undefined : { details: redactDetails(details) }),
      ...(error === undefined ? undefined : { error: cutText(error) }),
    };
  }

  #connection(connection: McpConnection) {
    const { serverName: server_name, transport, protocolVersion: protocol_version } = connection;
    return { id: this.#numberOf(connection), server_name, transport, protocol_version };
  }

  #request(request: McpRequest) {
    const { connection, direction, method, toolName: tool_name, promptName: prompt_name, trace } = request;
    return {
      connection: this.#connection(connection),
      request: {
        id: this.#numberOf(request),
        direction,
        method,
        tool_name,
        prompt_name,
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
