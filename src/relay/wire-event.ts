import type { FieldShape } from '../monitor/event-fields.ts';
import type { OperationEvent } from '../monitor/events.ts';
import type { Redactor } from '../redaction/redactor.ts';
import type { ClientInfo } from '../monitor/session.ts';
import type { SessionSummary } from '../monitor/session-summary.ts';
import type { McpConnection, McpRequest } from '../monitor/traffic-events.ts';
import { keptName } from '../monitor/wire-name.ts';
import type { QueuedEvent } from './event-buffer.ts';
import type { WireEvent, WireSession } from './report-schema.ts';
import { MAX_SECONDS, membersOf, type EventType } from './wire-members.ts';

export interface WireEventsOptions {
  readonly redactor: Redactor;
  /** The MCP server of a session. */
  readonly serverNameOf: (sessionId: string) => string | null;
  /** The MCP client of a session. */
  readonly clientOf: (sessionId: string) => ClientInfo | null;
  /** Number of a connection's subscriptions. */
  readonly subscriptionsOf: (connection: McpConnection) => number;
}

/** Encodes events for the hub. Connections and requests get ids that are valid for their lifetime. */
export class WireEvents {
  readonly #ids = new WeakMap<object, number>();
  readonly #options: WireEventsOptions;
  #lastId = 0;

  constructor(options: WireEventsOptions) {
    this.#options = options;
  }

  /** Null for events that are not sent. Truncates values, because the hub would reject the whole report otherwise. */
  toWire(queued: QueuedEvent): WireEvent | null {
    const { event, start } = queued;
    switch (event.type) {
      case 'operation':
        return this.#operation(start?.type === 'operation' ? withDetailsOf(event, start) : event);
      case 'session':
        return event.kind === 'closed'
          ? { type: 'session_closed', session_id: keptName(event.session.sessionId) }
          : null;
      default:
        return this.#declared(event.type, { ...event, ...this.#sentWith(queued) });
    }
  }

  sessionToWire(session: SessionSummary): WireSession {
    const { redactor } = this.#options;
    const kept = (value: string | null) => (value === null ? null : keptName(value));
    return {
      session_id: keptName(session.sessionId),
      server_name: kept(session.serverName),
      client_name: kept(session.clientName),
      client_version: kept(session.clientVersion),
      opened_at: session.openedAt.toISOString(),
      last_activity_at: session.lastActivityAt.toISOString(),
      server_state: session.serverState,
      server_state_reason: session.serverStateReason && redactor.line(session.serverStateReason),
    };
  }

  #declared(type: EventType, values: Readonly<Record<string, unknown>>): WireEvent {
    const members: Record<string, unknown> = {};
    for (const { name, member, field } of membersOf(type)) {
      const value = values[name];
      if (field.shape.kind === 'request') Object.assign(members, this.#request(value as McpRequest));
      else members[member] = this.#value(field.shape, value);
    }
    return { type, ...members };
  }

  #value(shape: FieldShape, value: unknown): unknown {
    if (shape.kind === 'connection') return this.#connection(value as McpConnection);
    if (typeof value === 'number') return shape.kind === 'seconds' ? secondsOf(value) : value;
    if (typeof value !== 'string' || shape.kind !== 'text') return value;
    return keptName(shape.isRedacted ? this.#options.redactor.line(value) : value);
  }

  /** The fields that are declared in `sentWith`. */
  #sentWith({ event, start, atMs }: QueuedEvent): object {
    switch (event.type) {
      case 'connection_opened':
      case 'request_started':
        return { timestamp: new Date(atMs).toISOString() };
      case 'request_ended':
        return { requestSizeBytes: start?.type === 'request_started' ? start.sizeBytes : null };
      case 'subscriptions_changed':
        return { active: this.#options.subscriptionsOf(event.connection) };
      default:
        return {};
    }
  }

  #operation(event: OperationEvent): WireEvent {
    const { kind, sessionId, operationId, parentId, operationName, progress, duration, details, error } =
      event;
    const { redactor, serverNameOf, clientOf } = this.#options;
    const serverName = serverNameOf(sessionId);
    const call = callOf(event);
    const client = clientOf(sessionId);
    return {
      type: 'operation',
      kind,
      session_id: keptName(sessionId),
      server_name: serverName === null ? null : keptName(serverName),
      ...(client && { client_name: keptName(client.name), client_version: keptName(client.version) }),
      operation_id: keptName(operationId),
      parent_id: parentId === null ? null : keptName(parentId),
      operation_name: keptName(operationName),
      progress,
      timestamp: new Date(event.timestampMs).toISOString(),
      ...(duration === undefined ? undefined : { duration: secondsOf(duration) }),
      ...(details === undefined ? undefined : { details: redactor.details(details) }),
      ...(error === undefined ? undefined : { error: redactor.line(error) }),
      ...(call && { call }),
    };
  }

  #connection(connection: McpConnection) {
    const { serverName, transport, protocolVersion, observer, conversationId } = connection;
    return {
      id: this.#idOf(connection),
      server_name: keptName(serverName),
      transport,
      protocol_version: protocolVersion,
      ...(observer && { observer }),
      ...(conversationId && { conversation_id: keptName(conversationId) }),
    };
  }

  #request(request: McpRequest) {
    const { connection, direction, method, toolName, promptName, trace, rpcId } = request;
    return {
      connection: this.#connection(connection),
      request: {
        id: this.#idOf(request),
        direction,
        method,
        tool_name: keptName(toolName),
        prompt_name: keptName(promptName),
        trace: trace && { trace_id: trace.traceId, span_id: trace.spanId },
        ...(rpcId && { rpc_id: rpcId }),
      },
    };
  }

  #idOf(item: object): number {
    const known = this.#ids.get(item);
    if (known !== undefined) return known;
    this.#lastId += 1;
    this.#ids.set(item, this.#lastId);
    return this.#lastId;
  }
}

/** The identity of a tool call that another observer may also report. */
function callOf({ request }: OperationEvent) {
  const { observer, conversationId } = request?.connection ?? {};
  if (!observer || !conversationId || !request?.rpcId) return null;
  return { observer, conversation_id: keptName(conversationId), rpc_id: request.rpcId };
}

function withDetailsOf(end: OperationEvent, start: OperationEvent): OperationEvent {
  const details = { ...start.details, ...end.details };
  return Object.keys(details).length === 0 ? end : { ...end, details };
}

function secondsOf(value: number): number {
  return value > 0 ? Math.min(value, MAX_SECONDS) : 0;
}
