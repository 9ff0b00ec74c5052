import { describe, expect, test } from 'vitest';

import { ExporterError } from '../../../src/errors.ts';
import type { OperationEvent } from '../../../src/monitor/events.ts';
import { OUTCOME_NAMES } from '../../../src/monitor/outcomes.ts';
import { RealtimeMonitor } from '../../../src/monitor/realtime-monitor.ts';
import { FakeClock } from '../../support/fake-clock.ts';

describe('ids', () => {
  test('two operations with the same name and start time have different ids', () => {
    const monitor = new RealtimeMonitor('s', { clock: new FakeClock() });
    expect(monitor.startMonitoring('a')).not.toBe(monitor.startMonitoring('a'));
  });

  test('the id of an operation may be used again once it has ended, and not before', () => {
    const monitor = new RealtimeMonitor('s');
    monitor.startMonitoring('a', 'one');
    expect(() => monitor.startMonitoring('a', 'one')).toThrow(
      expect.objectContaining({ code: 'operation_active' }) as Error,
    );
    monitor.stopMonitoring('one');
    monitor.startMonitoring('b', 'one');
    expect(monitor.operations.get('one')).toMatchObject({ operationName: 'b', status: 'started' });
  });

  test('an old operation that is forgotten does not remove a newer one with the same id', () => {
    const monitor = new RealtimeMonitor('s', { maxEndedOperations: 1 });
    monitor.startMonitoring('a', 'one');
    monitor.stopMonitoring('one');
    monitor.startMonitoring('b', 'one');
    monitor.stopMonitoring('one');
    expect(monitor.operations.get('one')?.operationName).toBe('b');
  });
});

describe('progress', () => {
  test('the first progress makes a started operation a running one', () => {
    const monitor = new RealtimeMonitor('s');
    const id = monitor.startMonitoring('a');
    monitor.updateProgress(id, 0);
    expect(monitor.operations.get(id)?.status).toBe('running');
  });

  test.each([-1, 100.5, NaN, Infinity])('a progress of %d is refused and changes nothing', (progress) => {
    const monitor = new RealtimeMonitor('s');
    const id = monitor.startMonitoring('a');
    expect(() => monitor.updateProgress(id, progress)).toThrow(/expected a number from 0 to 100/);
    expect(monitor.operations.get(id)?.status).toBe('started');
  });

  test('a failed operation keeps its last progress, a completed one is at 100', () => {
    const monitor = new RealtimeMonitor('s');
    const [failed, completed] = [monitor.startMonitoring('a'), monitor.startMonitoring('a')];
    monitor.updateProgress(failed, 40);
    monitor.updateProgress(completed, 40);
    monitor.stopMonitoring(failed, {}, false);
    monitor.stopMonitoring(completed);
    expect(monitor.operations.get(failed)?.progress).toBe(40);
    expect(monitor.operations.get(completed)?.progress).toBe(100);
  });
});

describe('an unknown id', () => {
  test('a call with an unknown id does nothing and is counted', () => {
    const monitor = new RealtimeMonitor('s');
    monitor.updateProgress('nobody', 1);
    monitor.stopMonitoring('nobody');
    monitor.cancelMonitoring('nobody');
    expect(monitor.ignoredCalls).toBe(3);
    expect(monitor.getOperationSummary().totalOperations).toBe(0);
  });

  test('a call with an unknown id is an error in strict mode', () => {
    const monitor = new RealtimeMonitor('s', { strict: true });
    expect(() => monitor.stopMonitoring('nobody')).toThrow(ExporterError);
  });

  test('an operation ends only once', () => {
    const monitor = new RealtimeMonitor('s');
    const id = monitor.startMonitoring('a');
    monitor.stopMonitoring(id);
    monitor.stopMonitoring(id, {}, false);
    expect(monitor.getOperationSummary()).toMatchObject({ completedOperations: 1, failedOperations: 0 });
    expect(monitor.ignoredCalls).toBe(1);
  });
});

test.each(OUTCOME_NAMES)('an operation that ends as %s says so, and why if it did not succeed', (outcome) => {
  const monitor = new RealtimeMonitor('s');
  const id = monitor.startMonitoring('a');
  monitor.updateProgress(id, 40);
  monitor.endMonitoring(id, outcome, { error: 'why', rows: 3 });
  const hasSucceeded = outcome === 'completed';
  expect(monitor.operations.get(id)).toMatchObject({
    status: outcome,
    progress: hasSucceeded ? 100 : 40,
    error: hasSucceeded ? null : 'why',
    details: { rows: 3 },
  });
  expect(monitor.lastFailed?.operationId).toBe(outcome === 'failed' ? id : undefined);
});

