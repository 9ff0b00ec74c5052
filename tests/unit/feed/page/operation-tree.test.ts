import { describe, expect, it } from 'vitest';

import type { FeedOperationEvent } from '../../../../src/feed/feed-protocol.ts';
import { buildOperationTrees, type OperationNode } from '../../../../src/feed/page/operation-tree.ts';
import { SessionOperations } from '../../../../src/feed/page/session-operations.ts';
import type { OperationStatus } from '../../../../src/monitor/operation.ts';
import { eventOf } from './feed-messages.ts';

type Shape = string | [string, Shape[]];

function shapeOf(nodes: readonly OperationNode[]): Shape[] {
  return nodes.map(({ record, stages }) => (stages.length === 0 ? record.id : [record.id, shapeOf(stages)]));
}

function treesOf(
  events: FeedOperationEvent[],
  operationName: string | null = null,
  status: OperationStatus | null = null,
): { active: Shape[]; ended: Shape[] } {
  const operations = new SessionOperations();
  for (const event of events) operations.apply(event);
  const { active, ended } = buildOperationTrees(operations.records, { operationName, status });
  return { active: shapeOf(active), ended: shapeOf(ended) };
}

const stageOf = (parent_id: string, operation_name = 'stage'): Partial<FeedOperationEvent> => ({
  parent_id,
  operation_name,
});

describe('the trees of operations', () => {
  it('show the longest running first, and the latest ended first', () => {
    const trees = treesOf([
      eventOf('started', 'old', 1, 0),
      eventOf('started', 'new', 2, 1),
      eventOf('completed', 'first', 3, 2, { duration: 1 }),
      eventOf('completed', 'last', 4, 3, { duration: 1 }),
      eventOf('completed', 'at the same moment', 5, 3, { duration: 1 }),
    ]);
    expect(trees).toEqual({ active: ['old', 'new'], ended: ['at the same moment', 'last', 'first'] });
  });

  it('show stages under their parent while it runs, those that have ended among them', () => {
    const run = [
      eventOf('started', 'run', 1, 0),
      eventOf('started', 'cycle', 2, 1, stageOf('run')),
      eventOf('started', 'scan', 3, 2, stageOf('cycle')),
      eventOf('completed', 'scan', 4, 3, { ...stageOf('cycle'), duration: 1 }),
      eventOf('started', 'fix', 5, 4, stageOf('cycle')),
    ];
    expect(treesOf(run)).toEqual({ active: [['run', [['cycle', ['scan', 'fix']]]]], ended: [] });
  });

  it('show stages under their parent after it has ended', () => {
    const run = [
      eventOf('started', 'run', 1, 0),
      eventOf('started', 'scan', 2, 1, stageOf('run')),
      eventOf('completed', 'scan', 3, 2, { ...stageOf('run'), duration: 1 }),
      eventOf('completed', 'run', 4, 3, { duration: 3 }),
    ];
    expect(treesOf(run)).toEqual({ active: [], ended: [['run', ['scan']]] });
  });

  it('show a running stage among the active ones where its parent has ended or is not known', () => {
    const trees = treesOf([
      eventOf('started', 'run', 1, 0),
      eventOf('started', 'orphan', 2, 1, stageOf('run')),
      eventOf('cancelled', 'run', 3, 2, { duration: 2 }),
      eventOf('started', 'stray', 4, 3, stageOf('never heard of')),
    ]);
    expect(trees).toEqual({ active: ['orphan', 'stray'], ended: ['run'] });
  });

  it('show a stage under the parent of its own time where an id was used again', () => {
    const trees = treesOf([
      eventOf('started', 'run', 1, 0),
      eventOf('completed', 'early', 2, 2, { ...stageOf('run'), duration: 1 }),
      eventOf('completed', 'run', 3, 3, { duration: 3 }),
      eventOf('started', 'run', 4, 10),
      eventOf('completed', 'late', 5, 12, { ...stageOf('run'), duration: 1 }),
    ]);
    expect(trees).toEqual({ active: [['run', ['late']]], ended: [['run', ['early']]] });
  });

  it('do not lose an operation that calls itself its parent', () => {
    expect(treesOf([eventOf('started', 'a', 1, 0, stageOf('a'))]).active).toEqual(['a']);
  });

  it('keep, for one name or status, its operations with their stages', () => {
    const run = [
      eventOf('started', 'run', 1, 0, { operation_name: 'full' }),
      eventOf('started', 'cycle', 2, 1, stageOf('run', 'cycle')),
      eventOf('started', 'scan', 3, 2, stageOf('cycle', 'scan')),
      eventOf('completed', 'before', 4, 3, { operation_name: 'cycle', duration: 1 }),
      eventOf('completed', 'other', 5, 3, { operation_name: 'other', duration: 1 }),
    ];
    expect(treesOf(run, 'cycle')).toEqual({ active: [['cycle', ['scan']]], ended: ['before'] });
    expect(treesOf(run, 'cycle', 'completed')).toEqual({ active: [], ended: ['before'] });
    expect(treesOf(run, null, 'failed')).toEqual({ active: [], ended: [] });
  });
});
