import { describe, expect, onTestFinished, test, vi } from 'vitest';

import { LIMITS } from '../../../src/monitor/limits.ts';
import { SessionRegistry } from '../../../src/monitor/session-registry.ts';
import { HubIntake } from '../../../src/relay/hub-intake.ts';
import { FakeClock } from '../../support/fake-clock.ts';
import { createStandingHub } from './standing-hub.ts';

const LEASE_MS = 45_000;
const IN_FLIGHT = 'mcp_server_operations_in_flight';
const CONNECTIONS = 'mcp_server_sessions_active';
const SUBSCRIPTIONS = 'mcp_server_subscriptions_active';
const DURATIONS = 'mcp_server_operation_duration_seconds_count';
const STARTED = 'pipeline_operations_started_total';
const ACTIVE = 'pipeline_operations_active';

const connection = (id: number | string = 1, version = '2025-11-25') => ({
  id,
  server_name: 'theirs',
  transport: 'pipe',
  protocol_version: version,
});
const opened = (id: number | string = 1) => ({ type: 'connection_opened', connection: connection(id) });
const closed = (id: number | string = 1) => ({
  type: 'connection_closed',
  connection: connection(id),
  duration: 3,
});
const request = (id: number | string) => ({
  id,
  direction: 'client_to_server',
  method: 'tools/call',
  tool_name: 'add',
});
const started = (id: number | string = 1) => ({
  type: 'request_started',
  connection: connection(),
  request: request(id),
  size_bytes: 10,
});
const ended = (id: number | string = 1) => ({
  type: 'request_ended',
  connection: connection(),
  request: request(id),
  tool_name: 'add',
  duration: 2,
});
const operation = (kind: string, rest: object = {}) => ({
  type: 'operation',
  kind,
  session_id: 's',
  operation_id: 'o',
  operation_name: 'import',
  ...rest,
});

test('the client in a report is redacted, because any program may report', () => {
  const { report, sessions } = createStandingHub();
  report([operation('started', { client_name: 'bot password=hunter2', client_version: 'token=hunter2' })]);
  expect(sessions.list()).toMatchObject([
    { clientName: 'bot password=[redacted]', clientVersion: 'token=[redacted]' },
  ]);
});

describe('announced sessions', () => {
  const session = (rest: object = {}) => ({ session_id: 's', server_name: 'theirs', ...rest });

  test('a server that crashed before its first call has a session with the reason', () => {
    const { intake, sessions } = createStandingHub();
    const [server_state, server_state_reason] = ['crashed', 'ended with exit code 1, token=hunter2'];
    intake.accept({
      reporter_id: 'a',
      sessions: [session({ server_state, server_state_reason, client_name: 'bot', client_version: '1.0' })],
      events: [{ type: 'session_closed', session_id: 's' }],
    });
    expect(sessions.list()).toMatchObject([
      {
        serverName: 'theirs',
        clientName: 'bot',
        clientVersion: '1.0',
        status: 'closed',
        serverState: 'crashed',
        serverStateReason: 'ended with exit code 1, token=[redacted]',
        totalOperations: 0,
      },
    ]);
  });

  test('a session has the times of its reporter, but none in the future', () => {
    const { intake, sessions, clock } = createStandingHub();
    const at = (ms: number) => new Date(clock.now() + ms).toISOString();
    const given = [
      session({ session_id: 'past', opened_at: at(-60_000), last_activity_at: at(-1000) }),
      session({ session_id: 'ahead', opened_at: at(60_000), last_activity_at: at(60_000) }),
    ];
    const now = clock.now();
    intake.accept({ reporter_id: 'a', sessions: given, events: [] });
    const times = sessions
      .list()
      .map(({ openedAt, lastActivityAt }) => [openedAt.getTime() - now, lastActivityAt.getTime() - now]);
    expect(times).toEqual([
      [0, 0],
      [-60_000, -1000],
    ]);
  });

  test('without an announcement, a session is as old as its first operation', () => {
    const { report, sessions, clock } = createStandingHub();
    const timestamp = new Date(clock.now() - 10_000).toISOString();
    const openedAtMs = clock.now() - 13_000;
    report([operation('completed', { timestamp, duration: 3 })]);
    expect(sessions.list()).toMatchObject([
      { openedAt: new Date(openedAtMs), lastActivityAt: new Date(openedAtMs + 3000) },
    ]);
  });

  test('an operation is not in the future, whatever the clock of its reporter', () => {
    const { report, sessions, clock } = createStandingHub();
    const timestamp = new Date(clock.now() + 60_000).toISOString();
    const now = clock.now();
    report([operation('started', { timestamp })]);
    expect(sessions.get('s')?.operations.get('o')?.startTime).toEqual(new Date(now));
  });

  test('a resent report does not open a session again', () => {
    const { intake, sessions } = createStandingHub();
    const report = {
      reporter_id: 'a',
      first_seq: 1,
      sessions: [session()],
      events: [{ type: 'session_closed', session_id: 's' }],
    };
    intake.accept(report);
    intake.accept(report);
    expect(sessions.list()).toMatchObject([{ status: 'closed' }]);
  });

  test('a state that this hub does not know is no reason to refuse the report', () => {
    const { intake, sessions } = createStandingHub();
    intake.accept({ reporter_id: 'a', sessions: [session({ server_state: 'hibernating' })], events: [] });
    expect(sessions.list()).toMatchObject([{ serverState: null }]);
  });

  test('the servers of a reporter that vanishes have ended, unless they are known to have ended before', () => {
    const { intake, sessions, clock } = createStandingHub();
    const running = session({ session_id: 'running', server_state: 'ready' });
    const crashed = session({ session_id: 'crashed', server_state: 'crashed', server_state_reason: 'x' });
    intake.accept({ reporter_id: 'a', sessions: [running, crashed, session()], events: [] });
    clock.advance(LEASE_MS - 1);
    intake.expire();
    clock.advance(2);
    intake.expire();
    const states = sessions
      .list()
      .map(({ sessionId, serverState, serverStateReason }) => [sessionId, serverState, serverStateReason]);
    expect(states).toEqual([
      ['s', null, null],
      ['crashed', 'crashed', 'x'],
      ['running', 'exited', 'the reporting process vanished'],
    ]);
  });
});

