import type { Operation } from './operation.ts';
import type { OperationOutcome } from './outcomes.ts';

/** How many operations ended in each way: `completedOperations` and so on. */
export type OutcomeTotals = { readonly [Outcome in OperationOutcome as `${Outcome}Operations`]: number };

/** Totals over all operations a session has had. */
export interface OperationSummary extends OutcomeTotals {
  readonly totalOperations: number;
  readonly activeOperations: number;
  /** The share of successes among all outcomes that count, in percent; 0 while there is none. */
  readonly successRate: number;
  /** Seconds, over completed operations only; 0 while none has completed. */
  readonly averageDuration: number;
  /** Seconds, over completed operations only. */
  readonly totalDuration: number;
}

/** What a session is doing now. */
export interface CurrentMetrics {
  readonly sessionId: string;
  /** The id of the latest started operation that is still active. */
  readonly currentOperation: string | null;
  /** The oldest 100, oldest first. */
  readonly activeOperations: readonly Operation[];
  /** How many are active. */
  readonly activeTotal: number;
  /** The last ten that ended, however they ended, oldest first. */
  readonly recentlyCompleted: readonly Operation[];
  readonly totalOperations: number;
  readonly successRate: number;
  readonly averageDuration: number;
  /** When the session's first operation started. */
  readonly startTime: Date | null;
}

/** One line of a list of sessions. */
export interface SessionSummary extends OperationSummary {
  readonly sessionId: string;
  /** The MCP server whose traffic it is; null for operations of another kind. */
  readonly serverName: string | null;
  readonly status: 'active' | 'idle' | 'closed';
  readonly openedAt: Date;
  readonly lastActivityAt: Date;
  readonly currentOperation: string | null;
  /** The id of the operation that failed last. */
  readonly lastFailedOperation: string | null;
  readonly lastFailedAt: Date | null;
  /** Why it failed, where that is known; cut to what a person reads. */
  readonly lastError: string | null;
}
