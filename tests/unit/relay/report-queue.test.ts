import { describe, expect, test } from 'vitest';

import { LIMITS, type LimitName } from '../../../src/monitor/limits.ts';
import type { MonitorEvent, OperationEvent } from '../../../src/monitor/events.ts';
import type { McpConnection, McpRequest } from '../../../src/monitor/traffic-events.ts';
import { ReportQueue } from '../../../src/relay/report-queue.ts';
import { createStandingHub } from './standing-hub.ts';

const details = { text: 'x'.repeat(2000), more: 'y'.repeat(2000) };
const started = (operationId: string): OperationEvent => ({
  type: 'operation',
  kind: 'started',
  sessionId: 's',
  operationId,
  parentId: null,
  operationName: 'n',
  status: 'started',
  progress: 0,
  timestampMs: 0,
  details,
});

function takeAll(queue: ReportQueue) {
  const all = [];
  for (let queued = queue.take(); queued; queued = queue.take()) all.push(queued.event);
  return all;
}

test('a queue with too many details sends all events, and the first ones with their details', () => {
  const limits: LimitName[] = [];
  const count = Math.ceil((3 * LIMITS.report_queue_bytes.max) / 4000);
  const queue = new ReportQueue(count, (limit) => void limits.push(limit));
  for (let i = 0; i < count; i++) queue.add(started(`${i}`), 0);
  const events = takeAll(queue);
  expect(events).toHaveLength(count);
  const detailed = events.filter((event) => event.type === 'operation' && event.details !== undefined);
  expect(detailed.length).toBeGreaterThan(count / 3.2);
  expect(detailed.length).toBeLessThan(count / 2.9);
  expect(limits).toHaveLength(count - detailed.length);
  queue.add(started('later'), 0);
  expect(takeAll(queue)).toEqual([started('later')]);
});

test('a limit that is reached a thousand times takes one place until it is sent', () => {
  const queue = new ReportQueue(10);
  for (let i = 0; i < 1000; i++) queue.add({ type: 'limit_reached', limit: 'name_length', count: 1 }, 0);
  expect(queue.size).toBe(1);
  expect(takeAll(queue)).toEqual([{ type: 'limit_reached', limit: 'name_length', count: 1000 }]);
  queue.add({ type: 'limit_reached', limit: 'name_length', count: 2 }, 0);
  expect(takeAll(queue)).toEqual([{ type: 'limit_reached', limit: 'name_length', count: 2 }]);
});

const connection = (serverName = 'a'): McpConnection => ({
  serverName,
  transport: 'pipe',
  protocolVersion: '',
});
const request = (on = connection()): McpRequest => ({
  connection: on,
  direction: 'client_to_server',
  method: 'ping',
  toolName: '',
  promptName: '',
  trace: null,
});
const requestStarted = (of: McpRequest) => ({ type: 'request_started', request: of, sizeBytes: 1 }) as const;
const requestEnded = (of: McpRequest) =>
  ({
    type: 'request_ended',
    request: of,
    toolName: '',
    promptName: '',
    durationSeconds: 1,
    errorType: '',
    cancellation: null,
    unobserved: null,
    inputRequired: false,
    sizeBytes: null,
  }) as const;
const opened = (on: McpConnection) => ({ type: 'connection_opened', connection: on }) as const;
const closed = (on: McpConnection) =>
  ({ type: 'connection_closed', connection: on, durationSeconds: 1, errorType: '' }) as const;
const scanned = (files: number) => ({ type: 'files_scanned', files }) as const;
const checked = (serverName: string, isUp = true) =>
  ({ type: 'upstream_checked', serverName, isUp, reason: '' }) as const;
const subscribed = (on: McpConnection, change: number) =>
  ({ type: 'subscriptions_changed', connection: on, change }) as const;
const limited = (limit: LimitName, count: number) => ({ type: 'limit_reached', limit, count }) as const;
const bare = (operationId: string, parentId: string | null = null): OperationEvent => {
  const { details: _, ...event } = started(operationId);
  return { ...event, parentId };
};
const step = (operationId: string, kind: 'progressed' | 'completed', progress: number): OperationEvent => ({
  ...bare(operationId),
  kind,
  status: kind === 'progressed' ? 'running' : kind,
  progress,
});
const session = (kind: 'closed', sessionId: string) =>
  ({ type: 'session', kind, session: { sessionId } }) as MonitorEvent;

function filled(maxEvents: number, ...events: readonly MonitorEvent[]) {
  const queue = new ReportQueue(maxEvents);
  for (const event of events) queue.add(event, 7);
  return queue;
}

