import type { OperationRecord } from './operation-record.ts';

// The relations of an operation: its parent, its stages, and its place among others.

/** Real operations are not nested deeper. */
const MAX_DEPTH = 50;

/** Links an operation to its parent. Ignores cycles and very deep nesting, because parents come from the network. */
export function link(record: OperationRecord, parent: OperationRecord | undefined): void {
  let depth = 0;
  for (let each = parent ?? null; each !== null; each = each.parent) {
    depth += 1;
    if (each === record || depth > MAX_DEPTH) return;
  }
  if (!parent) return;
  record.parent = parent;
  parent.children.push(record);
}

/** The operation and all its descendants. */
export function* familyOf(record: OperationRecord): Generator<OperationRecord> {
  yield record;
  for (const child of record.children) yield* familyOf(child);
}

/** The outermost ancestor. */
export function rootOf(record: OperationRecord): OperationRecord {
  return record.parent ? rootOf(record.parent) : record;
}

export function startOf(record: OperationRecord): number {
  return record.startedAtMs ?? 0;
}

export function byStart(a: OperationRecord, b: OperationRecord): number {
  return startOf(a) - startOf(b);
}

export function byEnd(a: OperationRecord, b: OperationRecord): number {
  return (a.endedAtMs ?? 0) - (b.endedAtMs ?? 0);
}
