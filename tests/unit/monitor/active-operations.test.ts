import { describe, expect, test } from 'vitest';

import type { OperationEvent } from '../../../src/monitor/events.ts';
import { MonitorBounds } from '../../../src/monitor/monitor-bounds.ts';
import { RealtimeMonitor } from '../../../src/monitor/realtime-monitor.ts';
import { SessionRegistry } from '../../../src/monitor/session-registry.ts';

function limited(options: ConstructorParameters<typeof SessionRegistry>[0]) {
  const sessions = new SessionRegistry(options);
  const limits: string[] = [];
  const ended: OperationEvent[] = [];
  sessions.subscribe((event) => {
    if (event.type === 'limit_reached') limits.push(event.limit);
    if (event.type === 'operation' && event.kind !== 'started') ended.push(event);
  });
  return { sessions, limits, ended };
}

describe('a hundred times as many operations as a session may have active', () => {
  test('an operation more than a session may have active ends the oldest as unobserved, is counted, and totals stay right', () => {
    const { sessions, limits, ended } = limited({ bounds: { maxActiveOperations: 10 } });
    const monitor = sessions.open('s');
    for (let i = 0; i < 1000; i++) monitor.startMonitoring('call', `${i}`);
    expect(monitor.activeOperations.map(({ operationId }) => operationId)).toEqual(
      Array.from({ length: 10 }, (_, i) => `${990 + i}`),
    );
    expect(limits).toEqual(Array.from({ length: 990 }, () => 'operations_per_session'));
    expect(ended).toHaveLength(990);
    expect(ended[0]).toMatchObject({ kind: 'unobserved', operationId: '0', error: /no longer followed/ });
    expect(monitor.getOperationSummary()).toMatchObject({
      totalOperations: 1000,
      activeOperations: 10,
      unobservedOperations: 990,
      failedOperations: 0,
    });
  });

  test('the real end of an operation that is no longer tracked changes nothing, also in strict mode', () => {
    const monitor = new RealtimeMonitor('s', {
      strict: true,
      bounds: new MonitorBounds({ maxActiveOperations: 1 }),
    });
    for (let i = 0; i < 100; i++) monitor.startMonitoring('call', `${i}`);
    for (let i = 0; i < 99; i++) {
      monitor.updateProgress(`${i}`, 50);
      monitor.stopMonitoring(`${i}`, { error: 'x' }, false);
    }
    expect(monitor.getOperationSummary()).toMatchObject({ failedOperations: 0, unobservedOperations: 99 });
    expect(monitor.ignoredCalls).toBe(0);
    expect(() => monitor.stopMonitoring('never')).toThrow('not active');
  });
});

test('if all sessions have too many active operations, the busiest session loses its oldest', () => {
  const { sessions, limits } = limited({ maxActiveOperations: 20 });
  const quiet = sessions.open('quiet');
  quiet.startMonitoring('call', 'first of all');
  const busy = sessions.open('busy');
  for (let i = 0; i < 2000; i++) busy.startMonitoring('call');
  expect([quiet.activeCount, busy.activeCount]).toEqual([1, 19]);
  expect(limits.filter((limit) => limit === 'operations_total')).toHaveLength(1981);
  for (const { operationId } of busy.activeOperations) busy.stopMonitoring(operationId);
  for (let i = 0; i < 19; i++) sessions.open(`other ${i}`).startMonitoring('call');
  expect(quiet.activeCount).toBe(1);
});

test('an operation whose start was missed ends without taking the place of an active one', () => {
  const { sessions } = limited({ bounds: { maxActiveOperations: 1 } });
  const monitor = sessions.open('s');
  monitor.startMonitoring('call', 'running');
  monitor.mirror({
    type: 'operation',
    kind: 'completed',
    sessionId: 's',
    operationId: 'other',
    parentId: null,
    operationName: 'call',
    status: 'completed',
    progress: 100,
    timestampMs: Date.now(),
    duration: 1,
  });
  expect(monitor.activeOperations.map(({ operationId }) => operationId)).toEqual(['running']);
});

describe('names and ids of 1 MB', () => {
  const long = (start: string) => start + 'x'.repeat(1_000_000);

  test('names and ids of 1 MB are kept short, and still find their operation and session', () => {
    const { sessions, limits } = limited({});
    const monitor = sessions.open(long('session'), long('server'));
    expect(sessions.open(long('session'))).toBe(monitor);
    const id = monitor.startMonitoring(long('name'), long('id'));
    monitor.updateProgress(long('id'), 50);
    monitor.stopMonitoring(long('id'));
    const [operation] = monitor.allOperations();
    expect(operation).toMatchObject({ operationId: id, status: 'completed' });
    expect(operation?.operationName).toHaveLength(256);
    expect(id).toHaveLength(256);
    expect(monitor.sessionId).toHaveLength(256);
    expect(sessions.serverNameOf(long('session'))).toHaveLength(256);
    sessions.close(long('session'));
    expect(sessions.summary(long('session'))?.status).toBe('closed');
    expect(limits).toContain('name_length');
  });

  test('ids of 1 MB that differ are different operations', () => {
    const monitor = new RealtimeMonitor('s');
    monitor.startMonitoring('n', long('a'));
    monitor.startMonitoring('n', `${long('a')}b`);
    expect(monitor.activeCount).toBe(2);
  });
});