describe('totals', () => {
  test('the success rate is completed of completed and failed operations, the average duration is over completed ones only', () => {
    const clock = new FakeClock();
    const monitor = new RealtimeMonitor('s', { clock });
    const [a, b, c] = [
      monitor.startMonitoring('a'),
      monitor.startMonitoring('a'),
      monitor.startMonitoring('a'),
    ];
    monitor.startMonitoring('still active');
    clock.advance(2000);
    monitor.stopMonitoring(a);
    clock.advance(8000);
    monitor.stopMonitoring(b, {}, false);
    monitor.cancelMonitoring(c);
    const summary = monitor.getOperationSummary();
    expect(summary).toMatchObject({ totalOperations: 4, activeOperations: 1, cancelledOperations: 1 });
    expect(summary.successRate).toBe(50);
    expect(summary.averageDuration).toBe(2);
  });

  test('totals stay right when the operations themselves are forgotten', () => {
    const monitor = new RealtimeMonitor('s', { maxEndedOperations: 10 });
    for (let i = 0; i < 25; i++) monitor.stopMonitoring(monitor.startMonitoring(`op-${i}`));
    const activeId = monitor.startMonitoring('active');
    expect(monitor.operations.size).toBe(11);
    expect(monitor.operations.has(activeId)).toBe(true);
    expect(monitor.endedOperations(3).map(({ operationName }) => operationName)).toEqual([
      'op-22',
      'op-23',
      'op-24',
    ]);
    expect(monitor.getOperationSummary().completedOperations).toBe(25);
  });
});

describe('run', () => {
  test('run makes the operations that its work starts its children, across awaits', async () => {
    const monitor = new RealtimeMonitor('s');
    const seen: OperationEvent[] = [];
    monitor.addSubscriber((event) => seen.push(event));
    await monitor.run('parent', async () => {
      await Promise.resolve();
      await monitor.run('child', () => monitor.run('grandchild', () => undefined));
    });
    const started = new Map(
      seen.filter(({ kind }) => kind === 'started').map((event) => [event.operationName, event]),
    );
    expect(started.get('parent')?.parentId).toBeNull();
    expect(started.get('child')?.parentId).toBe(started.get('parent')?.operationId);
    expect(started.get('grandchild')?.parentId).toBe(started.get('child')?.operationId);
    expect(seen.filter(({ kind }) => kind === 'completed').map(({ operationName }) => operationName)).toEqual(
      ['grandchild', 'child', 'parent'],
    );
  });

  test('two runs side by side do not mix up their children', async () => {
    const monitor = new RealtimeMonitor('s');
    const runOne = (name: string) =>
      monitor.run(name, async ({ operationId }) => {
        await Promise.resolve();
        const childId = monitor.startMonitoring('child');
        return { parentId: operationId, child: monitor.operations.get(childId) };
      });
    const results = await Promise.all([runOne('a'), runOne('b')]);
    for (const { parentId, child } of results) expect(child?.parentId).toBe(parentId);
  });

  test('run does not become the parent of an operation of another session', async () => {
    const [a, b] = [new RealtimeMonitor('a'), new RealtimeMonitor('b')];
    await a.run('outer', () => {
      expect(b.operations.get(b.startMonitoring('inner'))?.parentId).toBeNull();
    });
  });

  test('the result of a run may be summed up in the details of its operation', async () => {
    const monitor = new RealtimeMonitor('s');
    const options = { id: 'one', details: { table: 'a' }, summarize: (rows: number) => ({ rows }) };
    expect(await monitor.run('import', () => 3, options)).toBe(3);
    expect(monitor.operations.get('one')).toMatchObject({
      status: 'completed',
      details: { table: 'a', rows: 3 },
    });
  });

  test('a run whose work throws is a failed operation, and rejects with the same error', async () => {
    const monitor = new RealtimeMonitor('s');
    const failing = monitor.run('a', () => Promise.reject(new Error('disk full')), { id: 'one' });
    await expect(failing).rejects.toThrow('disk full');
    expect(monitor.operations.get('one')).toMatchObject({ status: 'failed', error: 'disk full' });
  });

  test('a run that ends with an AbortError, or whose signal is aborted, is cancelled', async () => {
    const monitor = new RealtimeMonitor('s');
    const abort = new DOMException('enough', 'AbortError');
    await expect(monitor.run('a', () => Promise.reject(abort), { id: 'one' })).rejects.toBe(abort);
    const stopped = { id: 'two', signal: AbortSignal.abort() };
    await expect(monitor.run('a', () => Promise.reject(new Error('stopped')), stopped)).rejects.toThrow(
      'stopped',
    );
    expect(monitor.operations.get('one')).toMatchObject({ status: 'cancelled', error: 'enough' });
    expect(monitor.operations.get('two')?.status).toBe('cancelled');
  });
});