describe('starts and ends', () => {
  test('the hub counts a start that is reported twice once, and keeps the ids of reporters apart', async () => {
    const { intake, total } = createStandingHub();
    for (const reporter_id of ['a', 'b']) {
      intake.accept({ reporter_id, events: [opened(), started(), started(), opened()] });
    }
    expect(await total(IN_FLIGHT)).toBe(2);
    expect(await total(CONNECTIONS)).toBe(2);
    intake.accept({ reporter_id: 'a', events: [ended(), closed()] });
    expect(await total(IN_FLIGHT)).toBe(1);
    expect(await total(CONNECTIONS)).toBe(1);
  });

  test('the ids 1 and "1" are different requests', async () => {
    const { report, total } = createStandingHub();
    report([started(1), started('1')]);
    expect(await total(IN_FLIGHT)).toBe(2);
  });

  test('the hub states a start for an end whose start was not reported', async () => {
    const { report, total, seen } = createStandingHub();
    report([ended(), closed(), operation('failed', { duration: 4 })]);
    expect(await total(DURATIONS)).toBe(1);
    expect(await total(STARTED)).toBe(1);
    for (const gauge of [IN_FLIGHT, CONNECTIONS, ACTIVE]) expect(await total(gauge)).toBe(0);
    expect(seen.map(({ type }) => type).filter((type) => type !== 'session')).toEqual([
      'request_started',
      'request_ended',
      'connection_opened',
      'connection_closed',
      'operation',
      'operation',
    ]);
  });

  test('the end of a request takes its tool from the request if it names none', async () => {
    const { report, total } = createStandingHub();
    report([started(), { type: 'request_ended', connection: connection(), request: request(1) }]);
    expect(await total(DURATIONS, { gen_ai_tool_name: 'add', error_type: '' })).toBe(1);
  });

  test('an end without a duration is timed from its start', async () => {
    const { report, clock, seen } = createStandingHub();
    report([started(), opened()]);
    clock.advance(5000);
    report([
      { type: 'request_ended', connection: connection(), request: request(1) },
      { type: 'connection_closed', connection: connection() },
    ]);
    expect(seen.at(-2)).toMatchObject({ type: 'request_ended', durationSeconds: 5 });
    expect(seen.at(-1)).toMatchObject({ type: 'connection_closed', durationSeconds: 5 });
  });

  test('a connection that is open keeps the labels it was opened with', async () => {
    const { report, total } = createStandingHub();
    report([opened(), { type: 'transport_error', connection: connection(1, ''), kind: 'parse' }]);
    report([{ type: 'connection_closed', connection: connection(1, '2024-11-05') }]);
    expect(await total(CONNECTIONS, { mcp_protocol_version: '2025-11-25' })).toBe(0);
    expect(await total(CONNECTIONS, { mcp_protocol_version: '2024-11-05' })).toBe(0);
  });

  test('a connection learns its version with the answer that settles it', async () => {
    const { report, total } = createStandingHub();
    report([
      { type: 'request_started', connection: connection(1, ''), request: { id: 1, method: 'initialize' } },
    ]);
    report([{ type: 'request_ended', connection: connection(1), request: { id: 1, method: 'initialize' } }]);
    expect(await total(DURATIONS, { mcp_protocol_version: '2025-11-25' })).toBe(1);
  });
});

