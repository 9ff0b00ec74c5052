import type { EventsOf, EventTable } from './event-table.ts';
import {
  choice,
  count,
  errorType,
  flag,
  freeText,
  inferred,
  integer,
  label,
  local,
  method,
  name,
  nullable,
  seconds,
  sizeBytes,
  timestamp,
  withFallback,
  type Field,
} from './event-fields.ts';
import { UNOBSERVED_REASONS } from './unobserved-reasons.ts';

/** The values of OpenTelemetry's `network.transport`, each with the name of its MCP transport. */
const TRANSPORTS = { pipe: 'stdio', tcp: 'HTTP' } as const;
export type NetworkTransport = keyof typeof TRANSPORTS;
export const NETWORK_TRANSPORTS = Object.keys(TRANSPORTS) as readonly NetworkTransport[];
/** For documentation: `pipe is stdio, tcp is HTTP`. */
export const ABOUT_TRANSPORTS = Object.entries(TRANSPORTS)
  .map(([value, transport]) => `${value} is ${transport}`)
  .join(', ');

export const DIRECTIONS = ['client_to_server', 'server_to_client'] as const;
/** Which side sent a message. */
export type Direction = (typeof DIRECTIONS)[number];
export const OPPOSITE = {
  client_to_server: 'server_to_client',
  server_to_client: 'client_to_server',
} as const satisfies Record<Direction, Direction>;

const CANCELLATION_REASONS = ['notification', 'disconnect', 'close', 'timeout'] as const;
/** Why a request ended without a response. */
export type CancellationReason = (typeof CANCELLATION_REASONS)[number];

export const TRANSPORT_ERROR_KINDS = ['parse', 'send_failed', 'unknown_id', 'stray_stdout'] as const;
export type TransportErrorKind = (typeof TRANSPORT_ERROR_KINDS)[number];

export const TASK_STATUSES = ['working', 'input_required', 'completed', 'failed', 'cancelled'] as const;
export type TaskStatus = (typeof TASK_STATUSES)[number];

/** How a proxied server's process ended. */
export const CHILD_EXIT_REASONS = ['success', 'failure', 'signal'] as const;
export type ChildExitReason = (typeof CHILD_EXIT_REASONS)[number];

/** Where a connection is observed: in the server's own process, or by a proxy in front of it. */
export const OBSERVERS = ['server', 'proxy'] as const;
export type Observer = (typeof OBSERVERS)[number];

/** A client's connection to a server. `protocolVersion` is empty until it is known. */
export interface McpConnection {
  readonly serverName: string;
  readonly transport: NetworkTransport;
  protocolVersion: string;
  readonly observer?: Observer | undefined;
  /**
   * The same for every observer of the connection, and for no other connection. Over HTTP it is the MCP session id.
   * Undefined until it is known, and for connections without such an id.
   */
  readonly conversationId?: string | undefined;
}

/** W3C trace context of a request, for exemplars. */
export interface TraceContext {
  readonly traceId: string;
  readonly spanId: string;
}

/** A JSON-RPC request in flight. All its names are safe label values. */
export interface McpRequest {
  readonly connection: McpConnection;
  /** The sender. Servers send requests for sampling, elicitation, roots and the like. */
  readonly direction: Direction;
  readonly method: string;
  /** Empty unless it is a `tools/call`; `_OTHER` while the tool is not known to exist. */
  readonly toolName: string;
  /** Empty unless it is a `prompts/get`. */
  readonly promptName: string;
  readonly trace: TraceContext | null;
  /** Its JSON-RPC id, as JSON. An integer above 2^53 is rounded, because the SDKs round it. */
  readonly rpcId?: string | undefined;
}

const connection: Field<McpConnection> = { shape: { kind: 'connection' } };
/** Sent with its connection. */
const request: Field<McpRequest> = { shape: { kind: 'request' } };
const direction = withFallback(choice(DIRECTIONS), 'client_to_server');
const sinceStart = inferred(seconds, 'Duration in seconds. Defaults to the time since the start');
const provenName = inferred(label, 'Defaults to the name in the request');

/**
 * Events that observers of MCP traffic publish. Their types, the encoding and validation of reports, docs/openapi.json
 * and the report queue's rules are derived from this table.
 */
export const TRAFFIC_EVENTS = {
  server_seen: {
    fields: { connection, serverVersion: freeText, sdkVersion: label },
    queue: 'fact',
  },
  connection_opened: { fields: { connection }, sentWith: { timestamp }, queue: 'start' },
  connection_closed: {
    fields: {
      connection,
      durationSeconds: sinceStart,
      /** Empty for a regular end. */
      errorType,
    },
    queue: 'end',
  },
  request_started: {
    fields: { request, sizeBytes },
    sentWith: { timestamp },
    queue: 'start',
  },
  request_ended: {
    fields: {
      request,
      /** As in the request, unless a success has proved since then that the tool or prompt exists. */
      toolName: provenName,
      promptName: provenName,
      durationSeconds: sinceStart,
      /** Empty on success. */
      errorType,
      cancellation: withFallback(nullable(choice(CANCELLATION_REASONS)), null),
      /** Set if the outcome is unknown. The error type is then `unobserved`. */
      unobserved: withFallback(nullable(choice(UNOBSERVED_REASONS)), null),
      /** The server needs more input. The client will send the request again. */
      inputRequired: withFallback(flag, false),
      /** Null if there was no response or its size is unknown. */
      sizeBytes: withFallback(sizeBytes, null, 'Size of the response in bytes'),
    },
    sentWith: {
      requestSizeBytes: withFallback(
        sizeBytes,
        null,
        'Size of the request in bytes, if its start was not reported',
      ),
    },
    queue: 'end',
  },
  notification: { fields: { connection, direction, method, sizeBytes } },
  late_response: {
    fields: { connection, direction: choice(DIRECTIONS), method, sizeBytes: count },
    isOptional: true,
    description: 'A response to a cancelled request, with the method of the request',
  },
  progress_notified: { fields: { connection, toolName: label } },
  tool_listed: {
    fields: { connection, toolName: name },
    queue: 'fact',
    isOptional: true,
    description: 'A tool in the server’s list of tools, published once. Its counters start at 0',
  },
  subscriptions_changed: {
    fields: { connection, change: local<number>() },
    sentWith: { active: integer(0, 100_000, 'Current number of subscriptions of the connection') },
    queue: 'total',
  },
  task_changed: {
    fields: {
      connection,
      status: choice(TASK_STATUSES),
      /** Time since the task was created. Set on terminal statuses only. */
      durationSeconds: withFallback(nullable(seconds), null),
    },
  },
  transport_error: { fields: { connection, kind: choice(TRANSPORT_ERROR_KINDS) } },
  http_rejected: { fields: { serverName: name, httpStatus: integer(100, 599), errorType } },
  upstream_checked: {
    fields: {
      serverName: name,
      isUp: nullable(flag, 'Null if the server is no longer checked'),
      /** Why the server is unreachable; empty if it is reachable or the reason is unknown. */
      reason: freeText,
    },
    queue: 'fact',
  },
  child_started: { fields: { serverName: name }, queue: 'fact' },
  child_exited: { fields: { serverName: name, reason: choice(CHILD_EXIT_REASONS) }, queue: 'always' },
} as const satisfies EventTable;

export type TrafficEvent = EventsOf<typeof TRAFFIC_EVENTS>;
