import { expect, test } from 'vitest';

import { ExporterError } from '../../../src/errors.ts';
import type { OperationEvent } from '../../../src/monitor/events.ts';
import { MonitorBounds } from '../../../src/monitor/monitor-bounds.ts';
import { RealtimeMonitor } from '../../../src/monitor/realtime-monitor.ts';
import { FakeClock } from '../../support/fake-clock.ts';

function watched(options: ConstructorParameters<typeof RealtimeMonitor>[1] = {}) {
  const clock = new FakeClock();
  const monitor = new RealtimeMonitor('s', { clock, ...options });
  const seen: OperationEvent[] = [];
  monitor.addSubscriber((event) => seen.push(event));
  return { clock, monitor, seen };
}

/** A step of an operation, as another process reports it. */
const step = (kind: OperationEvent['kind'], timestampMs: number, more: Partial<OperationEvent> = {}) =>
  ({
    type: 'operation',
    kind,
    sessionId: 's',
    operationId: 'o',
    parentId: null,
    operationName: 'told',
    status: kind === 'progressed' ? 'running' : kind,
    progress: 0,
    timestampMs,
    ...more,
  }) as OperationEvent;

test.each([0, -1, 1.5, NaN])('%d ended operations cannot be kept', (maxEndedOperations) => {
  expect(() => new RealtimeMonitor('s', { maxEndedOperations })).toThrow(
    new TypeError(`maxEndedOperations: expected a positive integer, received ${maxEndedOperations}`),
  );
  expect(new RealtimeMonitor('s', { maxEndedOperations: 1 }).endedCount).toBe(0);
});

test('an operation needs a name and an id that are not empty, and an id that is not active', () => {
  const { monitor, seen } = watched();
  expect(() => monitor.startMonitoring('')).toThrow(/^operationName: expected a non-empty string/);
  expect(() => monitor.startMonitoring('a', '')).toThrow(/^operationId: expected a non-empty string/);
  monitor.startMonitoring('a', 'one');
  expect(() => monitor.startMonitoring('b', 'one')).toThrow(
    new ExporterError('operation_active', 'operation "one" is active: end it before you reuse its id'),
  );
  expect(seen).toHaveLength(1);
});

test('an event has a duration, details and an error only if its operation has them', () => {
  const { clock, monitor, seen } = watched();
  const start = { type: 'operation', sessionId: 's', operationId: 'o', parentId: null, operationName: 'a' };
  monitor.startMonitoring('a', 'o', {});
  monitor.updateProgress('o', 5);
  clock.advance(2500);
  monitor.stopMonitoring('o', { error: 'disk full', code: 3 }, false);
  const timestampMs = clock.now();
  expect(seen).toEqual([
    { ...start, kind: 'started', status: 'started', progress: 0, timestampMs: timestampMs - 2500 },
    { ...start, kind: 'progressed', status: 'running', progress: 5, timestampMs: timestampMs - 2500 },
    {
      ...start,
      kind: 'failed',
      status: 'failed',
      progress: 5,
      timestampMs,
      duration: 2.5,
      details: { error: 'disk full', code: 3 },
      error: 'disk full',
    },
  ]);
});

test('only a failed operation takes its error from its result, and the last failure is remembered', () => {
  const { monitor } = watched();
  const end = (id: string, success: boolean) => {
    monitor.startMonitoring('a', id);
    monitor.stopMonitoring(id, { error: `of ${id}` }, success);
    return monitor.operations.get(id)?.error;
  };
  expect(monitor.lastFailed).toBeNull();
  expect([end('good', true), end('bad', false), end('fine', true)]).toEqual([null, 'of bad', null]);
  expect(monitor.lastFailed?.operationId).toBe('bad');
  monitor.cancelMonitoring(monitor.startMonitoring('a', 'stopped'));
  monitor.cancelMonitoring(monitor.startMonitoring('a', 'unwanted'), 'enough');
  expect(monitor.operations.get('stopped')).toMatchObject({ status: 'cancelled', error: null, progress: 0 });
  expect(monitor.operations.get('unwanted')?.error).toBe('enough');
});

