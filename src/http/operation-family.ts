import type { Operation } from '../monitor/operation.ts';
import { parentAmong } from '../monitor/operation-parent.ts';

export interface OperationFamily {
  /** The chain of operations that started this one, outermost first. */
  readonly ancestors: readonly Operation[];
  /** The operations that it started, directly or indirectly. Parents come before their children. */
  readonly descendants: readonly Operation[];
}

/** The family of `operation` among the operations of its session. */
export function findFamily(operations: readonly Operation[], operation: Operation): OperationFamily {
  const parents = findParents(operations);
  const ancestors = new Set<Operation>();
  for (let parent = parents.get(operation); parent && !ancestors.has(parent); parent = parents.get(parent)) {
    ancestors.add(parent);
  }
  const children = new Map<Operation, Operation[]>();
  for (const [child, parent] of parents) {
    const siblings = children.get(parent);
    if (siblings) siblings.push(child);
    else children.set(parent, [child]);
  }
  return { ancestors: [...ancestors].toReversed(), descendants: descendantsOf(operation, children) };
}

function findParents(operations: readonly Operation[]): Map<Operation, Operation> {
  const started = operations.toSorted((a, b) => a.startTime.getTime() - b.startTime.getTime());
  const byId = new Map<string, Operation[]>();
  for (const each of started) {
    const same = byId.get(each.operationId);
    if (same) same.push(each);
    else byId.set(each.operationId, [each]);
  }
  const parents = new Map<Operation, Operation>();
  for (const child of started) {
    const candidates = byId.get(child.parentId ?? '') ?? [];
    const parent = parentAmong(candidates, child, ({ startTime }) => startTime.getTime());
    if (parent) parents.set(child, parent);
  }
  return parents;
}

function descendantsOf(operation: Operation, children: ReadonlyMap<Operation, Operation[]>): Operation[] {
  const family = new Set([operation]);
  // The iteration of a Set includes elements that are added during it.
  for (const each of family) for (const child of children.get(each) ?? []) family.add(child);
  family.delete(operation);
  return [...family];
}
