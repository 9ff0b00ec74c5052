/** `started → running → completed | failed | cancelled` */
export type OperationStatus = 'started' | 'running' | 'completed' | 'failed' | 'cancelled';

/** How an operation ended. */
export type OperationOutcome = Extract<OperationStatus, 'completed' | 'failed' | 'cancelled'>;

export const OPERATION_OUTCOMES = ['completed', 'failed', 'cancelled'] as const satisfies OperationOutcome[];

export const OPERATION_STATUSES = ['started', 'running', ...OPERATION_OUTCOMES] as const;

/** Free-form facts about an operation, merged as it goes. Never a label, always data. */
export type OperationDetails = Readonly<Record<string, unknown>>;

/** One piece of watched work: a tool call, or a stage inside it. */
export interface Operation {
  readonly operationId: string;
  readonly operationName: string;
  readonly sessionId: string;
  /** The operation that started this one, in the same session. */
  readonly parentId: string | null;
  readonly startTime: Date;
  readonly endTime: Date | null;
  /** Seconds, by a monotonic clock; null while it is active. */
  readonly duration: number | null;
  readonly status: OperationStatus;
  /** 0 to 100. A failed or cancelled operation keeps its last progress. */
  readonly progress: number;
  readonly details: OperationDetails;
  /** Why it failed or was cancelled, where that is known. */
  readonly error: string | null;
}

export function isOutcome(status: OperationStatus): status is OperationOutcome {
  return status !== 'started' && status !== 'running';
}

/** Names an operation among those of all sessions: ids are unique in their own session only. */
export function operationKey(sessionId: string, operationId: string): string {
  return `${sessionId.length} ${sessionId} ${operationId}`;
}

const BRIEF_LENGTH = 200;
const BRIEF_MEMBERS = 10;

/** Of `details` what takes little room: a few short texts, numbers, and the like. The same object if that is all. */
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
