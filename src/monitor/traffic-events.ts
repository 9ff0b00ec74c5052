import type { EventsOf, EventTable } from './event-table.ts';
import {
  choice,
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

/** The values of OpenTelemetry's `network.transport`, each with the name of its MCP transport. */
const TRANSPORTS = { pipe: 'stdio', tcp: 'HTTP' } as const;
export type NetworkTransport = keyof typeof TRANSPORTS;
export const NETWORK_TRANSPORTS = Object.keys(TRANSPORTS) as readonly NetworkTransport[];
/** For people: `pipe is stdio, tcp is HTTP`. */
export const ABOUT_TRANSPORTS = Object.entries(TRANSPORTS)
  .map(([value, transport]) => `${value} is ${transport}`)
  .join(', ');

export const DIRECTIONS = ['client_to_server', 'server_to_client'] as const;
/** Which side sent a message. */
export type Direction = (typeof DIRECTIONS)[number];

const CANCELLATION_REASONS = ['notification', 'disconnect', 'close', 'timeout'] as const;
/** Why a request ended without an answer. */
export type CancellationReason = (typeof CANCELLATION_REASONS)[number];

export const TRANSPORT_ERROR_KINDS = ['parse', 'send_failed', 'unknown_id', 'stray_stdout'] as const;
export type TransportErrorKind = (typeof TRANSPORT_ERROR_KINDS)[number];

export const TASK_STATUSES = ['working', 'input_required', 'completed', 'failed', 'cancelled'] as const;
export type TaskStatus = (typeof TASK_STATUSES)[number];

/** How a proxied server's process came to its end. */
export const CHILD_EXIT_REASONS = ['success', 'failure', 'signal'] as const;
export type ChildExitReason = (typeof CHILD_EXIT_REASONS)[number];

/** One client's connection to a server. `protocolVersion` is `''` until it is known. */
export interface McpConnection {
  readonly serverName: string;
  readonly transport: NetworkTransport;
  protocolVersion: string;
}

/** W3C trace context of a request, for exemplars. */
export interface TraceContext {
  readonly traceId: string;
  readonly spanId: string;
}

/** One JSON-RPC request that is under way. Every name on it is already safe as a label value. */
export interface McpRequest {
  readonly connection: McpConnection;
  /** Who asked: `server_to_client` is sampling, elicitation, roots and the like. */
  readonly direction: Direction;
  readonly method: string;
  /** `''` unless it is a `tools/call`; `_OTHER` while nobody vouches for the name. */
  readonly toolName: string;
  /** `''` unless it is a `prompts/get`. */
  readonly promptName: string;
  readonly trace: TraceContext | null;
}

const connection: Field<McpConnection> = { shape: { kind: 'connection' } };
/** Sent with its connection. */
const request: Field<McpRequest> = { shape: { kind: 'request' } };
const direction = withFallback(choice(DIRECTIONS), 'client_to_server');
const sinceStart = inferred(seconds, 'Seconds; the time since its start, where it is left out');
const provenName = inferred(label, 'As on the request, where it is left out');

/**
 * What was seen on the wire, by whichever observer saw it. This is the only declaration of these events: their types,
 * what a hub is sent and accepts, docs/openapi.json and the rules of the report queue are derived from it.
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
      /** `''` for an orderly end. */
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
      /** As on the request, unless a success has proved the names since it started. */
      toolName: provenName,
      promptName: provenName,
      durationSeconds: sinceStart,
      /** `''` on success. */
      errorType,
      cancellation: withFallback(nullable(choice(CANCELLATION_REASONS)), null),
      /** The server wants more input before it can go on; the client will ask again. */
      inputRequired: withFallback(flag, false),
      /** Null if the request was not answered or the size is unknown. */
      sizeBytes: withFallback(sizeBytes, null, 'Of its answer'),
    },
    sentWith: {
      requestSizeBytes: withFallback(sizeBytes, null, 'Of itself, where its start was not reported'),
    },
    queue: 'end',
  },
  /** Its end will never be known: too many are in flight, or its answer could not be read. */
  request_unfollowed: {
    fields: { request },
    queue: 'end',
    description: 'How it ends will not be reported',
  },
  notification: { fields: { connection, direction, method, sizeBytes } },
  progress_notified: { fields: { connection, toolName: label } },
  subscriptions_changed: {
    fields: { connection, change: local<number>() },
    sentWith: { active: integer(0, 100_000, 'How many its client holds now') },
    queue: 'total',
  },
  task_changed: {
    fields: {
      connection,
      status: choice(TASK_STATUSES),
      /** Since the task was created; on its terminal statuses only. */
      durationSeconds: withFallback(nullable(seconds), null),
    },
  },
  transport_error: { fields: { connection, kind: choice(TRANSPORT_ERROR_KINDS) } },
  http_rejected: { fields: { serverName: name, httpStatus: integer(100, 599), errorType } },
  upstream_checked: {
    fields: {
      serverName: name,
      isUp: nullable(flag, 'Null when the server is no longer checked'),
    },
    queue: 'fact',
  },
  child_started: { fields: { serverName: name }, queue: 'fact' },
  child_exited: { fields: { serverName: name, reason: choice(CHILD_EXIT_REASONS) }, queue: 'always' },
} as const satisfies EventTable;

export type TrafficEvent = EventsOf<typeof TRAFFIC_EVENTS>;