describe('a full queue', () => {
  test.each<[string, MonitorEvent]>([
    ['a moment', scanned(2)],
    ['a start', requestStarted(request())],
    ['a fact', checked('b')],
    ['a change of a total', subscribed(connection(), 1)],
    ['a limit', limited('name_length', 1)],
    ['an operation', bare('o')],
  ])('counts %s as lost once it has as many events as it may', (_, event) => {
    const queue = filled(2, scanned(1), event);
    expect([queue.size, queue.takeLost()]).toEqual([2, 0]);
    const full = filled(1, scanned(1), event);
    expect([full.size, full.takeLost(), full.takeLost()]).toEqual([1, 1, 0]);
  });

  test('loses the end of what it did not admit, and admits the end of what it did', () => {
    const [early, late] = [request(), request()];
    const queue = filled(1, requestStarted(early));
    expect(takeAll(queue)).toEqual([requestStarted(early)]);
    for (const event of [scanned(1), requestStarted(late), requestEnded(late), requestEnded(early)])
      queue.add(event, 0);
    expect(queue.takeLost()).toBe(2);
    expect(takeAll(queue)).toEqual([scanned(1), requestEnded(early)]);
  });

  test('still admits that a server ended, and that a session closed which the hub knows', () => {
    const exited = { type: 'child_exited', serverName: 'a', reason: 'signal' } as const;
    const queue = filled(1, bare('o'), exited, session('closed', 's'), session('closed', 'other'));
    expect(takeAll(queue)).toEqual([bare('o'), exited, session('closed', 's')]);
    expect(queue.takeLost()).toBe(0);
  });

  test('tells that a session without operations closed, if there is room', () => {
    const queue = filled(1, session('closed', 's'), session('closed', 'other'));
    expect(takeAll(queue)).toEqual([session('closed', 's')]);
  });

  test('does not learn a session from an operation that it did not admit', () => {
    const queue = filled(1, scanned(1), bare('o'), session('closed', 's'));
    expect(takeAll(queue)).toEqual([scanned(1)]);
  });

  test('has room again for each event that is taken, or whose end overtakes it', () => {
    const [one, two] = [request(), request()];
    const queue = filled(1, requestStarted(one), requestEnded(one));
    expect(queue.size).toBe(1);
    expect(queue.take()).toEqual({
      event: requestEnded(one),
      start: requestStarted(one),
      atMs: 7,
    });
    expect(queue.take()).toBeUndefined();
    queue.add(requestStarted(two), 0);
    expect([queue.size, queue.takeLost()]).toEqual([1, 0]);
  });

  test('adds to the count of a limit that waits', () => {
    const queue = filled(1, limited('name_length', 1), limited('name_length', 4));
    expect(queue.takeLost()).toBe(0);
    expect(takeAll(queue)).toEqual([limited('name_length', 5)]);
  });
});

test('different limits are not added up', () => {
  const queue = filled(5, limited('name_length', 1), limited('report_size', 2), limited('name_length', 3));
  expect(takeAll(queue)).toEqual([limited('name_length', 4), limited('report_size', 2)]);
});

test('lost events are counted with those that are added by hand', () => {
  const queue = filled(0, scanned(1));
  queue.addLost(5);
  expect([queue.takeLost(), queue.takeLost()]).toEqual([6, 0]);
});

test('the end of an operation overtakes its start only if nothing was started inside', () => {
  const queue = filled(9, bare('outer'), bare('inner', 'outer'), step('inner', 'completed', 0));
  queue.add(step('outer', 'completed', 0), 0);
  expect(takeAll(queue)).toEqual([
    bare('outer'),
    step('inner', 'completed', 0),
    step('outer', 'completed', 0),
  ]);
});

test('progress of an operation that was not admitted is lost', () => {
  const queue = filled(9, step('o', 'progressed', 10));
  expect([queue.size, queue.takeLost()]).toEqual([0, 1]);
});

test('events stay in their order, however many are taken in between', () => {
  const queue = new ReportQueue(10_000);
  const taken: MonitorEvent[] = [];
  for (let i = 0; i < 5000; i++) {
    queue.add(scanned(i), 0);
    if (i % 3 > 0) taken.push(...[queue.take()].flatMap((queued) => queued?.event ?? []));
  }
  taken.push(...takeAll(queue));
  expect(taken).toEqual(Array.from({ length: 5000 }, (_, i) => scanned(i)));
  expect(queue.size).toBe(0);
});

