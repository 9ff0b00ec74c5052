import { describe, expect, test } from 'vitest';

import type { MonitorEvent } from '../../../src/monitor/events.ts';
import { LIMITS } from '../../../src/monitor/limits.ts';
import { createStandingHub } from './standing-hub.ts';

const connection = (id: number | string = 1, rest: object = {}) => ({ id, server_name: 's', ...rest });
const request = (id: number, rest: object = {}) => ({ id, method: 'tools/call', tool_name: 'add', ...rest });
const opened = (id = 1) => ({ type: 'connection_opened', connection: connection(id) });
const closed = (id = 1) => ({ type: 'connection_closed', connection: connection(id) });
const started = (id: number) => ({ type: 'request_started', connection: connection(), request: request(id) });
const ended = (id: number, rest: object = {}) => ({
  type: 'request_ended',
  connection: connection(),
  request: request(id),
  ...rest,
});
const subscribed = (active: number, id = 1) => ({
  type: 'subscriptions_changed',
  connection: connection(id),
  active,
});
const operation = (kind: string, rest: object = {}) => ({
  type: 'operation',
  kind,
  session_id: 's',
  operation_id: 'o',
  operation_name: 'import',
  ...rest,
});

const ofType = <T extends MonitorEvent['type']>(seen: readonly MonitorEvent[], type: T) =>
  seen.filter((event): event is Extract<MonitorEvent, { type: T }> => event.type === type);

describe('the hub’s allowance', () => {
  test.each<[string, readonly (readonly [object, number])[]]>([
    [
      'connections',
      [
        [opened(1), 1],
        [opened(1), 1],
        [opened(2), 2],
        [closed(1), 1],
        [closed(2), 0],
      ],
    ],
    ['connections without a start', [[closed(1), 0]]],
    [
      'requests',
      [
        [started(1), 1],
        [started(1), 1],
        [started(2), 2],
        [ended(1), 1],
        [ended(2), 0],
      ],
    ],
    ['requests without a start', [[ended(1), 0]]],
    [
      'subscriptions',
      [
        [subscribed(2), 1],
        [subscribed(5), 1],
        [subscribed(1, 2), 2],
        [subscribed(0), 1],
      ],
    ],
    [
      'connections with subscriptions',
      [
        [opened(1), 1],
        [subscribed(2), 2],
        [closed(1), 0],
      ],
    ],
    [
      'operations and their sessions',
      [
        [operation('started'), 2],
        [operation('progressed'), 2],
        [operation('started', { operation_id: 'p' }), 3],
        [operation('completed'), 2],
        [operation('completed'), 2],
        [operation('failed', { operation_id: 'p' }), 1],
        [{ type: 'session_closed', session_id: 's' }, 0],
        [{ type: 'session_closed', session_id: 's' }, 0],
      ],
    ],
  ])('has a place for each of the open %s', (_, steps) => {
    const { report, sessions } = createStandingHub();
    const allowance = sessions.allowance('reported_open_total');
    const used = steps.map(([event]) => {
      report([event]);
      return allowance.used;
    });
    expect(used).toEqual(steps.map(([, places]) => places));
  });

  test('gets back every place when a reporter ends', () => {
    const { report, sessions } = createStandingHub();
    report([opened(), started(1), started(2), subscribed(3), subscribed(1, 9), operation('started')]);
    expect(sessions.allowance('reported_open_total').used).toBe(7);
    report([], { is_closing: true });
    expect(sessions.allowance('reported_open_total').used).toBe(0);
  });

  test('that is used up admits no subscriptions of a connection that is not open', async () => {
    const { report, sessions, total } = createStandingHub();
    const allowance = sessions.allowance('reported_open_total');
    report([opened(1)]);
    while (allowance.used < LIMITS.reported_open_total.max) allowance.takeAnyway();
    report([subscribed(4, 2)]);
    expect(await total('mcp_server_subscriptions_active')).toBe(0);
    report([subscribed(4, 1)]);
    expect(await total('mcp_server_subscriptions_active')).toBe(4);
  });

  test('that is used up still lets an operation end, and opens its session', () => {
    const { report, sessions } = createStandingHub();
    const allowance = sessions.allowance('reported_open_total');
    while (allowance.used < LIMITS.reported_open_total.max) allowance.takeAnyway();
    report([operation('completed')]);
    expect(sessions.summary('s')?.completedOperations).toBe(1);
    report([], { is_closing: true });
    expect(allowance.used).toBe(LIMITS.reported_open_total.max);
  });
});

test('every event that the hub takes counts as accepted, even if it is reported twice', async () => {
  const { report, results } = createStandingHub();
  const events = [
    opened(),
    opened(),
    started(1),
    started(1),
    ended(1),
    started(2),
    ended(2, { error_type: 'unobserved', unobserved: 'not_followed' }),
    subscribed(1),
    { type: 'upstream_checked', server_name: 's', is_up: true },
    { type: 'child_started', server_name: 's' },
    { type: 'files_scanned', files: 1 },
    operation('started'),
    operation('completed'),
    { type: 'session_closed', session_id: 's' },
    closed(),
  ];
  report(events);
  expect(await results()).toEqual({ accepted: events.length, duplicate: 0, lost: 0 });
});

