/** What a label says when its value is not one that is known, or one too many. */
export const OTHER = '_OTHER';

/** `pipe` is stdio, `tcp` is HTTP: the values of OpenTelemetry's `network.transport`. */
export type NetworkTransport = 'pipe' | 'tcp';

/** Which side sent a message. */
export type Direction = 'client_to_server' | 'server_to_client';

/** Why a request ended without an answer. */
export type CancellationReason = 'notification' | 'disconnect' | 'close' | 'timeout';

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

/** What was seen on the wire, by whichever observer saw it. */
export type TrafficEvent =
  | {
      readonly type: 'server_seen';
      readonly connection: McpConnection;
      readonly serverVersion: string;
      readonly sdkVersion: string;
    }
  | { readonly type: 'connection_opened'; readonly connection: McpConnection }
  | {
      readonly type: 'connection_closed';
      readonly connection: McpConnection;
      readonly durationSeconds: number;
      /** `''` for an orderly end. */
      readonly errorType: string;
    }
  | {
      readonly type: 'request_started';
      readonly request: McpRequest;
      /** Of the message on the wire; null where only the parsed message was seen. */
      readonly sizeBytes: number | null;
    }
  | {
      readonly type: 'request_ended';
      readonly request: McpRequest;
      /** As on the request, unless a success has proved the names since it started. */
      readonly toolName: string;
      readonly promptName: string;
      readonly durationSeconds: number;
      /** `''` on success. */
      readonly errorType: string;
      readonly cancellation: CancellationReason | null;
      /** The server wants more input before it can go on; the client will ask again. */
      readonly inputRequired: boolean;
      /** Of the answer on the wire; null where there was none, or only the parsed one was seen. */
      readonly sizeBytes: number | null;
    }
  /** Nobody will say how it ends: too many are in flight, or its answer could not be read. */
  | { readonly type: 'request_unfollowed'; readonly request: McpRequest }
  | {
      readonly type: 'notification';
      readonly connection: McpConnection;
      readonly direction: Direction;
      readonly method: string;
      readonly sizeBytes: number | null;
    }
  | { readonly type: 'progress_notified'; readonly connection: McpConnection; readonly toolName: string }
  | { readonly type: 'subscriptions_changed'; readonly connection: McpConnection; readonly change: number }
  | {
      readonly type: 'task_changed';
      readonly connection: McpConnection;
      readonly status: TaskStatus;
      /** Since the task was created; on its terminal statuses only. */
      readonly durationSeconds: number | null;
    }
  | {
      readonly type: 'transport_error';
      readonly connection: McpConnection;
      readonly kind: TransportErrorKind;
    }
  | {
      readonly type: 'http_rejected';
      readonly serverName: string;
      readonly httpStatus: number;
      readonly errorType: string;
    }
  | {
      readonly type: 'upstream_checked';
      readonly serverName: string;
      /** Null when nobody looks any more. */
      readonly isUp: boolean | null;
    }
  | { readonly type: 'child_started'; readonly serverName: string }
  | { readonly type: 'child_exited'; readonly serverName: string; readonly reason: ChildExitReason };