describe('subscribers', () => {
  test('a subscriber gets every step in order, as it was at that moment', () => {
    const clock = new FakeClock();
    const monitor = new RealtimeMonitor('s', { clock });
    const seen: OperationEvent[] = [];
    monitor.addSubscriber((event) => seen.push(event));
    const id = monitor.startMonitoring('a');
    monitor.updateProgress(id, 50, { message: 'half' });
    clock.advance(1500);
    monitor.stopMonitoring(id, { rows: 3 });
    expect(seen).toMatchObject([
      { kind: 'started', status: 'started', progress: 0 },
      { kind: 'progressed', status: 'running', progress: 50, details: { message: 'half' } },
      { kind: 'completed', status: 'completed', progress: 100, duration: 1.5, details: { rows: 3 } },
    ]);
  });

  test('a subscriber that throws is reported, and neither other subscribers nor the caller notice', () => {
    const errors: unknown[] = [];
    const monitor = new RealtimeMonitor('s', { onSubscriberError: (error) => errors.push(error) });
    const kinds: string[] = [];
    monitor.addSubscriber(() => {
      throw new Error('broken');
    });
    monitor.addSubscriber(({ kind }) => kinds.push(kind));
    monitor.stopMonitoring(monitor.startMonitoring('a'));
    expect(kinds).toEqual(['started', 'completed']);
    expect(errors).toHaveLength(2);
  });

  test('a subscriber that was removed gets no more events', () => {
    const monitor = new RealtimeMonitor('s');
    const kinds: string[] = [];
    const subscriber = ({ kind }: OperationEvent) => void kinds.push(kind);
    monitor.addSubscriber(subscriber);
    monitor.startMonitoring('a');
    monitor.removeSubscriber(subscriber);
    monitor.startMonitoring('b');
    expect(kinds).toEqual(['started']);
  });
});

test.each(['', undefined])(
  'the session id %j is refused, because it must be a non-empty string',
  (sessionId) => {
    expect(() => new RealtimeMonitor(sessionId as string)).toThrow(/sessionId: expected a non-empty string/);
  },
);

test('an operation that ended long ago keeps only the short facts of its details', () => {
  const monitor = new RealtimeMonitor('s');
  const details = {
    files: 3,
    message: 'done',
    trace_id: 'abc',
    arguments: { path: '/x' },
    log: 'l'.repeat(1000),
  };
  const end = (id: string) => monitor.stopMonitoring(monitor.startMonitoring('x', id), details);
  for (let index = 0; index <= 100; index++) end(`op-${index}`);
  expect(monitor.operations.get('op-1')?.details).toEqual(details);
  expect(monitor.operations.get('op-0')?.details).toEqual({ files: 3, message: 'done', trace_id: 'abc' });
});

test('the last hundred operations keep all of their details, also when the oldest are forgotten', () => {
  const monitor = new RealtimeMonitor('s', { maxEndedOperations: 150 });
  for (let index = 0; index < 1000; index++) {
    monitor.stopMonitoring(monitor.startMonitoring('x', `op-${index}`), { list: [index] });
  }
  const detailed = monitor.allOperations().filter(({ details }) => 'list' in details);
  expect(detailed.map(({ operationId }) => operationId)).toEqual(
    Array.from({ length: 100 }, (_, index) => `op-${900 + index}`),
  );
});

test('durations and progress of a reported operation are measured by the reporter’s clock', () => {
  const clock = new FakeClock();
  const monitor = new RealtimeMonitor('s', { clock });
  const startedAtMs = clock.now() - 60_000;
  const step = (kind: OperationEvent['kind'], seconds: number, progress: number) =>
    monitor.mirror({
      type: 'operation',
      kind,
      sessionId: 's',
      operationId: 'told',
      parentId: null,
      operationName: 'x',
      status: 'running',
      progress,
      timestampMs: startedAtMs + seconds * 1000,
    });
  step('started', 0, 0);
  // It is heard of much later.
  clock.advance(5000);
  step('progressed', 1, 50);
  step('completed', 2, 100);
  const operation = monitor.operations.get('told');
  if (!operation) throw new Error('it is not there');
  expect(operation.duration).toBe(2);
  expect(monitor.progressOf(operation)).toEqual([[1, 50]]);
});