test('current metrics list the oldest hundred active operations and the last ten that ended', () => {
  const { clock, monitor } = watched();
  expect(monitor.getCurrentMetrics()).toEqual({
    sessionId: 's',
    currentOperation: null,
    activeOperations: [],
    activeTotal: 0,
    recentlyCompleted: [],
    totalOperations: 0,
    successRate: 0,
    averageDuration: 0,
    startTime: null,
  });
  const startTime = new Date(clock.now());
  for (let i = 0; i < 12; i++) {
    monitor.startMonitoring('a', `ended-${i}`);
    clock.advance(1000);
    monitor.stopMonitoring(`ended-${i}`, undefined, i > 2);
  }
  for (let i = 0; i < 101; i++) monitor.startMonitoring('a', `active-${i}`);
  const metrics = monitor.getCurrentMetrics();
  const idsOf = (operations: readonly { operationId: string }[]) =>
    operations.map((each) => each.operationId);
  expect(metrics).toMatchObject({ currentOperation: 'active-100', activeTotal: 101, totalOperations: 113 });
  expect(metrics).toMatchObject({ successRate: 75, averageDuration: 1, startTime });
  expect(idsOf(metrics.activeOperations)).toEqual(Array.from({ length: 100 }, (_, i) => `active-${i}`));
  expect(idsOf(metrics.recentlyCompleted)).toEqual(Array.from({ length: 10 }, (_, i) => `ended-${i + 2}`));
  expect([monitor.endedCount, monitor.activeCount]).toEqual([12, 101]);
  expect(monitor.getOperationSummary().totalDuration).toBe(9);
});

test('the end of an operation whose start was missed tells when it started', () => {
  const { clock, monitor, seen } = watched();
  const at = clock.now();
  monitor.mirror(step('failed', at, { duration: 3, error: 'disk full', progress: 40, details: { rows: 1 } }));
  expect(seen.map(({ kind, timestampMs }) => [kind, timestampMs - at])).toEqual([
    ['started', -3000],
    ['failed', 0],
  ]);
  expect(seen[0]).not.toHaveProperty('details');
  expect(monitor.operations.get('o')).toMatchObject({
    status: 'failed',
    duration: 3,
    error: 'disk full',
    details: { rows: 1 },
    startTime: new Date(at - 3000),
    endTime: new Date(at),
  });
});

test('times of another process before 1970, or out of order, are no negative ones', () => {
  const { monitor } = watched();
  monitor.mirror(step('completed', 1000, { duration: 5 }));
  expect(monitor.operations.get('o')).toMatchObject({ startTime: new Date(0), duration: 5 });
  monitor.mirror(step('started', 9000, { operationId: 'p' }));
  monitor.mirror(step('progressed', 8000, { operationId: 'p', progress: 30 }));
  monitor.mirror(step('cancelled', 8500, { operationId: 'p' }));
  const operation = monitor.operations.get('p');
  expect(operation).toMatchObject({ duration: 0, progress: 30, status: 'cancelled' });
  expect(operation && monitor.progressOf(operation)).toEqual([[0, 30]]);
});

test('a reported progress starts an unknown operation, a start of an active one changes nothing', () => {
  const { clock, monitor, seen } = watched();
  const at = clock.now();
  monitor.mirror(step('progressed', at, { progress: 10, parentId: 'parent' }));
  monitor.mirror(step('started', at + 5, { parentId: 'other' }));
  expect(seen.map(({ kind }) => kind)).toEqual(['started', 'progressed']);
  expect(monitor.operations.get('o')).toMatchObject({
    status: 'running',
    progress: 10,
    parentId: 'parent',
    startTime: new Date(at),
  });
  monitor.mirror(step('started', at, { operationId: 'p', details: { rows: 1 } }));
  expect(seen.at(-1)).toMatchObject({ kind: 'started', details: { rows: 1 } });
});

test('an operation that was reported late is as old as it was said to be', () => {
  const { clock, monitor } = watched();
  monitor.mirror(step('started', clock.now() - 60_000));
  clock.advance(1000);
  monitor.stopMonitoring('o');
  expect(monitor.operations.get('o')?.duration).toBe(61);
  monitor.mirror(step('started', clock.now() + 60_000));
  clock.advance(1000);
  monitor.stopMonitoring('o');
  expect(monitor.operations.get('o')?.duration).toBe(1);
});

test('as many late ends as there are operations that are no longer tracked change nothing, one more counts', () => {
  const { monitor } = watched({ bounds: new MonitorBounds({ maxActiveOperations: 1 }) });
  for (const id of ['a', 'b', 'c']) monitor.startMonitoring('x', id);
  monitor.updateProgress('a', 5);
  for (const id of ['a', 'b']) monitor.stopMonitoring(id);
  expect(monitor.ignoredCalls).toBe(0);
  monitor.updateProgress('a', 5);
  monitor.stopMonitoring('b');
  expect(monitor.ignoredCalls).toBe(2);
});

test('an operation without progress has no progress over time', () => {
  const { clock, monitor } = watched();
  const id = monitor.startMonitoring('a');
  const operation = () =>
    monitor.operations.get(id) as NonNullable<ReturnType<typeof monitor.operations.get>>;
  expect(monitor.progressOf(operation())).toEqual([]);
  clock.advance(1500);
  monitor.updateProgress(id, 100);
  expect(monitor.progressOf(operation())).toEqual([[1.5, 100]]);
});
