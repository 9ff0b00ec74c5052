import { choice, count } from './event-fields.ts';
import type { EventsOf, EventTable } from './event-table.ts';
import { FAULT_PARTS } from './faults.ts';
import { LIMITS, type LimitName } from './limits.ts';
import type { OperationDetails, OperationStatus } from './operation.ts';
import type { OperationOutcome } from './outcomes.ts';
import type { SessionSummary } from './session-summary.ts';
import { TRAFFIC_EVENTS, type McpRequest } from './traffic-events.ts';

/**
 * One step of an operation, with the operation's state at that moment.
 *
 * @see {@link RealtimeMonitor} for an example
 */
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
  /** Seconds. Present on terminal kinds only. */
  readonly duration?: number;
  /** Details that came with the progress or the result. */
  readonly details?: OperationDetails;
  readonly error?: string;
  /** The request, if the operation is a tool call of an MCP client. */
  readonly request?: McpRequest;
}

export interface SessionEvent {
  readonly type: 'session';
  /** `changed` is published at most four times a second for each session. */
  readonly kind: 'opened' | 'changed' | 'closed';
  readonly session: SessionSummary;
}

/** The linter's findings and the results of its fixes. */
const PIPELINE_EVENTS = {
  files_scanned: { fields: { files: count } },
  issues_found: { fields: { errors: count, warnings: count } },
  fixes_tried: { fields: { applied: count, failed: count } },
} as const satisfies EventTable;

export type PipelineEvent = EventsOf<typeof PIPELINE_EVENTS>;

/** Events about the exporter itself. */
const OWN_EVENTS = {
  /** Data was truncated, refused or dropped because of a limit. */
  limit_reached: { fields: { limit: choice(Object.keys(LIMITS) as LimitName[]), count }, queue: 'sum' },
  /** A part of the exporter failed. The watched server is not affected. */
  part_failed: { fields: { part: choice(FAULT_PARTS) } },
} as const satisfies EventTable;

export type OwnEvent = EventsOf<typeof OWN_EVENTS>;

/** All events except operation and session events. */
export const EVENTS = { ...TRAFFIC_EVENTS, ...PIPELINE_EVENTS, ...OWN_EVENTS };

/**
 * All events of the monitor.
 *
 * @see {@link SessionRegistry} for an example
 */
export type MonitorEvent = OperationEvent | SessionEvent | EventsOf<typeof EVENTS>;

/**
 * Receives each event in order. An error that it throws is reported, and the other subscribers still get the event.
 *
 * @see {@link SessionRegistry} for an example
 */
export type Subscriber<E> = (event: E) => void;
