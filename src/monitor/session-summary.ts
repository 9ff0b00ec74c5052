import type { Operation } from './operation.ts';
import type { OperationOutcome } from './outcomes.ts';
import type { ServerState } from './server-states.ts';

/** Number of operations with each outcome: `completedOperations` and so on. */
export type OutcomeTotals = { readonly [Outcome in OperationOutcome as `${Outcome}Operations`]: number };

/**
 * Totals over all operations of a session, including evicted ones.
 *
 * @see {@link SessionRegistry} for an example
 */
export interface OperationSummary extends OutcomeTotals {
  /** Number of operations, active and ended. */
  readonly totalOperations: number;
  /** Number of active operations. */
  readonly activeOperations: number;
  /** Success rate in percent; 0 while there are no rated operations. */
  readonly successRate: number;
  /** Seconds, over completed operations only; 0 while there are none. */
  readonly averageDuration: number;
  /** Seconds, over completed operations only. */
  readonly totalDuration: number;
}

/**
 * The current state of a session.
 *
 * @see {@link RealtimeMonitor} for an example
 */
export interface CurrentMetrics {
  readonly sessionId: string;
  /** The id of the most recently started active operation. */
  readonly currentOperation: string | null;
  /** The 100 oldest active operations, oldest first. */
  readonly activeOperations: readonly Operation[];
  /** Number of all active operations. */
  readonly activeTotal: number;
  /** The last ten ended operations, whatever their outcome, oldest first. */
  readonly recentlyCompleted: readonly Operation[];
  /** Number of operations, active and ended, including evicted ones. */
  readonly totalOperations: number;
  /** Success rate in percent; 0 while there are no rated operations. */
  readonly successRate: number;
  /** Seconds, over completed operations only; 0 while there are none. */
  readonly averageDuration: number;
  /** Start of the session's first operation. */
  readonly startTime: Date | null;
}

/**
 * An entry of the session list.
 *
 * @see {@link SessionRegistry} for an example
 */
export interface SessionSummary extends OperationSummary {
  readonly sessionId: string;
  /** The MCP server of the session; null if the session is not MCP traffic. */
  readonly serverName: string | null;
  /** The proxy in front of the server, if both report the session to this hub; otherwise null. */
  readonly proxyName: string | null;
  /** The MCP client, by its own account; null if it is unknown, or if the session may have several clients. */
  readonly clientName: string | null;
  /** Null if the client is unknown, and empty if it does not give a version. */
  readonly clientVersion: string | null;
  /** State of the server's process; null if the session has none of its own, as over HTTP. */
  readonly serverState: ServerState | null;
  /** How the server's process ended; null while it runs. */
  readonly serverStateReason: string | null;
  readonly status: 'active' | 'idle' | 'closed';
  readonly openedAt: Date;
  readonly lastActivityAt: Date;
  readonly currentOperation: string | null;
  /** The id of the most recently failed operation. */
  readonly lastFailedOperation: string | null;
  readonly lastFailedAt: Date | null;
  /** Its error, if known, redacted and truncated. */
  readonly lastError: string | null;
}
