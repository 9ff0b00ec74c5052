import { afterEach, beforeEach, expect, test, vi } from 'vitest';

import type { MonitorEvent } from '../../../src/monitor/events.ts';
import { LIMITS } from '../../../src/monitor/limits.ts';
import { runWatched } from '../../../src/monitor/run-watched.ts';
import { SessionRegistry } from '../../../src/monitor/session-registry.ts';
import { FakeClock } from '../../support/fake-clock.ts';

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

function watched(options: ConstructorParameters<typeof SessionRegistry>[0] = {}) {
  const clock = new FakeClock();
  const faults: [string, unknown][] = [];
  const registry = new SessionRegistry({
    clock,
    onFault: (part, error) => faults.push([part, error]),
    ...options,
  });
  const seen: MonitorEvent[] = [];
  registry.subscribe((event) => seen.push(event));
  const ids = () => registry.list().map(({ sessionId }) => sessionId);
  const sessionEvents = () =>
    seen.flatMap((event) => (event.type === 'session' ? [`${event.kind} ${event.session.sessionId}`] : []));
  return { clock, faults, registry, seen, ids, sessionEvents };
}

test('the owner with the most sessions loses one, first by client and then by reporter', () => {
  const { clock, registry, ids } = watched({ maxSessions: 6 });
  const open = (id: string, owner?: { client: string; reporter?: string }) => {
    registry.open(id, null, owner);
    clock.advance(1000);
  };
  open('own');
  open('x1', { client: 'x', reporter: 'one' });
  open('y1', { client: 'y', reporter: 'a' });
  open('y2', { client: 'y', reporter: 'b' });
  open('y3', { client: 'y', reporter: 'b' });
  open('y4', { client: 'y', reporter: 'b' });
  open('x2', { client: 'x', reporter: 'one' });
  expect(ids()).toEqual(['x2', 'y4', 'y3', 'y1', 'x1', 'own']);
});

test('of the closed sessions, those without operations are evicted first', () => {
  const { clock, registry, ids } = watched({ maxSessions: 3 });
  const open = (id: string) => {
    clock.advance(1000);
    return registry.open(id);
  };
  const worked = open('worked');
  worked.stopMonitoring(worked.startMonitoring('add'));
  for (const id of ['unused', 'open']) open(id);
  for (const id of ['worked', 'unused']) registry.close(id);
  open('new');
  expect(ids()).toEqual(['new', 'open', 'worked']);
});

test('a reporter that has as many sessions as it may loses its own quietest one, and it is counted', () => {
  const { clock, registry, ids, seen } = watched({ maxSessions: 10_000 });
  const { max } = LIMITS.sessions_per_reporter;
  registry.open('other');
  for (let i = 0; i < max; i++) {
    clock.advance(1);
    registry.open(`${i}`, null, { client: 'c', reporter: 'r' });
  }
  expect(ids()).toHaveLength(max + 1);
  registry.open('new', null, { client: 'c', reporter: 'r' });
  expect(ids()).toHaveLength(max + 1);
  expect([registry.get('0'), registry.get('1') === undefined]).toEqual([undefined, false]);
  expect(seen.filter(({ type }) => type === 'limit_reached')).toEqual([
    { type: 'limit_reached', limit: 'sessions_per_reporter', count: 1 },
  ]);
});

test('a forgotten session is published as closed, and is not known any more', () => {
  const { registry, sessionEvents } = watched({ maxSessions: 1 });
  registry.open('a');
  registry.open('b');
  expect(sessionEvents()).toEqual(['opened a', 'closed a', 'opened b']);
  expect([registry.get('a'), registry.summary('a')]).toEqual([undefined, undefined]);
});

test('a session is closed once, and its changes are not published after that', () => {
  const { registry, sessionEvents } = watched();
  const monitor = registry.open('a');
  monitor.startMonitoring('x');
  registry.close('a');
  registry.close('a');
  registry.close('unknown');
  monitor.startMonitoring('y');
  vi.advanceTimersByTime(1000);
  expect(sessionEvents()).toEqual(['opened a', 'closed a']);
});

test('stopping publishes the changes of sessions at once, and then no more', () => {
  const { registry, sessionEvents } = watched();
  registry.open('a').startMonitoring('x');
  registry.open('b').startMonitoring('x');
  registry.stop();
  expect(sessionEvents().slice(2)).toEqual(['changed a', 'changed b']);
  vi.advanceTimersByTime(1000);
  expect(sessionEvents()).toHaveLength(4);
  registry.open('a').startMonitoring('y');
  vi.advanceTimersByTime(249);
  expect(sessionEvents()).toHaveLength(4);
  vi.advanceTimersByTime(1);
  expect(sessionEvents().at(-1)).toBe('changed a');
});