describe('subscriptions', () => {
  const subscribed = (active: number, id = 1) => ({
    type: 'subscriptions_changed',
    connection: connection(id),
    active,
  });

  test('subscriptions are reported as a total, so that a repeated report changes nothing', async () => {
    const { report, total } = createStandingHub();
    report([subscribed(2), subscribed(2), subscribed(3), subscribed(1, 2)]);
    expect(await total(SUBSCRIPTIONS)).toBe(4);
    report([subscribed(0)]);
    expect(await total(SUBSCRIPTIONS)).toBe(1);
  });

  test('subscriptions end with their connection, and with their reporter', async () => {
    const { report, total } = createStandingHub();
    report([opened(), subscribed(2), closed()]);
    expect(await total(SUBSCRIPTIONS)).toBe(0);
    report([subscribed(5, 2)]);
    report([], { is_closing: true });
    expect(await total(SUBSCRIPTIONS)).toBe(0);
  });
});

test('all reporters together have no more open than the hub has room for', async () => {
  const { intake, total, results, sessions } = createStandingHub();
  const allowance = sessions.allowance('reported_open_total');
  const room = 15;
  for (let used = 0; used < LIMITS.reported_open_total.max - room; used++) allowance.takeAnyway();
  const requestsOf = (reporter: number) => Array.from({ length: 10 }, (_, i) => started(`${reporter}-${i}`));
  for (const reporter of [1, 2]) {
    intake.accept({ reporter_id: `r${reporter}`, events: requestsOf(reporter) });
  }
  intake.accept({ reporter_id: 'r3', events: [opened(), operation('started')] });
  expect(await total(IN_FLIGHT)).toBe(room);
  expect(await results()).toMatchObject({ accepted: room, lost: 7 });
  expect(await total('mcp_exporter_limit_reached_total', { limit: 'reported_open_total' })).toBe(7);
  for (const reporter of [1, 2, 3]) {
    intake.accept({ reporter_id: `r${reporter}`, events: [], is_closing: true });
  }
  expect(allowance.used).toBe(LIMITS.reported_open_total.max - room);
});

describe('an operation', () => {
  test('the report of an operation needs only its kind and its name', async () => {
    const { report, sessions, total } = createStandingHub();
    report([{ type: 'operation', kind: 'started', operation_name: 'backup' }]);
    report([{ type: 'operation', kind: 'completed', operation_name: 'backup', duration: 12.5 }]);
    expect(await total(STARTED)).toBe(1);
    expect(sessions.get('r')?.endedOperations(1)).toMatchObject([
      { operationName: 'backup', status: 'completed', duration: 12.5 },
    ]);
  });

  test('the hub redacts and cuts the details and errors of reported operations', () => {
    const { report, sessions } = createStandingHub();
    const details = { api_key: 'hunter2', text: 'x'.repeat(5000) };
    report([operation('failed', { details, error: 'e'.repeat(3000) })]);
    const kept = sessions.get('s')?.endedOperations(1)[0];
    expect(kept?.details['api_key']).toBe('[redacted]');
    expect(String(kept?.details['text']).length).toBeLessThan(2100);
    expect(kept?.error?.length).toBeLessThan(600);
  });

  test('an operation ends once, even if its session was evicted meanwhile', async () => {
    const { report, total } = createStandingHub({ maxSessions: 1 });
    report([operation('started'), operation('started', { session_id: 'other' }), operation('completed')]);
    expect(await total(STARTED)).toBe(2);
    expect(await total(ACTIVE)).toBe(1);
    report([], { is_closing: true });
    expect(await total(ACTIVE)).toBe(0);
  });
});

