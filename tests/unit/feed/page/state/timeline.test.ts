import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import {
  recordOfEvent,
  recordOfWire,
  type OperationRecord,
} from '../../../../../src/feed/page/state/operation-record.ts';
import { storeOf } from '../../../../../src/feed/page/state/operation-store.ts';
import { mostRelevant, spanOf, stagesOf, ticksOf } from '../../../../../src/feed/page/state/timeline.ts';
import type { WireOperation } from '../../../../../src/wire-format/wire-format.ts';
import { endedOf, eventOf, operationOf, START_MS, timeAt } from '../feed-messages.ts';

const NOW_MS = START_MS + 100_000;

function secondsOf({ fromMs, toMs }: { fromMs: number; toMs: number }): [from: number, to: number] {
  return [(fromMs - START_MS) / 1000, (toMs - START_MS) / 1000];
}

function rootsOf(operations: readonly WireOperation[]): OperationRecord[] {
  const { endedRoots, activeRoots } = storeOf(operations, 1);
  return [...endedRoots, ...activeRoots].filter(({ parent }) => parent === null);
}

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
    mostRelevant(stages, count).map(({ record, level }) => `${'-'.repeat(level)}${record.id}`);

  it('that started in the same millisecond stand in the order of their ends', () => {
    const [short] = rootsOf([
      endedOf('run', [0, 9]),
      endedOf('validate', [1, 3], { parent_id: 'run' }),
      endedOf('fix', [1, 2], { parent_id: 'run' }),
      endedOf('scan', [1, 1], { parent_id: 'run' }),
      operationOf('last', { start_time: timeAt(1), parent_id: 'run' }),
    ]);
    expect(short && stagesOf(short).map(({ record }) => record.id)).toEqual([
      'run',
      'scan',
      'fix',
      'validate',
      'last',
    ]);
  });

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