test('a session summary has its server, its times and whether it is idle, active or closed', () => {
  const { clock, registry } = watched();
  const openedAt = new Date(clock.now());
  const monitor = registry.open('a', 'files');
  expect(registry.summary('a')).toMatchObject({ serverName: 'files', status: 'idle', openedAt });
  expect(registry.summary('a')?.lastActivityAt).toEqual(openedAt);
  clock.advance(5000);
  const id = monitor.startMonitoring('x');
  expect(registry.summary('a')).toMatchObject({ status: 'active', openedAt, currentOperation: id });
  expect(registry.summary('a')?.lastActivityAt).toEqual(new Date(clock.now()));
  expect([registry.serverNameOf('a'), registry.serverNameOf('unknown')]).toEqual(['files', null]);
  registry.open('b');
  expect(registry.serverNameOf('b')).toBeNull();
  expect(registry.monitors().map(({ sessionId }) => sessionId)).toEqual(['a', 'b']);
});

test('a fault is reported and published by its part, also if reporting it fails', () => {
  const { registry, seen, faults } = watched();
  const error = new Error('broken');
  registry.reportFault('hub', error);
  registry.reportError(error);
  expect(faults).toEqual([
    ['hub', error],
    ['observer', error],
  ]);
  expect(seen).toEqual([
    { type: 'part_failed', part: 'hub' },
    { type: 'part_failed', part: 'observer' },
  ]);
  const failing = new SessionRegistry({
    onFault: () => {
      throw new Error('also broken');
    },
  });
  const parts: string[] = [];
  failing.subscribe((event) => void (event.type === 'part_failed' && parts.push(event.part)));
  failing.reportFault('hub', error);
  new SessionRegistry().reportFault('hub', error);
  expect(parts).toEqual(['hub']);
});

test('a subscriber that fails on every event is reported once for each other event, without a loop', () => {
  const { registry, faults, seen } = watched();
  registry.subscribe(() => {
    throw new Error('always');
  }, 'alerts');
  registry.publish({ type: 'limit_reached', limit: 'sockets', count: 1 });
  expect(faults).toEqual([['alerts', new Error('always')]]);
  expect(seen.map(({ type }) => type)).toEqual(['limit_reached', 'part_failed']);
});

test('everything that asks for the allowance of a limit shares it', () => {
  const { registry, seen } = watched();
  const first = registry.allowance('details_total');
  expect(registry.allowance('details_total')).toBe(first);
  expect(registry.allowance('requests_total')).not.toBe(first);
  first.take(LIMITS.details_total.max + 1);
  expect(seen).toEqual([{ type: 'limit_reached', limit: 'details_total', count: 1 }]);
});

const strictly = (strict: boolean, fn: Parameters<typeof runWatched<number>>[2]['fn'], id?: string) => ({
  operationName: 'work',
  fn,
  strict,
  options: id === undefined ? undefined : { id },
});

test('watched work is an operation of its session, and what it returns or throws is passed on', async () => {
  const { registry, faults } = watched();
  expect(
    await runWatched(
      registry,
      's',
      strictly(false, () => 5, 'one'),
    ),
  ).toBe(5);
  const failing = strictly(false, () => Promise.reject(new Error('disk full')), 'two');
  await expect(runWatched(registry, 's', failing)).rejects.toThrow('disk full');
  const operations = registry.get('s')?.operations;
  expect(operations?.get('one')).toMatchObject({ operationName: 'work', status: 'completed' });
  expect(operations?.get('two')).toMatchObject({ status: 'failed', error: 'disk full' });
  expect(faults).toEqual([]);
});

test('work that cannot be watched runs all the same, once, and the mistake is reported', async () => {
  const { registry, faults } = watched();
  registry.open('s').startMonitoring('x', 'in use');
  let runs = 0;
  const work = strictly(
    false,
    (operation) => {
      operation.updateProgress(50);
      runs += 1;
      expect([operation.operationId, operation.sessionId]).toEqual(['', 's']);
      return 7;
    },
    'in use',
  );
  expect([await runWatched(registry, 's', work), runs]).toEqual([7, 1]);
  expect(faults).toMatchObject([['observer', { code: 'operation_active' }]]);
  await expect(runWatched(registry, 's', { ...work, strict: true })).rejects.toMatchObject({
    code: 'operation_active',
  });
  expect(runs).toBe(1);
});

test('a wrong progress of watched work is reported, and thrown only in strict mode', async () => {
  const { registry, faults } = watched();
  const wrong = ({ updateProgress }: { updateProgress: (progress: number) => void }) => {
    updateProgress(30);
    updateProgress(101);
    return 1;
  };
  expect(await runWatched(registry, 's', strictly(false, wrong, 'one'))).toBe(1);
  expect(faults).toEqual([['observer', expect.any(TypeError)]]);
  await expect(runWatched(registry, 's', strictly(true, wrong, 'two'))).rejects.toThrow(TypeError);
  expect(registry.get('s')?.operations.get('two')).toMatchObject({ status: 'failed', progress: 30 });
});