describe('numbers', () => {
  test('events whose numbers the hub already has are duplicates, one by one', async () => {
    const { report, results, total } = createStandingHub();
    expect(report([ended(1), ended(2)], { first_seq: 1 }).next_seq).toBe(3);
    expect(report([ended(2), ended(3)], { first_seq: 2 }).next_seq).toBe(4);
    expect(await total(DURATIONS)).toBe(3);
    expect(await results()).toEqual({ accepted: 3, duplicate: 1, lost: 0 });
  });

  test('missing numbers count as lost only if the reporter says so, and once', async () => {
    const { report, results } = createStandingHub();
    report([ended(1)], { first_seq: 1 });
    report([ended(2)], { first_seq: 50, lost: 7 });
    report([ended(2)], { first_seq: 50, lost: 7 });
    expect(await results()).toEqual({ accepted: 2, duplicate: 1, lost: 7 });
  });

  test('the hub remembers the numbers of a reporter that has ended, whose last report may come again', async () => {
    const { report, clock, intake, total } = createStandingHub();
    report([ended(1)], { first_seq: 1, is_closing: true });
    report([ended(1)], { first_seq: 1, is_closing: true });
    expect(await total(DURATIONS)).toBe(1);
    report([ended(2)], { first_seq: 2 });
    lapse(clock, intake, LEASE_MS + 1);
    report([ended(2), ended(3)], { first_seq: 2 });
    expect(await total(DURATIONS)).toBe(3);
  });
});

describe('optional events', () => {
  const SIZE = 'mcp_server_message_size_bytes';
  const late = (size_bytes: number, id = 1) => ({
    type: 'late_response',
    connection: connection(id),
    direction: 'server_to_client',
    method: 'tools/call',
    size_bytes,
  });

  test('a late response has the labels of a response, whether its connection is open or unknown', async () => {
    const { report, total } = createStandingHub();
    report([opened()], { optional_events: [late(10), late(200, 2)] });
    const labels = {
      mcp_server_name: 'theirs',
      mcp_method_name: 'tools/call',
      direction: 'server_to_client',
    };
    expect(await total(`${SIZE}_sum`, labels)).toBe(210);
    expect(await total(CONNECTIONS)).toBe(1);
  });

  test('a listed tool has its failures at 0 before its first call', async () => {
    const { report, collector } = createStandingHub();
    report([], { optional_events: [{ type: 'tool_listed', connection: connection(1), tool_name: 'add' }] });
    const labels = 'gen_ai_tool_name="add",error_type="tool_error"';
    const { body } = await collector.expose();
    expect(body).toMatch(new RegExp(`^mcp_server_operations_total\\{.*${labels}.*\\} 0$`, 'm'));
  });

  test('their numbers follow those of the events, and each counts once', async () => {
    const { report, results, total } = createStandingHub();
    const optional_events = [late(10), late(200)];
    for (let times = 0; times < 2; times++) {
      expect(report([ended(1)], { first_seq: 1, optional_events }).next_seq).toBe(4);
    }
    for (let times = 0; times < 2; times++) {
      expect(report([], { first_seq: 4, optional_events: [late(3000)] }).next_seq).toBe(5);
    }
    expect(report([ended(2)], { first_seq: 5 }).next_seq).toBe(6);
    expect(await total(`${SIZE}_sum`)).toBe(3210);
    expect(await total(DURATIONS)).toBe(2);
    expect(await results()).toEqual({ accepted: 5, duplicate: 4, lost: 0 });
  });

  test('the hub ignores types and values that it does not know, but counts their numbers', async () => {
    const { report, results, total } = createStandingHub();
    const unknown = [{ type: 'party' }, { ...late(1), direction: 'sideways' }, null, 7];
    const answer = report([ended(1)], { first_seq: 1, optional_events: [...unknown, late(10)] });
    expect(answer.next_seq).toBe(7);
    expect(await total(`${SIZE}_sum`)).toBe(10);
    expect(await results()).toEqual({ accepted: 2, duplicate: 0, lost: 0 });
  });

  test('an optional event among the other events is refused', () => {
    const { report } = createStandingHub();
    expect(() => report([late(10)])).toThrow('events.0.type: expected one of operation, ');
  });
});

