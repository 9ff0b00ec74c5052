import type { OperationStatus } from '../../../monitor/operation.ts';
import { isError, isOutcome, isSuccess } from '../../../monitor/outcomes.ts';
import { OTHER } from '../../../monitor/other-label.ts';
import type { WireOperation } from '../../../wire-format/wire-format.ts';
import type { FeedOperationEvent } from '../../feed-protocol.ts';

/** The displayed name of the label `_OTHER`, which all tools that no server has confirmed share. */
export const UNKNOWN_TOOLS = 'unknown tools';

/** An operation as known to the page. Ids can be reused, so the object is its identity. */
export interface OperationRecord {
  readonly sessionId: string;
  readonly id: string;
  /** The displayed name: the label, or the requested name if the label is `_OTHER`. */
  name: string;
  /** The label in summaries and metrics. It is `_OTHER` if the server has not confirmed the name. */
  readonly label: string;
  readonly parentId: string | null;
  parent: OperationRecord | null;
  /** In the order of arrival. */
  readonly children: OperationRecord[];
  /** Null if its start was missed. */
  startedAtMs: number | null;
  endedAtMs: number | null;
  durationSeconds: number | null;
  status: OperationStatus;
  progress: number;
  message: string | null;
  error: string | null;
  /** Replaced, never changed. */
  details: Readonly<Record<string, unknown>>;
  /** Sequence number of its latest event, or of the snapshot that it came from. */
  seq: number;
}

export function isActive(record: OperationRecord): boolean {
  return record.endedAtMs === null;
}

export function hasSucceeded({ status }: OperationRecord): boolean {
  return isOutcome(status) && isSuccess(status);
}

export function hasFailed({ status }: OperationRecord): boolean {
  return isOutcome(status) && isError(status);
}

/** Seconds from its start to its end, or to now; null if the start is unknown. */
export function elapsedSeconds(record: OperationRecord, nowMs: number): number | null {
  if (record.durationSeconds !== null) return record.durationSeconds;
  return record.startedAtMs === null ? null : Math.max(0, nowMs - record.startedAtMs) / 1000;
}

export function recordOfEvent(event: FeedOperationEvent): OperationRecord {
  const record = createRecord(event);
  mergeEvent(record, event);
  return record;
}

export function mergeEvent(record: OperationRecord, event: FeedOperationEvent): void {
  const timestampMs = Date.parse(event.timestamp);
  record.seq = event.seq;
  record.status = event.status;
  record.progress = event.progress;
  record.message = event.message ?? record.message;
  record.error = event.error ?? record.error;
  if (event.details) setDetails(record, { ...record.details, ...event.details });
  if (event.kind === 'started') record.startedAtMs = timestampMs;
  if (event.kind === 'started' || event.kind === 'progressed') return;
  record.endedAtMs = timestampMs;
  record.durationSeconds = event.duration ?? null;
  record.startedAtMs ??= timestampMs - (event.duration ?? 0) * 1000;
}

/** @param seq - the position of the feed */
export function recordOfWire(operation: WireOperation, seq: number): OperationRecord {
  const record = createRecord(operation);
  mergeWire(record, operation, seq);
  return record;
}

export function mergeWire(record: OperationRecord, operation: WireOperation, seq: number): void {
  const { message } = operation.details;
  record.seq = seq;
  record.startedAtMs = Date.parse(operation.start_time);
  record.endedAtMs = operation.end_time === null ? null : Date.parse(operation.end_time);
  record.durationSeconds = operation.duration;
  record.status = operation.status;
  record.progress = operation.progress;
  record.message = typeof message === 'string' ? message : null;
  record.error = operation.error;
  setDetails(record, operation.details);
}

function setDetails(record: OperationRecord, details: OperationRecord['details']): void {
  const requested = details['requested_tool'];
  record.details = details;
  if (record.label === OTHER && typeof requested === 'string' && requested !== '') record.name = requested;
}

/** Adds the start to a record that has only later events. */
export function mergeStart(record: OperationRecord, operation: WireOperation): void {
  const { message } = operation.details;
  record.startedAtMs = Date.parse(operation.start_time);
  if (typeof message === 'string') record.message ??= message;
  setDetails(record, { ...operation.details, ...record.details });
}

type Named = Pick<WireOperation, 'session_id' | 'operation_id' | 'operation_name' | 'parent_id'>;

function createRecord(named: Named): OperationRecord {
  return {
    sessionId: named.session_id,
    id: named.operation_id,
    name: named.operation_name,
    label: named.operation_name,
    parentId: named.parent_id,
    parent: null,
    children: [],
    startedAtMs: null,
    endedAtMs: null,
    durationSeconds: null,
    status: 'started',
    progress: 0,
    message: null,
    error: null,
    details: {},
    seq: 0,
  };
}