test('the end of a request names no tool or prompt if the request has none', () => {
  const { report, seen } = createStandingHub();
  report([
    { ...ended(1, { tool_name: 'other' }), request: request(1, { method: 'tools/list' }) },
    {
      ...ended(2, { prompt_name: 'other' }),
      request: request(2, { method: 'tools/list', prompt_name: 'p' }),
    },
    {
      ...ended(3, { prompt_name: 'proved' }),
      request: { id: 3, method: 'prompts/get', prompt_name: '_OTHER' },
    },
    { ...ended(4), request: { id: 4, method: 'prompts/get', prompt_name: 'p' } },
    ended(5, { tool_name: 'proved' }),
  ]);
  expect(ofType(seen, 'request_ended').map(({ toolName, promptName }) => [toolName, promptName])).toEqual([
    ['', ''],
    ['', ''],
    ['', 'proved'],
    ['', 'p'],
    ['proved', ''],
  ]);
});

test('a request or connection without a start and a duration lasted no time', () => {
  const { report, seen } = createStandingHub();
  report([ended(1), closed(), ended(2, { duration: 7 })]);
  expect(ofType(seen, 'request_ended').map(({ durationSeconds }) => durationSeconds)).toEqual([0, 7]);
  expect(ofType(seen, 'connection_closed')[0]?.durationSeconds).toBe(0);
});

test('a connection of a reporter that ended is closed only if it was open', () => {
  const { report, seen } = createStandingHub();
  report([subscribed(2), started(1)], { is_closing: true });
  expect(ofType(seen, 'connection_closed')).toEqual([]);
  expect(ofType(seen, 'request_ended')).toMatchObject([
    { toolName: 'add', promptName: '', inputRequired: false, sizeBytes: null },
  ]);
});

test('requests on one connection have the same connection, until nothing of it is open', () => {
  const { report, seen } = createStandingHub();
  report([started(1), started(2), ended(1), ended(2)]);
  const [first, second] = ofType(seen, 'request_started');
  expect(first?.request.connection).toBe(second?.request.connection);
  report([{ ...started(3), connection: connection(1, { server_name: 'other' }) }]);
  expect(ofType(seen, 'request_started')[2]?.request.connection.serverName).toBe('other');
});

test('a connection stays the same while a request, or a subscription of it is open', () => {
  for (const [begin, end] of [
    [started(9), ended(9)],
    [subscribed(1), subscribed(0)],
    [opened(), closed()],
  ]) {
    const { report, seen } = createStandingHub();
    const moment = {
      type: 'transport_error',
      connection: connection(1, { server_name: 'other' }),
      kind: 'parse',
    };
    report([begin ?? {}, moment, end ?? {}, moment]);
    expect(ofType(seen, 'transport_error').map(({ connection: { serverName } }) => serverName)).toEqual([
      's',
      'other',
    ]);
  }
});

test('a connection keeps the version that it has learned', () => {
  const { report, seen } = createStandingHub();
  const at = (protocol_version: string) => connection(1, { protocol_version });
  report([
    { ...started(1), connection: at('') },
    { ...started(2), connection: at('2025-06-18') },
    { ...ended(1), connection: at('') },
  ]);
  expect(ofType(seen, 'request_ended')[0]?.request.connection.protocolVersion).toBe('2025-06-18');
});

test('reported starts are never in the future', () => {
  const { report, seen, clock } = createStandingHub();
  report([{ ...started(1), timestamp: new Date(clock.now() + 60_000).toISOString() }], { is_closing: true });
  expect(ofType(seen, 'request_ended')[0]?.durationSeconds).toBe(0);
});

test('a step of an operation is stated with its time, or the time of the report', () => {
  const { report, seen, clock } = createStandingHub();
  const timestamp = new Date(clock.now() - 5000).toISOString();
  report([operation('started', { timestamp }), operation('progressed', { progress: 40 })]);
  expect(ofType(seen, 'operation')).toMatchObject([
    { kind: 'started', timestampMs: clock.now() - 5000, status: 'started' },
    { kind: 'progressed', status: 'running', progress: 40 },
  ]);
});

test('an operation without an id has its name as the id, in the session of its reporter', () => {
  const { report, sessions } = createStandingHub();
  report([{ type: 'operation', kind: 'started', operation_name: 'backup' }]);
  expect(sessions.get('r')?.operations.has('backup')).toBe(true);
});

test('a server that is no longer checked, or whose proxy ended, is stated as unknown once', () => {
  const { report, seen } = createStandingHub();
  const checked = (server_name: string, is_up: boolean | null) => ({
    type: 'upstream_checked',
    server_name,
    is_up,
  });
  report([checked('a', true), checked('b', false), checked('a', null)], { is_closing: true });
  expect(ofType(seen, 'upstream_checked').map(({ serverName, isUp }) => [serverName, isUp])).toEqual([
    ['a', true],
    ['b', false],
    ['a', null],
    ['b', null],
  ]);
});
