import type { OperationFilter } from './page-address.ts';
import type { OperationRecord } from './session-operations.ts';

/** An operation with the stages that it started, in the order they started. */
export interface OperationNode {
  readonly record: OperationRecord;
  readonly stages: OperationNode[];
}

export interface OperationTrees {
  /** The longest running first: what hangs stays on top, and rows keep their places. */
  readonly active: readonly OperationNode[];
  /** The latest ended first. */
  readonly ended: readonly OperationNode[];
}

/**
 * Puts stages under their parents. An active stage whose parent has ended stands among the active operations.
 *
 * @param records - where two started or ended at one moment, in that order
 * @param filter - keeps such operations, with their stages
 */
export function buildOperationTrees(
  records: readonly OperationRecord[],
  filter: OperationFilter = { operationName: null, status: null },
): OperationTrees {
  const nodes = records.map((record): OperationNode => ({ record, stages: [] }));
  const nodesById = groupById(nodes);
  const roots: OperationNode[] = [];
  for (const node of nodes) {
    const parent = findParent(node, nodesById);
    if (parent && (isActive(parent) || !isActive(node))) parent.stages.push(node);
    else roots.push(node);
  }
  for (const node of nodes) node.stages.sort(byStart);
  const shown = matching(roots, filter);
  return {
    active: shown.filter(isActive).toSorted(byStart),
    ended: shown
      .filter((node) => !isActive(node))
      .toReversed()
      .toSorted(byLatestEnd),
  };
}

function isActive(node: OperationNode): boolean {
  return node.record.endedAtMs === null;
}

/** Of the operations that have used the parent's id, the latest that started before the stage. */
function findParent(
  stage: OperationNode,
  nodesById: ReadonlyMap<string, readonly OperationNode[]>,
): OperationNode | undefined {
  if (stage.record.parentId === null) return undefined;
  const candidates = (nodesById.get(stage.record.parentId) ?? []).filter((node) => node !== stage);
  if (candidates.length < 2) return candidates[0];
  return candidates.toSorted(byStart).findLast((parent) => startOf(parent) <= startOf(stage));
}

function groupById(nodes: readonly OperationNode[]): Map<string, OperationNode[]> {
  const groups = new Map<string, OperationNode[]>();
  for (const node of nodes) {
    const group = groups.get(node.record.id);
    if (group) group.push(node);
    else groups.set(node.record.id, [node]);
  }
  return groups;
}

function matching(nodes: readonly OperationNode[], filter: OperationFilter): readonly OperationNode[] {
  const { operationName, status } = filter;
  return nodes.flatMap((node) => {
    const { record, stages } = node;
    const isNamed = operationName === null || record.name === operationName;
    const isShown = isNamed && (status === null || record.status === status);
    return isShown ? [node] : matching(stages, filter);
  });
}

function startOf(node: OperationNode): number {
  return node.record.startedAtMs ?? 0;
}

function byStart(a: OperationNode, b: OperationNode): number {
  return startOf(a) - startOf(b);
}

function byLatestEnd(a: OperationNode, b: OperationNode): number {
  return (b.record.endedAtMs ?? 0) - (a.record.endedAtMs ?? 0);
}
