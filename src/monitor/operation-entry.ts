import type { OperationEvent } from './events.ts';
import type { KeptDetails } from './kept-details.ts';
import type { Operation } from './operation.ts';
import { isOutcome } from './outcomes.ts';
import type { ProgressTrail } from './progress-trail.ts';
import type { McpRequest } from './traffic-events.ts';

/** The mutable form of an operation, for its monitor. */
export type OperationEntry = { -readonly [K in keyof Operation]: Operation[K] } & {
  /** Monotonic time, in milliseconds. */
  startedAtMs: number;
  trail: ProgressTrail | null;
  /** Approximate size of its details and trail, in characters. */
  detailsSize: number;
  /** The request of a tool call; null after its end, so that it is not kept in memory. */
  request: McpRequest | null;
};

type StartedOperation = Pick<
  OperationEntry,
  'operationId' | 'operationName' | 'sessionId' | 'parentId' | 'startTime' | 'startedAtMs' | 'request'
>;

/** A started operation without details. */
export function startedEntry(started: StartedOperation): OperationEntry {
  return {
    ...started,
    trail: null,
    endTime: null,
    duration: null,
    status: 'started',
    progress: 0,
    details: {},
    detailsSize: 0,
    error: null,
  };
}

/** An event with the current state of `operation`. */
export function eventOf(
  operation: OperationEntry,
  kind: OperationEvent['kind'],
  timestampMs: number,
  { details, size }: KeptDetails,
): OperationEvent {
  const { sessionId, operationId, parentId, operationName, status, progress, duration, error } = operation;
  const { request } = operation;
  return {
    type: 'operation',
    kind,
    sessionId,
    operationId,
    parentId,
    operationName,
    status,
    progress,
    timestampMs,
    ...(isOutcome(status) && duration !== null ? { duration } : undefined),
    ...(size > 0 ? { details } : undefined),
    ...(error === null ? undefined : { error }),
    ...(request === null ? undefined : { request }),
  };
}
