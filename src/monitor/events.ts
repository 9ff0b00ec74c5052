import { choice, count } from './event-fields.ts';
import type { EventsOf, EventTable } from './event-table.ts';
import { FAULT_PARTS } from './faults.ts';
import { LIMITS, type LimitName } from './limits.ts';
import type { OperationDetails, OperationStatus } from './operation.ts';
import type { OperationOutcome } from './outcomes.ts';
import type { SessionSummary } from './session-summary.ts';
import { TRAFFIC_EVENTS } from './traffic-events.ts';

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
const PIPELINE_EVENTS = {
  files_scanned: { fields: { files: count } },
  issues_found: { fields: { errors: count, warnings: count } },
  fixes_tried: { fields: { applied: count, failed: count } },
} as const satisfies EventTable;

export type PipelineEvent = EventsOf<typeof PIPELINE_EVENTS>;

/** What the exporter states about itself. */
const OWN_EVENTS = {
  /** Something was cut, refused or dropped because a limit was reached. */
  limit_reached: { fields: { limit: choice(Object.keys(LIMITS) as LimitName[]), count }, queue: 'sum' },
  /** A part failed; the watched server did not notice. */
  part_failed: { fields: { part: choice(FAULT_PARTS) } },
} as const satisfies EventTable;

export type OwnEvent = EventsOf<typeof OWN_EVENTS>;

/** Every event besides the steps of operations and sessions. */
export const EVENTS = { ...TRAFFIC_EVENTS, ...PIPELINE_EVENTS, ...OWN_EVENTS };

/** Everything the monitor states. Subscribers hear of it; nothing flows back. */
export type MonitorEvent = OperationEvent | SessionEvent | EventsOf<typeof EVENTS>;

export type Subscriber<E> = (event: E) => void;
