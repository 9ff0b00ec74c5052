import { OUTCOME_NAMES } from './outcomes.ts';

export const OPERATION_STATUSES = ['started', 'running', ...OUTCOME_NAMES] as const;

/**
 * `started`, then `running` once it reports progress, then an outcome.
 *
 * @see {@link RealtimeMonitor} for an example
 */
export type OperationStatus = (typeof OPERATION_STATUSES)[number];

/**
 * Free-form data about an operation. Later details are merged in. Never used as labels.
 *
 * @see {@link RealtimeMonitor} for an example
 */
export type OperationDetails = Readonly<Record<string, unknown>>;

/**
 * One unit of observed work: a tool call, or a stage of it.
 *
 * @see {@link RealtimeMonitor} for an example
 */
export interface Operation {
  readonly operationId: string;
  readonly operationName: string;
  readonly sessionId: string;
  /** The operation that started this one, in the same session. */
  readonly parentId: string | null;
  readonly startTime: Date;
  readonly endTime: Date | null;
  /** Seconds, from a monotonic clock; null while the operation is active. */
  readonly duration: number | null;
  readonly status: OperationStatus;
  /** 0 to 100. A success sets 100; other outcomes keep the last value. */
  readonly progress: number;
  readonly details: OperationDetails;
  /** The reason for a failure or cancellation, if known. */
  readonly error: string | null;
}

/** A key that is unique across sessions. Operation ids are unique only within their session. */
export function operationKey(sessionId: string, operationId: string): string {
  return `${sessionId.length} ${sessionId} ${operationId}`;
}

const BRIEF_LENGTH = 200;
const BRIEF_MEMBERS = 10;

/** Keeps the first few small values of `details`: short texts, numbers and the like. Returns `details` if all are kept. */
export function briefDetails(details: OperationDetails): OperationDetails {
  const entries = Object.entries(details);
  const brief = entries
    .filter(([, value]) => (typeof value !== 'object' || value === null) && !isLongText(value))
    .slice(0, BRIEF_MEMBERS);
  return brief.length === entries.length ? details : Object.fromEntries(brief);
}

function isLongText(value: unknown): boolean {
  return typeof value === 'string' && value.length > BRIEF_LENGTH;
}
