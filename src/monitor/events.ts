import type { FaultPart } from './faults.ts';
import type { LimitName } from './limits.ts';
import type { OperationDetails, OperationOutcome, OperationStatus } from './operation.ts';
import type { SessionSummary } from './session-summary.ts';
import type { TrafficEvent } from './traffic-events.ts';

/** A step in an operation's life, as it was at that moment. */
export interface OperationEvent {
  readonly type: 'operation';
  readonly kind: 'started' | 'progressed' | OperationOutcome;
  readonly sessionId: string;
  readonly operationId: string;
  readonly parentId: string | null;
  readonly operationName: string;
  readonly status: OperationStatus;
  /** 0 to 100. */
  readonly progress: number;
  /** Milliseconds since the Unix epoch. */
  readonly timestampMs: number;
  /** Seconds; on the terminal kinds only. */
  readonly duration?: number;
  /** What the progress or the result said about itself. */
  readonly details?: OperationDetails;
  readonly error?: string;
}

export interface SessionEvent {
  readonly type: 'session';
  /** `changed` comes at most four times a second for one session. */
  readonly kind: 'opened' | 'changed' | 'closed';
  readonly session: SessionSummary;
}

/** What the pipeline's linter found, and what became of the fixes. */
export type PipelineEvent =
  | { readonly type: 'files_scanned'; readonly files: number }
  | { readonly type: 'issues_found'; readonly errors: number; readonly warnings: number }
  | { readonly type: 'fixes_tried'; readonly applied: number; readonly failed: number };

/** What the exporter states about itself. */
export type OwnEvent =
  /** Something was cut, refused or dropped because a limit was reached. */
  | { readonly type: 'limit_reached'; readonly limit: LimitName; readonly count: number }
  /** A part failed; the watched server did not notice. */
  | { readonly type: 'part_failed'; readonly part: FaultPart };

/** Everything the monitor states. Whoever wants a fact subscribes to it; nothing flows back. */
export type MonitorEvent = OperationEvent | SessionEvent | PipelineEvent | TrafficEvent | OwnEvent;

export type Subscriber<E> = (event: E) => void;
