import { beforeEach, expect, onTestFinished, test, vi } from 'vitest';

import { CLOSED } from '../../../../src/mcp/protocol/request-end.ts';
import { TrafficObserver } from '../../../../src/mcp/protocol/traffic-observer.ts';
import { WatchedServer } from '../../../../src/mcp/protocol/watched-server.ts';
import { LateWatch } from '../../../../src/mcp/stdio/late-watch.ts';
import { observeStdio, type StdioWatch } from '../../../../src/mcp/stdio/stdio-watch.ts';
import type { MonitorEvent } from '../../../../src/monitor/events.ts';
import { SessionRegistry } from '../../../../src/monitor/session-registry.ts';
import { loadConfig } from '../../../../src/settings/config.ts';

beforeEach(() => {
  vi.useFakeTimers({ toFake: ['performance', 'Date'] });
  onTestFinished(() => void vi.useRealTimers());
});

/** A late watch, and what is published once it is open. */
function lateWatch() {
  const full: boolean[] = [];
  const late = new LateWatch((isFull) => full.push(isFull));
  const { clock } = late;
  const events: MonitorEvent[] = [];
  const open = () => {
    const sessions = new SessionRegistry({ clock });
    sessions.subscribe((event) => events.push(event));
    const server = new WatchedServer({ name: 'any' });
    const observer = new TrafficObserver({
      sessions,
      clock,
      server,
      transport: 'pipe',
      config: loadConfig({}),
      mcpSessionId: () => undefined,
    });
    late.open(observeStdio({ observer, sessions, serverName: 'any' }));
  };
  const say = (message: object) => Buffer.from(`${JSON.stringify({ jsonrpc: '2.0', ...message })}\n`);
  return {
    late,
    open,
    full,
    events,
    ask: (id: number) => late.sent('client_to_server', say({ id, method: 'ping' })),
    answer: (id: number) => late.sent('server_to_client', say({ id, result: {} })),
    durations: () =>
      events.flatMap((event) =>
        event.type === 'request_ended' ? [Math.round(event.durationSeconds * 1000)] : [],
      ),
  };
}

test('a watch that opens late sees what happened, in its order and at its time', () => {
  const { late, open, events, ask, answer, durations } = lateWatch();
  late.serverStarted();
  ask(1);
  vi.advanceTimersByTime(60);
  answer(1);
  vi.advanceTimersByTime(60);
  expect(events).toEqual([]);
  open();
  const types = events.map(({ type }) => type);
  expect(types.indexOf('child_started')).toBe(0);
  expect(types.indexOf('request_started')).toBeLessThan(types.indexOf('request_ended'));
  expect(durations()).toEqual([60]);
});

test('a request that is in flight when the watch opens is timed from its start', () => {
  const { open, ask, answer, durations } = lateWatch();
  ask(1);
  vi.advanceTimersByTime(60);
  open();
  answer(1);
  expect(durations()).toEqual([60]);
});

test('the end of a server is told to a watch that opens after it', () => {
  const { late, open, events, ask } = lateWatch();
  ask(1);
  late.endInFlight(CLOSED);
  late.serverExited({ code: 1, signal: null }, CLOSED);
  open();
  const ended = events.filter(({ type }) => type === 'request_ended' || type === 'child_exited');
  expect(ended).toMatchObject([{ type: 'request_ended' }, { type: 'child_exited', reason: 'failure' }]);
});

test.each([
  ['the server has sent something', (late: LateWatch) => late.sent('server_to_client', Buffer.from('{'))],
  ['its process has ended', (late: LateWatch) => late.serverExited({ code: 0, signal: null }, CLOSED)],
  ['too much is kept', (late: LateWatch) => late.sent('client_to_server', Buffer.alloc(1024 * 1024 + 1))],
])('a watch is due once %s, and not before', async (_title, act) => {
  const { late } = lateWatch();
  let isDue = false;
  void late.due.then(() => (isDue = true));
  late.serverStarted();
  late.sent('client_to_server', Buffer.from('{"jsonrpc":"2.0","id":1,"method":"ping"}\n'));
  await Promise.resolve();
  expect(isDue).toBe(false);
  act(late);
  await Promise.resolve();
  expect(isDue).toBe(true);
});

test('whoever sends more than is kept has to wait until the watch is open', () => {
  const { late, open, full } = lateWatch();
  late.sent('client_to_server', Buffer.alloc(1024 * 1024));
  expect(full).toEqual([]);
  const other = lateWatch();
  other.late.sent('client_to_server', Buffer.alloc(1024 * 1024));
  other.open();
  expect(other.full).toEqual([]);
  late.sent('client_to_server', Buffer.alloc(1));
  expect(full).toEqual([true]);
  open();
  expect(full).toEqual([true, false]);
});

test('an open watch is passed each event at once', () => {
  const { late, open, full, events, ask } = lateWatch();
  open();
  late.serverStarted();
  expect(events).toMatchObject([
    { type: 'child_started' },
    { type: 'session', kind: 'opened', session: { serverState: 'starting' } },
  ]);
  ask(1);
  late.endInFlight(CLOSED);
  expect(events.filter(({ type }) => type === 'request_ended')).toMatchObject([{ cancellation: 'close' }]);
  late.failed(new Error('broken'));
  expect(events.at(-1)).toEqual({ type: 'part_failed', part: 'observer' });
  late.sent('client_to_server', Buffer.alloc(2 * 1024 * 1024));
  late.serverExited({ code: null, signal: 'SIGTERM' }, CLOSED);
  expect(events.find(({ type }) => type === 'child_exited')).toMatchObject({ reason: 'signal' });
  expect(full).toEqual([]);
});

test('an error in the proxy before the watch opens is reported when it does', () => {
  const { late, open, full, events } = lateWatch();
  late.failed(new Error('broken'));
  expect(events).toEqual([]);
  open();
  expect(events).toEqual([{ type: 'part_failed', part: 'observer' }]);
  expect(full).toEqual([]);
});

test('an unterminated last line of the server is observed before its exit', () => {
  const { late, open, events, ask } = lateWatch();
  open();
  ask(1);
  late.sent('server_to_client', Buffer.from('{"jsonrpc":"2.0","id":1,"result":{}}'));
  late.serverExited({ code: 0, signal: null }, CLOSED);
  expect(events.filter(({ type }) => type === 'request_ended')).toMatchObject([{ errorType: '' }]);
});

test('the clock of a watch shows the time of each event while it is replayed, and then the time now', () => {
  const { late } = lateWatch();
  const read = () => [late.clock.now(), late.clock.monotonic(), late.clock.sinceBoot()].map(Math.round);
  const readings: number[][] = [];
  const watch: StdioWatch = {
    serverStarted: () => void readings.push(read()),
    sent: () => undefined,
    endInFlight: () => undefined,
    serverExited: () => undefined,
    failed: () => {
      throw new Error('broken');
    },
  };
  vi.advanceTimersByTime(5);
  const before = read();
  expect(before.every((ms) => ms > 0)).toBe(true);
  late.serverStarted();
  late.failed(new Error('any'));
  vi.advanceTimersByTime(60);
  expect(() => late.open(watch)).toThrow('broken');
  expect(readings).toEqual([before.map((ms, i) => (i < 2 ? ms : expect.closeTo(ms, -4)))]);
  expect(read().slice(0, 2)).toEqual(before.slice(0, 2).map((ms) => ms + 60));
});
