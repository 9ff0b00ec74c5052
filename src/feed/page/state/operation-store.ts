import { operationKey } from '../../../monitor/operation.ts';
import { CLOCK_TOLERANCE_MS, parentAmong } from '../../../monitor/operation-parent.ts';
import type { WireOperation } from '../../../wire-format/wire-format.ts';
import type { FeedOperationEvent } from '../../feed-protocol.ts';
import type { Snapshot } from '../connection/exporter-api.ts';
import { byEnd, byStart, link, rootOf, startOf } from './operation-family.ts';
import {
  hasSucceeded,
  isActive,
  mergeStart,
  mergeEvent,
  mergeWire,
  recordOfEvent,
  recordOfWire,
  type OperationRecord,
} from './operation-record.ts';

/** Maximum number of ended operations without a parent. */
export const MAX_ENDED_ROOTS = 5000;
/** At least this many are kept, even if running operations have many stages. */
const MIN_ENDED_ROOTS = 100;
/** Maximum number of ended operations including their stages. */
const MAX_ENDED = 20_000;
/** Maximum number of stages of one operation. Beyond it, the oldest successful or else the oldest ended one is evicted. */
export const MAX_CHILDREN = 500;
/** Evicts several operations at a time, which is faster. */
const SLACK = 250;

/**
 * The operations of all sessions, built from the feed. Events arrive in order. A snapshot contains the effect of all events
 * up to its sequence number.
 */
export class OperationStore {
  readonly #active = new Map<string, OperationRecord>();
  /** The latest operation of each id, active or ended. */
  readonly #latest = new Map<string, OperationRecord>();
  /** Ended operations by id and end. */
  readonly #ended = new Map<string, OperationRecord>();
  /** In the order of their ends. */
  #endedRoots: OperationRecord[] = [];
  /** The result of the last {@link addEnded}. */
  #added: readonly OperationRecord[] = [];
  #completeSinceMs = -Infinity;
  #seq = 0;
  /** Number of active operations that neither a snapshot nor an event has contained yet. */
  #unnamedActive = 0;
  #revision = 0;
  #endedRevision = 0;

  /** The sequence number of the latest event or snapshot. */
  get seq(): number {
    return this.#seq;
  }

  /** Changes with every change of the store. */
  get revision(): number {
    return this.#revision;
  }

  /** Changes when an ended operation is added or removed. */
  get endedRevision(): number {
    return this.#endedRevision;
  }

  /** Number of active operations that are not in the store, because the exporter limits its snapshots. */
  get unnamedActive(): number {
    return this.#unnamedActive;
  }