test('a report that comes again late does not set the numbers back', () => {
  const { report } = createStandingHub();
  expect(report([ended(1), ended(2), ended(3)], { first_seq: 1 }).next_seq).toBe(4);
  expect(report([ended(1)], { first_seq: 1 }).next_seq).toBe(4);
  expect(report([], { first_seq: 1 }).next_seq).toBe(4);
  expect(report([ended(9)], { first_seq: 50 }).next_seq).toBe(51);
});

test('events without numbers follow each other, and none is a duplicate', async () => {
  const { report, results } = createStandingHub();
  expect(report([ended(1)]).next_seq).toBe(2);
  expect(report([ended(1), ended(2)]).next_seq).toBe(4);
  expect(await results()).toEqual({ accepted: 3, duplicate: 0, lost: 0 });
});

test('a report that is partly a duplicate does not repeat what it lost', async () => {
  const { report, results } = createStandingHub();
  report([ended(1), ended(2)], { first_seq: 1, lost: 3 });
  report([ended(2), ended(3), ended(4)], { first_seq: 2, lost: 3 });
  expect(await results()).toEqual({ accepted: 4, duplicate: 1, lost: 3 });
});

test('events that the hub has no room for are lost, and their numbers are taken', async () => {
  const { report, results, sessions } = createStandingHub();
  const allowance = sessions.allowance('reported_open_total');
  while (allowance.used < LIMITS.reported_open_total.max) allowance.takeAnyway();
  const { next_seq } = report([started(1), operation('started'), opened()], { first_seq: 1, lost: 2 });
  expect(next_seq).toBe(4);
  expect(await results()).toEqual({ accepted: 0, duplicate: 0, lost: 5 });
});

test('the numbers of the last 1000 reporters that ended are remembered', async () => {
  const { intake, results } = createStandingHub();
  const end = (reporter_id: string) =>
    intake.accept({ reporter_id, first_seq: 1, is_closing: true, events: [ended(1)] });
  for (let i = 0; i < 1001; i++) end(`r${i}`);
  end('r1');
  expect(await results()).toMatchObject({ duplicate: 1 });
  end('r0');
  expect(await results()).toMatchObject({ accepted: 1002, duplicate: 1 });
});

test('a reporter without events is not remembered', async () => {
  const { intake, results } = createStandingHub();
  intake.accept({ reporter_id: 'r', first_seq: 1, is_closing: true, events: [ended(1)] });
  for (let i = 0; i < 1000; i++) intake.accept({ reporter_id: `e${i}`, is_closing: true, events: [] });
  intake.accept({ reporter_id: 'r', first_seq: 1, events: [ended(1)] });
  expect(await results()).toMatchObject({ duplicate: 1 });
});

test('the hub names itself anew for each reporter that it does not know', () => {
  const { sessions, clock } = createStandingHub();
  const intake = new HubIntake({
    sessions,
    clock,
    onReporters: () => undefined,
    onEvents: () => undefined,
    bootId: 'hub',
  });
  intake.close();
  const bootOf = (reporter_id: string, is_closing = false) =>
    intake.accept({ reporter_id, is_closing, events: [] }).boot_id;
  expect([bootOf('a'), bootOf('b'), bootOf('a', true), bootOf('a')]).toEqual([
    'hub.1',
    'hub.2',
    'hub.1',
    'hub.3',
  ]);
});

test('the answer asks for a sign of life every 15 seconds', () => {
  expect(createStandingHub().report([]).heartbeat_seconds).toBe(15);
});

/** So much time goes by, in which the hub looks as often as it does. */
function lapse(clock: FakeClock, intake: HubIntake, ms: number): void {
  for (let left = ms; left > 0; left -= 5000) {
    clock.advance(Math.min(left, 5000));
    intake.expire();
  }
}

