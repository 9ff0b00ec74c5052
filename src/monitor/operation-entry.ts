import type { OperationEvent } from './events.ts';
import type { KeptDetails } from './kept-details.ts';
import type { Operation } from './operation.ts';
import { isOutcome } from './outcomes.ts';
import type { ProgressTrail } from './progress-trail.ts';

/** An operation as its monitor writes it. */
export type OperationEntry = { -readonly [K in keyof Operation]: Operation[K] } & {
  /** By the monotonic clock. */
  startedAtMs: number;
  trail: ProgressTrail | null;
  /** What its details take, roughly in characters. */
  detailsSize: number;
};

type StartedOperation = Pick<
  OperationEntry,
  'operationId' | 'operationName' | 'sessionId' | 'parentId' | 'startTime' | 'startedAtMs'
>;

/** An operation that has just started, without its details. */
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

/** A step of `operation`, as it is now. */
export function eventOf(
  operation: OperationEntry,
  kind: OperationEvent['kind'],
  timestampMs: number,
  { details, size }: KeptDetails,
): OperationEvent {
  const { sessionId, operationId, parentId, operationName, status, progress, duration, error } = operation;
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
  };
}
