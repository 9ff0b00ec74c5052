import { OUTCOME_NAMES } from './outcomes.ts';

export const OPERATION_STATUSES = ['started', 'running', ...OUTCOME_NAMES] as const;

/** `started → running →` one of the outcomes */
export type OperationStatus = (typeof OPERATION_STATUSES)[number];

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
  /** 0 to 100. 100 after a success; any other outcome keeps the last progress. */
  readonly progress: number;
  readonly details: OperationDetails;
  /** Why it did not succeed, where that is known. */
  readonly error: string | null;
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
