import { expect, test } from 'vitest';

import { OperationsInProgress } from '../../../src/monitor/operations-in-progress.ts';
import type { OperationEvent } from '../../../src/monitor/events.ts';
import { FakeClock } from '../../support/fake-clock.ts';

const SCAN = { name: 'scan' };
const FIX = { name: 'fix' };

function watching() {
  const clock = new FakeClock();
  const active = new OperationsInProgress<{ name: string }>(clock, { slowOperationSeconds: 5 });
  const event = (operationId: string, given: Partial<OperationEvent> = {}): OperationEvent => ({
    type: 'operation',
    kind: 'started',
    sessionId: 's',
    operationId,
    parentId: null,
    operationName: 'scan',
    status: 'started',
    progress: 0,
    timestampMs: clock.now(),
    ...given,
  });
  return {
    clock,
    active,
    start: (id: string, labels = SCAN, given: Partial<OperationEvent> = {}) =>
      active.start(event(id, given), labels),
    progress: (id: string) => active.progress(event(id)),
    end: (id: string, duration = 0, kind: OperationEvent['kind'] = 'completed') =>
      active.end(event(id, { kind, duration })),
    stalled: () => Object.fromEntries([...active.stalled()].map(([{ name }, { count }]) => [name, count])),
  };
}

test('an operation without a sign of life for more than 6 times the slow threshold is stalled', () => {
  const { clock, start, end, active, stalled } = watching();
  start('a');
  clock.advance(30_000);
  expect(stalled()).toEqual({});
  start('b');
  clock.advance(1000);
  expect([...active.stalled()]).toEqual([[SCAN, { count: 1, silentSeconds: 31 }]]);
  clock.advance(30_000);
  expect([...active.stalled()]).toEqual([[SCAN, { count: 2, silentSeconds: 61 }]]);
  end('a');
  expect([...active.stalled()]).toEqual([[SCAN, { count: 1, silentSeconds: 31 }]]);
});

test('progress is a sign of life', () => {
  const { clock, start, progress, stalled } = watching();
  start('a');
  clock.advance(29_000);
  progress('a');
  clock.advance(30_000);
  expect(stalled()).toEqual({});
  clock.advance(1);
  expect(stalled()).toEqual({ scan: 1 });
});

test('the starts, progress and ends of children are signs of life of their parents', () => {
  const { clock, start, progress, end, stalled } = watching();
  start('a');
  start('b', FIX, { parentId: 'a' });
  for (const sign of [() => start('c', FIX, { parentId: 'b' }), () => progress('c'), () => end('c')]) {
    clock.advance(20_000);
    sign();
  }
  clock.advance(30_000);
  expect(stalled()).toEqual({});
  clock.advance(1);
  expect(stalled()).toEqual({ scan: 1, fix: 1 });
});

test('an operation may take twice as long as usual', () => {
  const { clock, start, end, stalled } = watching();
  start('a');
  end('a', 60);
  start('b');
  start('c', FIX);
  clock.advance(120_000);
  expect(stalled()).toEqual({ fix: 1 });
  clock.advance(1);
  expect(stalled()).toEqual({ scan: 1, fix: 1 });
});

test('a success that took very long is forgotten after more usual ones', () => {
  const { clock, start, end, stalled } = watching();
  start('a');
  end('a', 600);
  for (let i = 0; i < 30; i++) {
    start(`next ${i}`);
    end(`next ${i}`, 1);
  }
  start('b');
  clock.advance(60_000);
  expect(stalled()).toEqual({ scan: 1 });
});

test('a failure is not usual', () => {
  const { clock, start, end, stalled } = watching();
  start('a');
  end('a', 600, 'failed');
  start('b');
  clock.advance(31_000);
  expect(stalled()).toEqual({ scan: 1 });
});

test('the oldest operation with each name has its age, also if its start was reported late', () => {
  const { clock, start, end, active } = watching();
  start('a', SCAN, { timestampMs: clock.now() - 2000 });
  clock.advance(1000);
  start('b');
  start('c', FIX, { timestampMs: clock.now() + 9000 });
  clock.advance(500);
  expect([...active.oldest()]).toEqual([
    [SCAN, 3.5],
    [FIX, 0.5],
  ]);
  expect(end('a')).toBe(SCAN);
  expect(end('a')).toBeUndefined();
  expect(active.oldest().get(SCAN)).toBe(0.5);
});

test('operations that name themselves or each other as parents end like others', () => {
  const { start, progress, end, stalled, clock } = watching();
  start('self', SCAN, { parentId: 'self' });
  progress('self');
  start('a', SCAN, { parentId: 'b' });
  start('b', SCAN, { parentId: 'a' });
  progress('b');
  // The id of a parent is used again, for a child of its child.
  end('a');
  start('a', SCAN, { parentId: 'b' });
  progress('a');
  progress('b');
  clock.advance(31_000);
  expect(stalled()).toEqual({ scan: 3 });
  for (const id of ['self', 'a', 'b']) expect(end(id)).toBe(SCAN);
  expect(stalled()).toEqual({});
});

test('a start that replaces another of the same id does not keep it', () => {
  const { start, clock, stalled } = watching();
  start('a');
  clock.advance(31_000);
  start('a', FIX);
  expect(stalled()).toEqual({});
});
