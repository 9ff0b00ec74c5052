import { afterEach, beforeEach, expect, test, vi } from 'vitest';

import type { MonitorEvent } from '../../../src/monitor/events.ts';
import { SessionRegistry } from '../../../src/monitor/session-registry.ts';
import { FakeClock } from '../../support/fake-clock.ts';

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

function sessionEvents(registry: SessionRegistry) {
  const seen: string[] = [];
  registry.subscribe((event) => {
    if (event.type === 'session')
      seen.push(`${event.kind} ${event.session.sessionId} ${event.session.status}`);
  });
  return seen;
}

test('opening a session twice gives the same monitor', () => {
  const registry = new SessionRegistry();
  expect(registry.open('a')).toBe(registry.open('a'));
  expect(registry.list()).toHaveLength(1);
});

test('a subscriber of the registry gets the operations of all sessions', () => {
  const registry = new SessionRegistry();
  const seen: MonitorEvent[] = [];
  registry.subscribe((event) => seen.push(event));
  registry.open('a').startMonitoring('x');
  registry.open('b').startMonitoring('y');
  const operations = seen.filter((event) => event.type === 'operation');
  expect(operations).toMatchObject([
    { sessionId: 'a', operationName: 'x' },
    { sessionId: 'b', operationName: 'y' },
  ]);
});

test('a busy session is published as changed at most four times a second, ending with its last state', () => {
  const registry = new SessionRegistry();
  const seen = sessionEvents(registry);
  const monitor = registry.open('a');
  for (let i = 0; i < 100; i++) {
    monitor.stopMonitoring(monitor.startMonitoring('x'));
    vi.advanceTimersByTime(10);
  }
  vi.advanceTimersByTime(1000);
  const changes = seen.filter((line) => line.startsWith('changed'));
  expect(changes.length).toBeLessThanOrEqual(5);
  expect(changes.length).toBeGreaterThanOrEqual(4);
  expect(changes.at(-1)).toBe('changed a idle');
});

test('a closed session stays readable, and opens again with its history', () => {
  const registry = new SessionRegistry();
  const seen = sessionEvents(registry);
  registry.open('a').startMonitoring('x');
  registry.close('a');
  expect(registry.summary('a')).toMatchObject({ status: 'closed', totalOperations: 1 });
  expect(registry.open('a').getOperationSummary().totalOperations).toBe(1);
  expect(seen.map((line) => line.split(' ')[0])).toEqual(['opened', 'closed', 'opened']);
});

test('a session more than the maximum makes the registry forget the quietest one, closed ones first', () => {
  const clock = new FakeClock();
  const registry = new SessionRegistry({ maxSessions: 2, clock });
  const a = registry.open('a');
  clock.advance(1000);
  registry.open('b');
  clock.advance(1000);
  a.startMonitoring('x');
  registry.open('c');
  expect(registry.list().map(({ sessionId }) => sessionId)).toEqual(['c', 'a']);
  registry.close('c');
  registry.open('d');
  expect(registry.list().map(({ sessionId }) => sessionId)).toEqual(['d', 'a']);
});

test('a session with an active operation is not forgotten before a quiet one', () => {
  const clock = new FakeClock();
  const registry = new SessionRegistry({ maxSessions: 2, clock });
  registry.open('busy').startMonitoring('x');
  for (const id of ['a', 'b', 'c']) {
    clock.advance(1000);
    registry.open(id);
  }
  expect(registry.list().map(({ sessionId }) => sessionId)).toEqual(['c', 'busy']);
});

test('a session summary says what failed last, when and why, also when other operations have ended since', () => {
  const clock = new FakeClock();
  const registry = new SessionRegistry({ clock });
  const monitor = registry.open('a');
  expect(registry.summary('a')).toMatchObject({
    lastFailedOperation: null,
    lastFailedAt: null,
    lastError: null,
  });
  monitor.stopMonitoring(monitor.startMonitoring('x', 'first'), { error: 'e'.repeat(600) }, false);
  const failedAt = new Date(clock.now());
  clock.advance(1000);
  monitor.stopMonitoring(monitor.startMonitoring('x', 'second'));
  monitor.cancelMonitoring(monitor.startMonitoring('x', 'third'), 'enough');
  expect(registry.summary('a')).toMatchObject({
    lastFailedOperation: 'first',
    lastFailedAt: failedAt,
    lastError: `${'e'.repeat(500)}…`,
  });
});