test('the details of events that were taken, or overtaken, make room for others', () => {
  const limits: LimitName[] = [];
  const queue = new ReportQueue(1e6, (limit) => void limits.push(limit));
  const perEvent = 4000;
  const fitting = Math.floor(LIMITS.report_queue_bytes.max / (perEvent + 50));
  for (let i = 0; i < 3 * fitting; i++) {
    queue.add(started(`taken ${i}`), 0);
    queue.take();
  }
  for (let i = 0; i < 3 * fitting; i++) {
    queue.add(started(`overtaken ${i}`), 0);
    queue.add(step(`overtaken ${i}`, 'completed', 0), 0);
    queue.take();
  }
  expect(limits).toEqual([]);
});

describe('a hub that restarted', () => {
  test('is told what is open and what holds, before anything that waits', () => {
    const on = connection();
    const asked = request(on);
    const queue = filled(
      99,
      opened(on),
      requestStarted(asked),
      bare('o'),
      step('o', 'progressed', 10),
      step('o', 'progressed', 20),
      checked('b', false),
      checked('b'),
      { type: 'child_started', serverName: 'b' },
      subscribed(on, 3),
      subscribed(on, -1),
    );
    takeAll(queue);
    queue.add(scanned(1), 0);
    queue.announceOpen();
    const events = [
      opened(on),
      requestStarted(asked),
      bare('o'),
      step('o', 'progressed', 20),
      checked('b'),
      { type: 'child_started', serverName: 'b' },
      subscribed(on, 0),
      scanned(1),
    ];
    expect(queue.size).toBe(events.length);
    expect(queue.take()).toEqual({ event: opened(on), atMs: 7 });
    expect(takeAll(queue)).toEqual(events.slice(1));
    expect(queue.subscriptionsOf(on)).toBe(2);
  });

  test('is not told what has ended, nor twice what still waits', () => {
    const on = connection();
    const queue = filled(99, opened(on), subscribed(on, 1), bare('o'));
    takeAll(queue);
    for (const event of [closed(on), subscribed(on, -1), step('o', 'completed', 0)]) queue.add(event, 0);
    takeAll(queue);
    queue.add(bare('later'), 0);
    queue.announceOpen();
    expect(takeAll(queue)).toEqual([bare('later')]);
    expect(queue.subscriptionsOf(on)).toBe(0);
  });

  test('is told the facts of at most 100 servers, each as it is now', () => {
    const queue = new ReportQueue(999);
    for (let i = 0; i < 102; i++) queue.add(checked(`s${i}`), 0);
    queue.add(checked('s99', false), 0);
    queue.add(checked('s101', false), 0);
    takeAll(queue);
    queue.announceOpen();
    const told = takeAll(queue);
    expect(told).toHaveLength(100);
    expect(told.at(-1)).toEqual(checked('s99', false));
  });

  test('is told each tool that a server lists, whatever the number of facts', () => {
    const queue = new ReportQueue(999);
    const on = connection();
    for (let i = 0; i < 150; i++) {
      queue.add({ type: 'tool_listed', connection: on, toolName: `tool_${i}` }, 0);
    }
    queue.add(checked('b'), 0);
    takeAll(queue);
    queue.announceOpen();
    expect(takeAll(queue)).toHaveLength(151);
  });

  test('is told each kind of fact of a server', () => {
    const seen = {
      type: 'server_seen',
      connection: connection('b'),
      serverVersion: '1',
      sdkVersion: '',
    } as const;
    const queue = filled(9, seen, checked('b'), { ...seen, connection: connection('c') });
    takeAll(queue);
    queue.announceOpen();
    expect(takeAll(queue)).toEqual([seen, checked('b'), { ...seen, connection: connection('c') }]);
  });
});

test('a request that has ended is not announced to a hub that restarted', () => {
  const ending = request();
  const queue = new ReportQueue(10);
  queue.add(requestStarted(ending), 0);
  takeAll(queue);
  queue.add(requestEnded(ending), 0);
  expect(takeAll(queue)).toEqual([requestEnded(ending)]);
  queue.announceOpen();
  expect(takeAll(queue)).toEqual([]);
});

test('an unobserved request is counted by the hub, with its reason', async () => {
  const { report, total } = createStandingHub();
  const reported = {
    connection: { id: 1, server_name: 'theirs' },
    request: { id: 1, method: 'tools/call', tool_name: 'add' },
  };
  report([{ type: 'request_started', ...reported }]);
  report([{ type: 'request_ended', ...reported, error_type: 'unobserved', unobserved: 'too_large' }]);
  expect(await total('mcp_server_operations_in_flight')).toBe(0);
  expect(await total('mcp_server_unobserved_requests_total', { reason: 'too_large' })).toBe(1);
  expect(await total('mcp_server_operation_duration_seconds_count', { error_type: 'unobserved' })).toBe(1);
  expect(await total('mcp_server_cancellations_total')).toBe(0);
});