describe('a lease', () => {
  test('a lease does not expire while the hub itself stood still', async () => {
    const { report, clock, intake, total } = createStandingHub();
    report([started()]);
    clock.advance(10 * LEASE_MS);
    intake.expire();
    expect(await total(IN_FLIGHT)).toBe(1);
    report([]);
    intake.expire();
    expect(await total(IN_FLIGHT)).toBe(1);
  });

  test('an expired lease fails open requests and operations, and closes connections and sessions', async () => {
    const { report, clock, intake, total, seen, sessions } = createStandingHub();
    report([opened(), started(), operation('started')]);
    lapse(clock, intake, LEASE_MS + 1000);
    expect(seen).toContainEqual(
      expect.objectContaining({
        type: 'request_ended',
        errorType: 'server_exited',
        cancellation: null,
        durationSeconds: 46,
      }),
    );
    expect(seen).toContainEqual(
      expect.objectContaining({ type: 'connection_closed', errorType: 'server_exited' }),
    );
    expect(sessions.get('s')?.endedOperations(1)).toMatchObject([
      { status: 'failed', error: 'the reporting process vanished before the operation ended' },
    ]);
    expect(await total('mcp_server_cancellations_total')).toBe(0);
    expect(sessions.summary('s')?.status).toBe('closed');
    for (const gauge of [IN_FLIGHT, CONNECTIONS, ACTIVE, 'mcp_exporter_reporters']) {
      expect(await total(gauge)).toBe(0);
    }
  });

  test('reports without events keep a lease, up to its last millisecond', async () => {
    const { report, clock, intake, total } = createStandingHub();
    report([started()]);
    for (let i = 0; i < 4; i++) {
      lapse(clock, intake, LEASE_MS);
      report([]);
    }
    expect(await total(IN_FLIGHT)).toBe(1);
  });

  test('an expired lease changes the boot id, so that the reporter tells again what it has open', () => {
    const { report, clock, intake } = createStandingHub();
    const first = report([]).boot_id;
    expect(report([]).boot_id).toBe(first);
    lapse(clock, intake, LEASE_MS + 1);
    expect(report([]).boot_id).not.toBe(first);
  });

  test('durations count from the reported start, even if it was before the hub started', async () => {
    const { report, clock, seen } = createStandingHub();
    const timestamp = new Date(clock.now() - 60_000).toISOString();
    report([
      { ...started(), timestamp },
      { ...opened(), timestamp },
    ]);
    report([], { is_closing: true });
    expect(seen).toContainEqual(expect.objectContaining({ type: 'request_ended', durationSeconds: 60 }));
    expect(seen).toContainEqual(expect.objectContaining({ type: 'connection_closed', durationSeconds: 60 }));
  });
});

test('only the reporters that were silent for too long expire', async () => {
  const { intake, clock, total } = createStandingHub();
  intake.accept({ reporter_id: 'old', events: [started('old')] });
  lapse(clock, intake, 40_000);
  intake.accept({ reporter_id: 'young', events: [started('young')] });
  lapse(clock, intake, 5001);
  expect(await total(IN_FLIGHT)).toBe(1);
  expect(await total('mcp_exporter_reporters')).toBe(1);
});

test('a lease expires if the hub looks every 15 seconds, and not if it looks less often', async () => {
  for (const [everyMs, left] of [
    [15_000, 0],
    [15_001, 1],
  ] as const) {
    const { report, clock, intake, total } = createStandingHub();
    report([started()]);
    for (let i = 0; i < 4; i++) {
      clock.advance(everyMs);
      intake.expire();
    }
    expect(await total(IN_FLIGHT)).toBe(left);
  }
});

test('the hub looks for expired leases every 5 seconds, until it is closed', async () => {
  vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval'] });
  onTestFinished(() => void vi.useRealTimers());
  const clock = new FakeClock();
  const sessions = new SessionRegistry({ clock });
  const counts: number[] = [];
  const intake = new HubIntake({
    sessions,
    clock,
    onReporters: (count) => counts.push(count),
    onEvents: () => undefined,
  });
  const wait = (ms: number) => {
    for (let passed = 0; passed < ms; passed += 5000) {
      clock.advance(5000);
      vi.advanceTimersByTime(5000);
    }
  };
  intake.accept({ reporter_id: 'r', events: [] });
  wait(45_000);
  expect(counts).toEqual([1]);
  wait(5000);
  expect(counts).toEqual([1, 0]);
  intake.accept({ reporter_id: 'r', events: [] });
  intake.close();
  wait(100_000);
  expect(counts).toEqual([1, 0, 1]);
  sessions.stop();
});

