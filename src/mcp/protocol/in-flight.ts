import type { McpRequest } from '../../monitor/traffic-events.ts';
import type { UnobservedReason } from '../../monitor/unobserved-reasons.ts';
import type { RequestId } from '../wire/json-rpc.ts';
import type { RequestEnd } from './request-end.ts';
import type { ToolOperation } from './tool-operation.ts';

/** A request that has started and not ended. It keeps only values of bounded size. */
export interface InFlight {
  readonly request: McpRequest;
  /** The {@link wireKey} of its id. */
  readonly key: RequestId;
  /** The requested tool's or prompt's name, shortened; `''` for other requests. */
  readonly name: string;
  /** The {@link wireKey} of the resource to subscribe to; `''` for other requests. */
  readonly uriKey: string;
  /** The {@link wireKey} of its progress token. */
  readonly tokenKey: RequestId | null;
  readonly startedAtMs: number;
  /** Set for a tool call by the client. */
  readonly operation: ToolOperation | null;
  /** Called, with this object, if too many requests are in flight. */
  stopTracking(itself: InFlight): void;
  /** Set after a cancel that the server may ignore. A response that arrives in time replaces this end. */
  cancelling?: { readonly end: RequestEnd; readonly atMs: number; readonly timer: NodeJS.Timeout };
  /** Set after a response that may have been for this request. If no other response comes, it ends with this reason. */
  doubt?: { readonly reason: UnobservedReason; readonly atMs: number; readonly timer: NodeJS.Timeout };
}
