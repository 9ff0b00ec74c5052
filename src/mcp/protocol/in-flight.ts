import type { Direction, McpRequest } from '../../monitor/traffic-events.ts';
import type { RequestId } from '../wire/json-rpc.ts';
import type { RequestEnd } from './request-end.ts';
import type { ToolOperation } from './tool-operation.ts';

/** What is kept of a request that has started and not ended: nothing whose size its sender chooses. */
export interface InFlight {
  readonly request: McpRequest;
  /** Its id, as a key. */
  readonly key: RequestId;
  /** The requested tool's or prompt's name, shortened; `''` for other requests. */
  readonly name: string;
  /** The resource to subscribe to, as a key; `''` if there is none. */
  readonly uriKey: string;
  /** Its progress token, as a key. */
  readonly tokenKey: RequestId | null;
  readonly startedAtMs: number;
  /** For a tool call of the client. */
  readonly operation: ToolOperation | null;
  /** Called with itself if too many requests are in flight. */
  stopFollowing(itself: InFlight): void;
  /** It was cancelled, and may be answered all the same; then this does not happen. */
  cancelling?: { readonly end: RequestEnd; readonly atMs: number; readonly timer: NodeJS.Timeout };
}

/** The requests in flight of each side of a connection, by key, oldest first. */
export type InFlightByDirection = Readonly<Record<Direction, Map<RequestId, InFlight>>>;