test('a proxy that vanished in front of an HTTP server does not say that the server exited', async () => {
  const { report, clock, intake, seen } = createStandingHub();
  report([started(), { type: 'upstream_checked', server_name: 'remote', is_up: true }]);
  lapse(clock, intake, LEASE_MS + 1);
  expect(seen).toContainEqual(
    expect.objectContaining({ type: 'request_ended', errorType: 'connection_closed', cancellation: null }),
  );
});

test('what a reporter had open is cancelled if it says that it ends', () => {
  const { report, seen, sessions } = createStandingHub();
  report([opened(), started(), operation('started')], { is_closing: true });
  expect(seen).toContainEqual(
    expect.objectContaining({ type: 'request_ended', errorType: 'cancelled', cancellation: 'close' }),
  );
  expect(seen).toContainEqual(
    expect.objectContaining({ type: 'connection_closed', errorType: 'connection_closed' }),
  );
  expect(sessions.get('s')?.endedOperations(1)).toMatchObject([
    { status: 'cancelled', error: 'the reporting process closed before the operation ended' },
  ]);
});

describe('a session of two reporters', () => {
  test('a session of two reporters is open for as long as one of them has it open', () => {
    const { intake, sessions } = createStandingHub();
    for (const reporter_id of ['a', 'b']) {
      intake.accept({ reporter_id, events: [operation('completed', { operation_id: reporter_id })] });
    }
    intake.accept({ reporter_id: 'a', events: [], is_closing: true });
    expect(sessions.summary('s')?.status).toBe('idle');
    intake.accept({ reporter_id: 'b', events: [{ type: 'session_closed', session_id: 's' }] });
    expect(sessions.summary('s')?.status).toBe('closed');
  });
});

describe('whether a server is up', () => {
  test('the hub knows whether a server is up for as long as one of its proxies reports', async () => {
    const { intake, seen } = createStandingHub();
    const checked = (is_up: boolean | null) => ({ type: 'upstream_checked', server_name: 'remote', is_up });
    for (const [reporter_id, isUp] of [
      ['a', true],
      ['b', false],
    ] as const) {
      intake.accept({ reporter_id, events: [checked(isUp)] });
    }
    intake.accept({ reporter_id: 'a', events: [], is_closing: true });
    expect(seen.at(-1)).toMatchObject({ type: 'upstream_checked', isUp: false });
    intake.accept({ reporter_id: 'b', events: [checked(null)] });
    expect(seen.at(-1)).toMatchObject({ type: 'upstream_checked', isUp: null });
    intake.accept({ reporter_id: 'b', events: [], is_closing: true });
    expect(seen.filter((event) => event.type === 'upstream_checked')).toHaveLength(4);
  });

  test('after a proxy has left, the state that a remaining one sees applies', () => {
    const { intake, seen } = createStandingHub();
    const checked = (is_up: boolean, reason = '') => ({
      type: 'upstream_checked',
      server_name: 'remote',
      is_up,
      reason,
    });
    intake.accept({ reporter_id: 'reaches', events: [checked(true)] });
    intake.accept({ reporter_id: 'without network', events: [checked(false, 'connect ENETUNREACH')] });
    expect(seen.at(-1)).toMatchObject({ isUp: false, reason: 'connect ENETUNREACH' });
    intake.accept({ reporter_id: 'without network', events: [], is_closing: true });
    expect(seen.at(-1)).toMatchObject({ type: 'upstream_checked', isUp: true, reason: '' });
  });

  test('no server stays down after its proxy has left, however many it checked', async () => {
    const { report, seen, results } = createStandingHub();
    for (let first = 0; first < 11_000; first += 1000) {
      report(
        Array.from({ length: 1000 }, (_, i) => ({
          type: 'upstream_checked',
          server_name: `server ${first + i}`,
          is_up: false,
        })),
      );
    }
    report([], { is_closing: true });
    const last = new Map<string, unknown>();
    for (const event of seen) if (event.type === 'upstream_checked') last.set(event.serverName, event.isUp);
    expect(new Set(last.values())).toEqual(new Set([null]));
    expect(await results()).toMatchObject({ accepted: 10_000, lost: 1000 });
  });
});