  /** Active operations without an active parent, longest running first. */
  get activeRoots(): OperationRecord[] {
    return [...this.#active.values()]
      .filter(({ parent }) => parent === null || !isActive(parent))
      .toSorted(byStart);
  }

  /** Ended operations without a parent, latest end last. Their stages are their children. */
  get endedRoots(): readonly OperationRecord[] {
    return this.#endedRoots;
  }

  /** All operations without a parent that ended after this time are in the store. */
  get completeSinceMs(): number {
    return this.#completeSinceMs;
  }

  /** The latest operation with the id, in the given session or in any. */
  find(id: string, sessionId: string | null): OperationRecord | undefined {
    if (sessionId !== null) return this.#latest.get(operationKey(sessionId, id));
    const found = [...this.#latest.values()].filter((record) => record.id === id);
    return found.toSorted(byStart).at(-1);
  }

  apply(event: FeedOperationEvent): void {
    if (event.seq <= this.#seq) return;
    this.#seq = event.seq;
    this.#revision += 1;
    const key = operationKey(event.session_id, event.operation_id);
    let record = this.#active.get(key);
    if (record && event.kind !== 'started') {
      mergeEvent(record, event);
    } else {
      // The id was reused, so the end of the previous operation was missed.
      if (record) this.#discard(record);
      else if (event.kind !== 'started') this.#unnamedActive = Math.max(0, this.#unnamedActive - 1);
      record = recordOfEvent(event);
      const parent = this.#latest.get(operationKey(record.sessionId, record.parentId ?? ''));
      // If one of the starts was missed, the next snapshot links them.
      if (parent && parent.startedAtMs !== null && record.startedAtMs !== null)
        link(record, parentAmong([parent], record, startOf));
      this.#latest.set(key, record);
      this.#active.set(key, record);
    }
    if (isActive(record)) return;
    this.#end(record);
    const isFull = this.#endedRoots.length > MAX_ENDED_ROOTS + SLACK || this.#ended.size > MAX_ENDED;
    if (isFull) this.#forgetOldest();
  }

  applySnapshot(snapshot: Snapshot): void {
    const { seq, active, ended, activeTotal = active.length, endedTotal = ended.length } = snapshot;
    this.#seq = Math.max(this.#seq, seq);
    this.#noteSnapshot(ended, endedTotal);
    // Ended operations first, because an active one may have reused an id.
    for (const operation of ended.toReversed()) this.#takeEnded(operation, seq);
    const stillActive = new Set(active.map((operation) => this.#takeActive(operation, seq)));
    const isPartial = activeTotal > active.length;
    for (const record of this.#active.values()) {
      // Its end was missed, and the snapshot does not contain it.
      if (record.seq <= seq && !stillActive.has(record) && !isPartial) this.#discard(record);
    }
    const known = [...this.#active.values()].filter((record) => stillActive.has(record) || record.seq <= seq);
    this.#unnamedActive = Math.max(0, activeTotal - known.length);
    this.#relink();
  }

  /** Adds ended operations that are older than a snapshot contains. They are kept until the next call. */
  addEnded(operations: readonly WireOperation[]): void {
    const ended = operations.toReversed().filter(({ end_time: end }) => end !== null);
    this.#added = ended.map((operation) => this.#takeEnded(operation, 0));
    this.#relink();
  }

  /** Call after a restart of the exporter, which has lost all operations. */
  clear(): void {
    for (const records of [this.#active, this.#latest, this.#ended]) records.clear();
    this.#endedRoots = [];
    this.#added = [];
    this.#completeSinceMs = -Infinity;
    this.#seq = 0;
    this.#unnamedActive = 0;
    this.#revision += 1;
    this.#endedRevision += 1;
  }

  /** @param ended - latest first */
  #noteSnapshot(ended: readonly WireOperation[], total: number): void {
    const oldest = ended.at(-1);
    if (!oldest || ended.length >= total) {
      this.#completeSinceMs = -Infinity;
      return;
    }
    const oldestMs = Date.parse(oldest.end_time ?? '');
    // A snapshot that begins with a known operation continues the store.
    const isContinued = this.#ended.has(endKeyOfWire(oldest)) && oldestMs >= this.#completeSinceMs;
    if (!isContinued) this.#completeSinceMs = oldestMs;
  }

  #takeActive(operation: WireOperation, seq: number): OperationRecord {
    const key = operationKey(operation.session_id, operation.operation_id);
    const startedAtMs = Date.parse(operation.start_time);
    const known = this.#latest.get(key);
    if (known && known.seq > seq) {
      // Later events are newer than the snapshot, but may lack the start.
      if (Math.abs((known.startedAtMs ?? startedAtMs) - startedAtMs) < CLOCK_TOLERANCE_MS) {
        mergeStart(known, operation);
      }
      return known;
    }
    const isSame = known && isActive(known) && known.startedAtMs === startedAtMs;
    const record = isSame ? known : recordOfWire(operation, seq);
    if (isSame) mergeWire(record, operation, seq);
    const before = this.#active.get(key);
    if (before && before !== record) this.#discard(before);
    this.#latest.set(key, record);
    this.#active.set(key, record);
    return record;
  }

  #takeEnded(operation: WireOperation, seq: number): OperationRecord {
    const key = operationKey(operation.session_id, operation.operation_id);
    const startedAtMs = Date.parse(operation.start_time);
    const ended = this.#ended.get(endKeyOfWire(operation));
    if (ended) return ended;
    const known = this.#active.get(key);
    const isSame = known && known.seq <= seq && known.startedAtMs === startedAtMs;
    const record = isSame ? known : recordOfWire(operation, seq);
    if (isSame) mergeWire(record, operation, seq);
    const latest = this.#latest.get(key);
    if (!latest || (latest.seq <= seq && startOf(latest) < startedAtMs)) this.#latest.set(key, record);
    this.#end(record);
    return record;
  }

  #end(record: OperationRecord): void {
    const key = operationKey(record.sessionId, record.id);
    if (this.#active.get(key) === record) this.#active.delete(key);
    this.#ended.set(endKeyOf(record), record);
    this.#endedRevision += 1;
    if (record.parent) return this.#forgetOldestChild(record.parent);
    this.#endedRoots.push(record);
  }

  /** Links all operations to their parents, because a stage may arrive before its parent. */
  #relink(): void {
    const records = [...this.#ended.values(), ...this.#active.values()].toSorted(byStart);
    const byKey = new Map<string, OperationRecord[]>();
    for (const record of records) {
      const key = operationKey(record.sessionId, record.id);
      byKey.set(key, [...(byKey.get(key) ?? []), record]);
    }
    for (const record of records) {
      if (record.parent || record.parentId === null) continue;
      const parents = byKey.get(operationKey(record.sessionId, record.parentId)) ?? [];
      link(record, parentAmong(parents, record, startOf));
    }
    this.#endedRoots = [...this.#ended.values()].filter(({ parent }) => parent === null).toSorted(byEnd);
    this.#forgetOldest();
    this.#revision += 1;
    this.#endedRevision += 1;
  }

  #forgetOldest(): void {
    const added = new Set(this.#added.map(rootOf));
    const roots = this.#endedRoots.filter((root) => !added.has(root));
    let excess = Math.max(0, roots.length - MAX_ENDED_ROOTS);
    let isTooMuch = this.#ended.size > MAX_ENDED;
    for (const [index, root] of roots.entries()) {
      if (index >= excess && (!isTooMuch || index >= roots.length - MIN_ENDED_ROOTS)) break;
      excess = Math.max(excess, index + 1);
      this.#forget(root);
      isTooMuch = this.#ended.size > MAX_ENDED - SLACK;
    }
    const forgotten = new Set(roots.slice(0, excess));
    const lastEndMs = roots[excess - 1]?.endedAtMs ?? -Infinity;
    this.#completeSinceMs = Math.max(this.#completeSinceMs, lastEndMs);
    this.#endedRoots = this.#endedRoots.filter((root) => !forgotten.has(root));
  }

  #forgetOldestChild({ children }: OperationRecord): void {
    if (children.length <= MAX_CHILDREN) return;
    const succeeded = children.findIndex(hasSucceeded);
    const oldest = succeeded < 0 ? children.findIndex((child) => !isActive(child)) : succeeded;
    for (const child of children.splice(oldest, 1)) this.#forget(child);
  }

  /** Removes an ended operation and its ended stages. Active stages become roots. */
  #forget(record: OperationRecord): void {
    if (isActive(record)) {
      record.parent = null;
      return;
    }
    const key = operationKey(record.sessionId, record.id);
    this.#ended.delete(endKeyOf(record));
    if (this.#latest.get(key) === record) this.#latest.delete(key);
    for (const child of record.children) this.#forget(child);
  }

  /** Removes an operation whose end was missed. Its stages become roots. */
  #discard(record: OperationRecord): void {
    const key = operationKey(record.sessionId, record.id);
    if (this.#active.get(key) === record) this.#active.delete(key);
    if (this.#latest.get(key) === record) {
      const ended = [...this.#ended.values()];
      const before = ended.findLast(
        ({ sessionId, id }) => sessionId === record.sessionId && id === record.id,
      );
      if (before) this.#latest.set(key, before);
      else this.#latest.delete(key);
    }
    const siblings = record.parent?.children ?? [];
    if (siblings.includes(record)) siblings.splice(siblings.indexOf(record), 1);
    for (const child of record.children) {
      child.parent = null;
      if (!isActive(child)) this.#endedRoots.push(child);
    }
    this.#endedRevision += 1;
  }
}

/** Creates a store from the operations at one position of the feed. */
export function storeOf(operations: readonly WireOperation[], seq: number): OperationStore {
  const store = new OperationStore();
  store.applySnapshot({
    seq,
    active: operations.filter(({ end_time: end }) => end === null),
    ended: operations.filter(({ end_time: end }) => end !== null),
  });
  return store;
}

function endKeyOf(record: OperationRecord): string {
  return `${operationKey(record.sessionId, record.id)} ${record.endedAtMs} ${record.durationSeconds}`;
}

/** The key of an operation that has ended. */
function endKeyOfWire({
  session_id: session,
  operation_id: id,
  end_time: end,
  duration,
}: WireOperation): string {
  return `${operationKey(session, id)} ${Date.parse(end ?? '')} ${duration}`;
}
