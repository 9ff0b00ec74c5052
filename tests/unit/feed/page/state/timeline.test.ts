import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import {
  familyOf,
  recordOfEvent,
  recordOfWire,
  type OperationRecord,
} from '../../../../../src/feed/page/state/operation-record.ts';
import { OperationStore } from '../../../../../src/feed/page/state/operation-store.ts';
import {
  layOut,
  momentOf,
  mostTelling,
  spanOf,
  stagesOf,
  ticksOf,
  type TimelineBar,
} from '../../../../../src/feed/page/state/timeline.ts';
import type { WireOperation } from '../../../../../src/wire-format/wire-format.ts';
import { endedOf, eventOf, operationOf, START_MS, timeAt } from '../feed-messages.ts';
import { stories } from './feed-story.ts';

const NOW_MS = START_MS + 100_000;

function secondsOf({ fromMs, toMs }: { fromMs: number; toMs: number }): [from: number, to: number] {
  return [(fromMs - START_MS) / 1000, (toMs - START_MS) / 1000];
}

function rootsOf(operations: readonly WireOperation[]): OperationRecord[] {
  const store = new OperationStore();
  const isActive = ({ end_time: end }: WireOperation): boolean => end === null;
  store.applySnapshot({
    seq: 1,
    active: operations.filter(isActive),
    ended: operations.filter((each) => !isActive(each)),
  });
  return [...store.endedRoots, ...store.activeRoots].filter(({ parent }) => parent === null);
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

describe('the span of an operation', () => {
  it('is from its start to its end, or to now', () => {
    expect(secondsOf(spanOf(recordOfWire(endedOf('a', [2, 5]), 1), NOW_MS))).toEqual([2, 5]);
    const active = recordOfWire(operationOf('a', { start_time: timeAt(7) }), 1);
    expect(secondsOf(spanOf(active, NOW_MS))).toEqual([7, 100]);
  });

  it('has the length of its duration, whatever the clock on the wall did meanwhile', () => {
    const back = endedOf('a', [5, 2], { duration: 4 });
    expect(secondsOf(spanOf(recordOfWire(back, 1), NOW_MS))).toEqual([5, 9]);
  });

  it('is never less than nothing: not where it starts in the future, nor where its start is not known', () => {
    const ahead = recordOfWire(operationOf('a', { start_time: timeAt(101) }), 1);
    expect(secondsOf(spanOf(ahead, NOW_MS))).toEqual([101, 101]);
    const unknown = recordOfEvent(eventOf('progressed', 'a', 1, 3));
    expect(secondsOf(spanOf(unknown, NOW_MS))).toEqual([100, 100]);
  });
});

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
    const { running, completed, failed, cancelled } = momentOf(bars, START_MS + seconds * 1000);
    const ids = running.map(({ record }) => record.id);
    return { running: ids.toSorted().join(' '), ended: [completed, failed, cancelled] };
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

describe('the stages of an operation', () => {
  const [run] = rootsOf([
    endedOf('run', [0, 9]),
    endedOf('second', [4, 8], { parent_id: 'run', status: 'failed' }),
    endedOf('first', [1, 3], { parent_id: 'run' }),
    endedOf('within', [2, 3], { parent_id: 'first', status: 'cancelled' }),
    endedOf('third', [5, 6], { parent_id: 'run' }),
    operationOf('fourth', { start_time: timeAt(7), parent_id: 'run' }),
  ]);
  const stages = run ? stagesOf(run) : [];
  const told = (count: number) =>
    mostTelling(stages, count).map(({ record, level }) => `${'-'.repeat(level)}${record.id}`);

  it('stand in the order of their starts, each with its own below it', () => {
    expect(told(6)).toEqual(['run', '-first', '--within', '-second', '-third', '-fourth']);
  });

  it.each([
    [5, ['run', '-first', '--within', '-second', '-fourth']],
    [4, ['run', '--within', '-second', '-fourth']],
    [2, ['run', '--within']],
  ])('are, where there is room for %d, those that did not just complete', (count, expected) => {
    expect(told(count)).toEqual(expected);
  });
});

describe('the ticks of an axis', () => {
  it.each([
    [0, 10_000, 5, [0, 2000, 4000, 6000, 8000, 10_000]],
    [0, 3, 4, [0, 1, 2, 3]],
    [1500, 9000, 4, [2000, 4000, 6000, 8000]],
    [0, 5 * 3_600_000, 4, [0, 7_200_000, 14_400_000]],
    [7, 7, 4, [7]],
  ])('from %d to %d ms, about %d of them, are round', (fromMs, toMs, count, ticks) => {
    expect(ticksOf({ fromMs, toMs }, count)).toEqual(ticks);
  });

  it('are in order, inside, evenly spread, and not many more than are wanted', () => {
    const dayMs = 86_400_000;
    fc.assert(
      fc.property(fc.nat(4e12), fc.integer({ min: 1, max: 4000 * dayMs }), (fromMs, length) => {
        const ticks = ticksOf({ fromMs, toMs: fromMs + length }, 4);
        expect(ticks.length).toBeLessThanOrEqual(5);
        const steps = ticks.slice(1).map((tick, index) => tick - (ticks[index] ?? 0));
        expect(new Set(steps).size).toBeLessThanOrEqual(1);
        for (const tick of ticks) {
          expect(tick).toBeGreaterThanOrEqual(fromMs);
          expect(tick).toBeLessThanOrEqual(fromMs + length);
          expect(tick % (steps[0] ?? 1)).toBe(0);
        }
      }),
    );
  });
});
