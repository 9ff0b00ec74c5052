import type { WireCurrentMetrics } from '../wire-format/current-metrics.ts';
import type { UnreachableServer } from '../monitor/server-states.ts';
import type { Wire, WireOperationEvent, WireSession } from '../wire-format/wire-format.ts';

/** The WebSocket subprotocol of the feed. Its version changes if a message changes its meaning. */
export const FEED_PROTOCOL = 'mcp-exporter.v1';

/** Prefix of the second subprotocol of a browser. The base64url key follows it. */
export const KEY_PROTOCOL_PREFIX = 'bearer.';

export type FeedOperationEvent = { seq: number } & WireOperationEvent;
export type FeedSession = WireSession;
export type FeedUnreachableServer = Wire<UnreachableServer>;

/** What the exporter says about itself. */
export interface ExporterFacts {
  readonly server_version: string;
  readonly server_time: string;
  /** Null if it is not configured. */
  readonly grafana_url: string | null;
  /** In seconds. Operations that take longer are slow. */
  readonly slow_operation_threshold: number;
  /** The HTTP servers that their proxies cannot reach. */
  readonly unreachable_servers: readonly FeedUnreachableServer[];
}

interface FeedLimits {
  /** Bytes of one client message. */
  readonly max_message_bytes: number;
  readonly max_messages_per_second: number;
  /** Number of past events that a `resume` can request. */
  readonly resume_events: number;
}

/** Why events are missing: the client was too slow, reconnected too late, or the exporter was restarted. */
export type GapReason = 'slow_client' | 'too_old' | 'restarted';

export type FeedErrorCode =
  | 'invalid_json'
  | 'invalid_message'
  | 'unknown_type'
  | 'unknown_session'
  | 'too_many_messages'
  | 'too_many_subscriptions';

/**
 * A message that the live feed sends to its clients, as JSON text. Durations are in seconds, and times are ISO 8601 texts.
 *
 * @example
 * ```ts
 * import { createExporter, type ClientMessage, type ServerMessage } from 'mcp-exporter';
 * import { WebSocket } from 'ws';
 *
 * const exporter = createExporter();
 * const { feed } = await exporter.start();
 * const socket = new WebSocket(feed ?? '', 'mcp-exporter.v1');
 * socket.on('message', async (data) => {
 *   const message = JSON.parse(data.toString()) as ServerMessage;
 *   if (message.type === 'hello') socket.send(JSON.stringify({ type: 'ping' } satisfies ClientMessage));
 *   if (message.type !== 'pong') return;
 *   console.log(message.server_time); // …Z
 *   await exporter.close();
 * });
 * ```
 */
export type ServerMessage =
  | {
      type: 'hello';
      boot_id: string;
      server_version: string;
      server_time: string;
      seq: number;
      limits: FeedLimits;
      /** Null if it is not configured. */
      grafana_url: string | null;
      /** In seconds. Operations that take longer are slow. */
      slow_operation_threshold: number;
      /** The HTTP servers that their proxies cannot reach. */
      unreachable_servers: readonly FeedUnreachableServer[];
    }
  | { type: 'session_list'; sessions: FeedSession[] }
  | { type: 'session_update'; session: FeedSession }
  | { type: 'unreachable_servers'; servers: readonly FeedUnreachableServer[] }
  | { type: 'session_status'; session_id: string; data: WireCurrentMetrics }
  | { type: 'operations'; seq: number; events: FeedOperationEvent[] }
  | { type: 'gap'; from_seq: number; to_seq: number; reason: GapReason }
  | { type: 'pong'; server_time: string }
  | { type: 'error'; code: FeedErrorCode; message: string };
