import type { OperationStatus } from '../../monitor/operation.ts';
import type { WireOperation } from '../../monitor/wire-format.ts';
import type { FeedOperationEvent } from '../feed-protocol.ts';

/** An operation, as far as the page has heard of it. Ids may be used again: the record is its identity. */
export interface OperationRecord {
  readonly id: string;
  readonly name: string;
  readonly parentId: string | null;
  /** Null while only later events of it were heard. */
  startedAtMs: number | null;
  endedAtMs: number | null;
  durationSeconds: number | null;
  status: OperationStatus;
  progress: number;
  message: string | null;
  error: string | null;
  /** Replaced, never changed. */
  details: Readonly<Record<string, unknown>>;
  /** Of the latest event in it; 0 where it comes from a snapshot. */
  seq: number;
}

export const MAX_ENDED_OPERATIONS = 100;

/**
 * One session's operations: the active ones, and the last {@link MAX_ENDED_OPERATIONS} that ended.
 *
 * Events may come twice, or late (a resume's replay crosses the live ones), or never (progress is coalesced,
 * and a gap hides anything): what an older event says never overrides a newer one, and a snapshot settles the
 * rest.
 */
export class SessionOperations {
  readonly #active = new Map<string, OperationRecord>();
  /** In the order they ended. */
  readonly #ended: OperationRecord[] = [];
  #revision = 0;

  /** Changes whenever anything here does. */
  get revision(): number {
    return this.#revision;
  }

  get records(): readonly OperationRecord[] {
    return [...this.#active.values(), ...this.#ended];
  }

  apply(event: FeedOperationEvent): void {
    this.#revision += 1;
    const active = this.#active.get(event.operation_id);
    switch (event.kind) {
      case 'started':
        return this.#start(event, active);
      case 'progressed':
        if (active) mergeEvent(active, event);
        else if (!this.#hasEndedSince(event)) this.#active.set(event.operation_id, recordOfEvent(event));
        return;
      case 'completed':
      case 'failed':
      case 'cancelled':
        return this.#end(event, active);
    }
  }

  /** A snapshot is the whole truth about the active operations, and names the last few ended ones. */
  applySnapshot(active: readonly WireOperation[], ended: readonly WireOperation[]): void {
    this.#revision += 1;
    const known = new Map(this.#active);
    this.#active.clear();
    for (const operation of active) {
      const before = known.get(operation.operation_id);
      const startedAtMs = Date.parse(operation.start_time);
      const isSame = before !== undefined && (before.startedAtMs ?? startedAtMs) === startedAtMs;
      this.#active.set(operation.operation_id, recordOfOperation(operation, isSame ? before : undefined));
    }
    for (const operation of ended) {
      const before = known.get(operation.operation_id);
      const isSame = before?.startedAtMs === Date.parse(operation.start_time);
      this.#addEnded(recordOfOperation(operation, isSame ? before : undefined));
    }
  }

  /** What ended before this page was opened, further back than a snapshot tells. */
  applyEnded(operations: readonly WireOperation[]): void {
    this.#revision += 1;
    for (const operation of operations) {
      if (operation.end_time !== null) this.#addEnded(recordOfOperation(operation, undefined));
    }
  }

  #start(event: FeedOperationEvent, active: OperationRecord | undefined): void {
    if (this.#hasEndedSince(event)) return;
    const startedAtMs = Date.parse(event.timestamp);
    if (active && (active.startedAtMs ?? startedAtMs) === startedAtMs) {
      active.startedAtMs = startedAtMs;
      active.details = { ...event.details, ...active.details };
    } else if (!active || active.seq < event.seq) {
      this.#active.set(event.operation_id, { ...recordOfEvent(event), startedAtMs });
    }
  }

  #end(event: FeedOperationEvent, active: OperationRecord | undefined): void {
    const isOfActive = active !== undefined && active.seq < event.seq;
    if (isOfActive) {
      this.#active.delete(event.operation_id);
      mergeEvent(active, event);
    }
    const record = isOfActive ? active : recordOfEvent(event);
    record.endedAtMs = Date.parse(event.timestamp);
    record.durationSeconds = event.duration ?? null;
    record.startedAtMs ??= record.endedAtMs - (event.duration ?? 0) * 1000;
    this.#addEnded(record);
  }

  /** Whether `event` is older than one that was heard of an ended operation with its id. */
  #hasEndedSince(event: FeedOperationEvent): boolean {
    return this.#ended.some((record) => record.id === event.operation_id && record.seq > event.seq);
  }

  #addEnded(record: OperationRecord): void {
    const isKnown = this.#ended.some(
      (other) => other.id === record.id && other.endedAtMs === record.endedAtMs,
    );
    if (isKnown) return;
    const endedAtMs = record.endedAtMs ?? 0;
    const before = this.#ended.findLastIndex((other) => (other.endedAtMs ?? 0) <= endedAtMs);
    this.#ended.splice(before + 1, 0, record);
    if (this.#ended.length > MAX_ENDED_OPERATIONS) this.#ended.shift();
  }
}

function recordOfEvent(event: FeedOperationEvent): OperationRecord {
  const record: OperationRecord = {
    id: event.operation_id,
    name: nameOf(event.operation_name, event.details),
    parentId: event.parent_id,
    startedAtMs: null,
    endedAtMs: null,
    durationSeconds: null,
    status: event.status,
    progress: event.progress,
    message: null,
    error: null,
    details: {},
    seq: -1,
  };
  mergeEvent(record, event);
  return record;
}

/** A name that nobody vouches for is no label, but the page may show it. */
function nameOf(name: string, details: Readonly<Record<string, unknown>> | undefined): string {
  const asked = details?.['requested_tool'];
  return name === '_OTHER' && typeof asked === 'string' && asked !== '' ? asked : name;
}

function mergeEvent(record: OperationRecord, event: FeedOperationEvent): void {
  if (event.seq <= record.seq) return;
  record.seq = event.seq;
  record.status = event.status;
  record.progress = event.progress;
  record.message = event.message ?? record.message;
  record.error = event.error ?? record.error;
  if (event.details) record.details = { ...record.details, ...event.details };
}

function recordOfOperation(operation: WireOperation, before: OperationRecord | undefined): OperationRecord {
  const { message } = operation.details;
  const facts = {
    startedAtMs: Date.parse(operation.start_time),
    endedAtMs: operation.end_time === null ? null : Date.parse(operation.end_time),
    durationSeconds: operation.duration,
    status: operation.status,
    progress: operation.progress,
    message: typeof message === 'string' ? message : null,
    error: operation.error,
    details: operation.details,
  };
  if (before) return Object.assign(before, facts);
  return {
    id: operation.operation_id,
    name: nameOf(operation.operation_name, operation.details),
    parentId: operation.parent_id,
    seq: 0,
    ...facts,
  };
}