describe('bounds', () => {
  const many = (count: number, event: (id: number) => object) =>
    Array.from({ length: count }, (_, i) => event(i));

  test.each([
    ['requests', started, ended, IN_FLIGHT],
    ['connections', opened, closed, CONNECTIONS],
    [
      'operations',
      (id: number) => operation('started', { operation_id: `o${id}` }),
      (id: number) => operation('completed', { operation_id: `o${id}` }),
      ACTIVE,
    ],
  ])(
    'at most 10,000 %s are open: one more is lost, and its end counts for both',
    async (_, start, end, gauge) => {
      const { report, total, results } = createStandingHub();
      for (let i = 0; i < 10; i++) report(many(1000, (id) => start(1000 * i + id)));
      report([start(10_001)]);
      expect(await total(gauge)).toBe(10_000);
      expect(await results()).toMatchObject({ accepted: 10_000, lost: 1 });
      report([end(10_001), end(1)]);
      expect(await total(gauge)).toBe(9999);
      expect(await results()).toMatchObject({ accepted: 10_002, lost: 1 });
      report([], { is_closing: true });
      expect(await total(gauge)).toBe(0);
    },
  );

  test('at most 1000 processes report: the longest silent one is evicted, with what it had open', async () => {
    const { intake, clock, total } = createStandingHub();
    for (let i = 0; i < 1000; i++) {
      const client = i < 500 ? '10.0.0.1' : '10.0.0.2';
      intake.accept({ reporter_id: `r${i}`, events: i < 2 ? [started()] : [] }, client);
      clock.advance(1);
    }
    intake.accept({ reporter_id: 'r0', events: [] }, '10.0.0.1');
    intake.accept({ reporter_id: 'one more', events: [] }, '10.0.0.3');
    expect(await total('mcp_exporter_reporters')).toBe(1000);
    expect(await total(IN_FLIGHT)).toBe(1);
    intake.accept({ reporter_id: 'r0', events: [ended()] });
    expect(await total(IN_FLIGHT)).toBe(0);
  });

  test('50,000 reporters from one address evict none of another address', async () => {
    const { intake, total, sessions } = createStandingHub();
    intake.accept({ reporter_id: 'victim', events: [started(), operation('started')] }, '10.0.0.1');
    for (let i = 0; i < 50_000; i++) {
      intake.accept({ reporter_id: `flood-${i}`, events: [] }, '10.0.0.2');
    }
    expect(await total('mcp_exporter_reporters')).toBe(501);
    expect(await total(IN_FLIGHT)).toBe(1);
    expect(sessions.get('s')?.activeOperations).toHaveLength(1);
    expect(await total('mcp_exporter_limit_reached_total', { limit: 'reporters' })).toBe(49_500);
  });

  test('10,000 sessions of one reporter evict none of another reporter', async () => {
    const { intake, sessions, total } = createStandingHub();
    const session = (id: string) => operation('completed', { session_id: id, duration: 1 });
    const events = Array.from({ length: 50 }, (_, i) => session(`real-${i}`));
    intake.accept({ reporter_id: 'victim', events }, '10.0.0.1');
    for (let i = 0; i < 10_000; i += 1000) {
      const flood = Array.from({ length: 1000 }, (_, j) => session(`flood-${i + j}`));
      intake.accept({ reporter_id: 'flood', events: flood }, '10.0.0.1');
    }
    const ids = sessions.list().map(({ sessionId }) => sessionId);
    expect(ids.filter((id) => id.startsWith('real-'))).toHaveLength(50);
    expect(ids.filter((id) => id.startsWith('flood-'))).toHaveLength(100);
    expect(await total('mcp_exporter_limit_reached_total', { limit: 'sessions_per_reporter' })).toBe(9900);
  });

  test('sessions of many reporters at one address evict none of another address', () => {
    const { intake, sessions } = createStandingHub();
    const session = (id: string) => operation('completed', { session_id: id, duration: 1 });
    const events = Array.from({ length: 50 }, (_, i) => session(`real-${i}`));
    intake.accept({ reporter_id: 'victim', events }, '10.0.0.1');
    for (let i = 0; i < 400; i++) {
      const flood = Array.from({ length: 50 }, (_, j) => session(`flood-${i}-${j}`));
      intake.accept({ reporter_id: `flood-${i}`, events: flood }, '10.0.0.2');
    }
    const ids = sessions.list().map(({ sessionId }) => sessionId);
    expect(ids.filter((id) => id.startsWith('real-'))).toHaveLength(50);
    expect(ids).toHaveLength(200);
  });
});
