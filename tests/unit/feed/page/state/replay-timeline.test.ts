import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import { familyOf } from '../../../../../src/feed/page/state/operation-family.ts';
import { recordOfWire, type OperationRecord } from '../../../../../src/feed/page/state/operation-record.ts';
import { storeOf } from '../../../../../src/feed/page/state/operation-store.ts';
import { layOut, momentOf, type TimelineBar } from '../../../../../src/feed/page/state/replay-timeline.ts';
import type { WireOperation } from '../../../../../src/wire-format/wire-format.ts';
import { endedOf, operationOf, START_MS, timeAt } from '../feed-messages.ts';
import { stories } from './feed-story.ts';

const NOW_MS = START_MS + 100_000;

function rootsOf(operations: readonly WireOperation[]): OperationRecord[] {
  const { endedRoots, activeRoots } = storeOf(operations, 1);
  return [...endedRoots, ...activeRoots].filter(({ parent }) => parent === null);
}

/** Each lane as what is in it, from left to right. */
function lanesOf(operations: readonly WireOperation[]): string[] {
  const { bars, lanes } = layOut(rootsOf(operations), NOW_MS);
  return Array.from({ length: lanes }, (_, lane) =>
    bars
      .filter((bar) => bar.lane === lane)
      .toSorted((a, b) => a.fromMs - b.fromMs)
      .map(({ record }) => record.id)
      .join(' '),
  );
}

const stageOf = (parent_id: string): Partial<WireOperation> => ({ parent_id });

describe('a timeline', () => {
  it('has one lane for what comes one after another, also at once', () => {
    expect(lanesOf([endedOf('c', [4, 5]), endedOf('a', [0, 2]), endedOf('b', [2, 3])])).toEqual(['a b c']);
  });

  it('has a lane for each of those that run together, and puts what comes later where there is room', () => {
    expect(
      lanesOf([
        endedOf('long', [0, 9]),
        endedOf('short', [1, 3]),
        endedOf('later', [4, 6]),
        operationOf('running', { start_time: timeAt(10) }),
      ]),
    ).toEqual(['long running', 'short later']);
  });

  it('has stages below what started them, side by side where they ran together', () => {
    expect(
      lanesOf([
        endedOf('run', [0, 9]),
        endedOf('scan', [0, 3], stageOf('run')),
        endedOf('deep', [1, 2], stageOf('scan')),
        endedOf('fix', [2, 5], stageOf('run')),
        endedOf('test', [6, 8], stageOf('run')),
      ]),
    ).toEqual(['run', 'scan test', 'deep fix']);
  });

  it('leaves room for all of a family', () => {
    expect(
      lanesOf([
        endedOf('one', [0, 4]),
        endedOf('stage of one', [1, 9], stageOf('one')),
        endedOf('two', [5, 8]),
        endedOf('stage of two', [6, 7], stageOf('two')),
      ]),
    ).toEqual(['one', 'stage of one', 'two', 'stage of two']);
  });

  it('has stages below what started them, and hides nothing, where they seem to have started before it', () => {
    expect(
      lanesOf([
        endedOf('run', [0, 2]),
        endedOf('scan', [5, 9], stageOf('run')),
        endedOf('deep', [4.5, 6], stageOf('scan')),
      ]),
    ).toEqual(['run', 'scan', 'deep']);
    expect(
      lanesOf([
        endedOf('one', [0, 5]),
        endedOf('stage of one', [1, 5], stageOf('one')),
        endedOf('two', [5, 9]),
        endedOf('stage of two', [4.5, 6], stageOf('two')),
      ]),
    ).toEqual(['one', 'stage of one', 'two', 'stage of two']);
  });

  it('is empty where there is nothing', () => {
    expect(layOut([], NOW_MS)).toEqual({ bars: [], lanes: 0 });
  });

  it('hides nothing, whatever ran', () => {
    fc.assert(
      fc.property(stories({ areIdsUsedAgain: true }), ({ snapshots }) => {
        const last = snapshots.at(-1);
        const roots = rootsOf(last ? [...last.active, ...last.ended] : []);
        const { bars, lanes } = layOut(roots, NOW_MS);
        const records = roots.flatMap((root) => [...familyOf(root)]);
        expect(new Set(bars.map(({ record }) => record))).toEqual(new Set(records));
        expect(bars).toHaveLength(records.length);
        expectApart(bars);
        expectBelowParents(bars);
        for (const { lane } of bars) expect(lane).toBeLessThan(lanes);
      }),
      { numRuns: 500 },
    );
  });

  it('lays out ten thousand operations', () => {
    const { bars } = layOut(
      Array.from({ length: 10_000 }, (_, index) => recordOfWire(endedOf(`a${index}`, [index, index + 9]), 1)),
      NOW_MS,
    );
    expect(Math.max(...bars.map(({ lane }) => lane))).toBe(8);
  });
});

function expectApart(bars: readonly TimelineBar[]): void {
  const inOrder = bars.toSorted((a, b) => a.lane - b.lane || a.fromMs - b.fromMs || a.toMs - b.toMs);
  for (const [index, bar] of inOrder.entries()) {
    const before = inOrder[index - 1];
    if (before?.lane === bar.lane) expect(before.toMs).toBeLessThanOrEqual(bar.fromMs);
  }
}

function expectBelowParents(bars: readonly TimelineBar[]): void {
  const lanes = new Map(bars.map(({ record, lane }) => [record, lane]));
  for (const { record, lane } of bars) {
    if (record.parent) expect(lane).toBeGreaterThan(lanes.get(record.parent) ?? Infinity);
  }
}

describe('a moment of a timeline', () => {
  const { bars } = layOut(
    rootsOf([
      endedOf('a', [0, 2]),
      endedOf('b', [1, 4], { status: 'failed' }),
      endedOf('c', [2, 5], { status: 'cancelled' }),
      endedOf('d', [3, 3]),
      operationOf('e', { start_time: timeAt(4) }),
    ]),
    NOW_MS,
  );

  function momentAt(seconds: number): { running: string; ended: number[] } {
    const { running, ended } = momentOf(bars, START_MS + seconds * 1000);
    const ids = running.map(({ record }) => record.id);
    return { running: ids.toSorted().join(' '), ended: [ended.completed, ended.failed, ended.cancelled] };
  }

  it.each([
    [-1, '', [0, 0, 0]],
    [0, 'a', [0, 0, 0]],
    [2, 'b c', [1, 0, 0]],
    [3, 'b c', [2, 0, 0]],
    [4, 'c e', [2, 1, 0]],
    [5, 'e', [2, 1, 1]],
    [200, 'e', [2, 1, 1]],
  ])('at %d s has %j running, and what has ended', (seconds, running, ended) => {
    expect(momentAt(seconds)).toEqual({ running, ended });
  });
});
