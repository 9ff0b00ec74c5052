import { pino } from 'pino';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';

import { SessionRegistry } from '../../../src/monitor/session-registry.ts';
import type { McpConnection, McpRequest } from '../../../src/monitor/traffic-events.ts';
import { HubReporter } from '../../../src/relay/hub-reporter.ts';
import { parseReport } from '../../../src/relay/report-schema.ts';

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

interface Sent {
  readonly reporter_id: string;
  readonly first_seq: number;
  readonly lost?: number;
  readonly is_closing?: boolean;
  readonly sessions?: readonly Readonly<Record<string, unknown>>[];
  readonly events: readonly Readonly<Record<string, unknown>>[];
}
type Reply = () => Response | Promise<Response>;

const taken = (bootId = 'boot') => Response.json({ boot_id: bootId, next_seq: 1, heartbeat_seconds: 15 });
const noHub = () => Promise.reject(new TypeError('fetch failed'));

/** A reporter whose hub answers as it is told to. Every report it sends must be one. */
function reporting(options: { hubKey?: string; hubUrl?: string; maxQueuedEvents?: number } = {}) {
  const { hubUrl = 'http://hub.test:3001', hubKey, ...bounds } = options;
  const sessions = new SessionRegistry();
  const lines: { level: number; msg: string; reason?: string }[] = [];
  const sent: Sent[] = [];
  const requests: { url: string; headers: Record<string, string>; atMs: number }[] = [];
  const hub: { reply: Reply } = { reply: () => taken() };
  const post = (url: URL, init: { body: string; headers: Record<string, string>; signal: AbortSignal }) => {
    parseReport(JSON.parse(init.body));
    sent.push(JSON.parse(init.body) as Sent);
    requests.push({ url: url.href, headers: init.headers, atMs: Date.now() });
    const aborted = new Promise<Response>((_, reject) =>
      init.signal.addEventListener('abort', () => reject(new DOMException('aborted', 'AbortError'))),
    );
    return Promise.race([Promise.resolve(hub.reply()), aborted]);
  };
  const reporter = new HubReporter({
    sessions,
    config: { hubUrl, hubKey, variablePrefix: '' },
    ...bounds,
    logger: pino({ level: 'info' }, { write: (line: string) => void lines.push(JSON.parse(line)) }),
    fetch: post,
  });
  return {
    sessions,
    reporter,
    hub,
    sent,
    requests,
    lines,
    events: () => sent.flatMap(({ events }) => events),
  };
}

const pass = (ms: number) => vi.advanceTimersByTimeAsync(ms);
const connectionTo = (serverName = 'theirs'): McpConnection => ({
  serverName,
  transport: 'pipe',
  protocolVersion: '2025-11-25',
});
const requestOn = (connection: McpConnection): McpRequest => ({
  connection,
  direction: 'client_to_server',
  method: 'tools/list',
  toolName: '',
  promptName: '',
  trace: null,
});
const startedOf = (request: McpRequest) => ({ type: 'request_started', request, sizeBytes: null }) as const;
const endedOf = (request: McpRequest, durationSeconds = 1) =>
  ({
    type: 'request_ended',
    request,
    toolName: '',
    promptName: '',
    durationSeconds,
    errorType: '',
    cancellation: null,
    unobserved: null,
    inputRequired: false,
    sizeBytes: null,
  }) as const;

describe('sending', () => {
  test('reports go to the hub below its path, with the key', async () => {
    const { requests } = reporting({ hubUrl: 'http://hub.test/monitoring', hubKey: 'k' });
    await pass(0);
    expect(requests[0]).toMatchObject({
      url: 'http://hub.test/monitoring/api/v1/report',
      headers: { 'content-type': 'application/json', authorization: 'Bearer k' },
    });
  });

  test('the reporter reads details once, when they are given, and sends the version that was settled since', async () => {
    const { sessions, events } = reporting();
    await pass(100);
    const connection: McpConnection = { ...connectionTo(), protocolVersion: '' };
    let reads = 0;
    const details = {
      get files() {
        return (reads += 1);
      },
    };
    sessions.publish(startedOf(requestOn(connection)));
    sessions.open('s').startMonitoring('n', 'o', details);
    connection.protocolVersion = '2025-06-18';
    await pass(100);
    expect(reads).toBe(1);
    expect(events()[0]).toMatchObject({ connection: { protocol_version: '2025-06-18' } });
  });

  test('a report has at most 500 events, and waits 50 ms for more if there are fewer', async () => {
    const { sessions, sent, requests, events } = reporting();
    await pass(100);
    const connection = connectionTo();
    for (let i = 0; i < 1700; i++) sessions.publish(startedOf(requestOn(connection)));
    await pass(1000);
    expect(events()).toHaveLength(1700);
    expect(sent.slice(1).map((report) => report.events.length)).toEqual([500, 500, 500, 200]);
    expect(sent.slice(1).map((report) => report.first_seq)).toEqual([1, 501, 1001, 1501]);
    const gaps = requests.slice(1).map(({ atMs }, i) => atMs - (requests[i]?.atMs ?? 0));
    expect(gaps.slice(1)).toEqual([0, 0, 50]);
  });

  test('an event is sent 50 ms after it, with those that came meanwhile', async () => {
    const { sessions, sent, requests } = reporting();
    await pass(100);
    const first = Date.now();
    sessions.publish({ type: 'files_scanned', files: 1 });
    await pass(30);
    sessions.publish({ type: 'files_scanned', files: 2 });
    await pass(1000);
    expect(sent.map(({ events }) => events.length)).toEqual([0, 2]);
    expect(requests[1]?.atMs).toBe(first + 50);
  });

  test('events that come while a report is under way are sent 50 ms after it', async () => {
    const { sessions, hub, requests } = reporting();
    await pass(100);
    hub.reply = () => new Promise((resolve) => setTimeout(() => resolve(taken()), 200));
    sessions.publish({ type: 'files_scanned', files: 1 });
    await pass(100);
    sessions.publish({ type: 'files_scanned', files: 2 });
    await pass(1000);
    const gaps = requests.slice(2).map(({ atMs }, i) => atMs - (requests[i + 1]?.atMs ?? 0));
    expect(gaps).toEqual([250]);
  });

  test('a session is announced when it opens and when its server ends, and not with each operation', async () => {
    const { sessions, sent } = reporting();
    await pass(100);
    sessions.open('s', 'theirs', undefined, { server: { state: 'starting', reason: null } });
    await pass(1000);
    sessions.open('s').stopMonitoring(sessions.open('s').startMonitoring('add'));
    await pass(1000);
    const reason = 'ended with exit code 1';
    sessions.open('s', 'theirs', undefined, { server: { state: 'crashed', reason } });
    await pass(1000);
    expect(sent.flatMap((report) => report.sessions ?? [])).toMatchObject([
      { session_id: 's', server_name: 'theirs', server_state: 'starting', server_state_reason: null },
      { session_id: 's', server_name: 'theirs', server_state: 'crashed', server_state_reason: reason },
    ]);
  });

  test('a restarted hub gets all open sessions again', async () => {
    const { sessions, sent, hub } = reporting();
    for (const id of ['open', 'closed']) sessions.open(id);
    sessions.close('closed');
    await pass(1000);
    sent.length = 0;
    hub.reply = () => taken('another boot');
    await pass(20_000);
    expect(sent.flatMap((report) => report.sessions ?? [])).toMatchObject([{ session_id: 'open' }]);
  });

  test('events that did not fit are reported as lost with the next events, and not alone', async () => {
    const { sessions, sent } = reporting({ maxQueuedEvents: 2 });
    await pass(100);
    for (let files = 0; files < 5; files++) sessions.publish({ type: 'files_scanned', files });
    await pass(16_000);
    expect(sent.map(({ events, lost }) => [events.length, lost])).toEqual([
      [0, undefined],
      [2, 3],
      [0, undefined],
    ]);
  });

  test('a report has at most 512 KB, whatever its events contain', async () => {
    const { sessions, sent, events } = reporting();
    const text = '\u0001'.repeat(7000);
    const details = Object.fromEntries(Array.from({ length: 14 }, (_, i) => [`k${i}`, text]));
    for (let i = 0; i < 100; i++) sessions.open('s').startMonitoring('n', `o${i}`, details);
    await pass(5000);
    expect(events()).toHaveLength(100);
    const sizes = sent.map((report) => Buffer.byteLength(JSON.stringify(report)));
    expect(sizes.length).toBeGreaterThan(5);
    expect(Math.max(...sizes)).toBeLessThanOrEqual(512 * 1024);
  });

  test('the reporter sends an empty report every 15 s if nothing happens', async () => {
    const { sent } = reporting();
    await pass(46_000);
    expect(sent).toHaveLength(4);
    expect(sent.every(({ events }) => events.length === 0)).toBe(true);
  });

  test('one report is under way at a time', async () => {
    const { sessions, hub, sent } = reporting();
    await pass(100);
    let answer = () => undefined as void;
    hub.reply = () => new Promise((resolve) => (answer = () => resolve(taken())));
    sessions.open('s').startMonitoring('first');
    await pass(60);
    sessions.open('s').startMonitoring('second');
    await pass(2000);
    expect(sent).toHaveLength(2);
    hub.reply = () => taken();
    answer();
    await pass(60);
    expect(sent).toHaveLength(3);
  });

  test('an attempt without a response is given up after 5 s, and the same report is sent again', async () => {
    const { sessions, hub, sent } = reporting();
    await pass(100);
    hub.reply = () => new Promise(() => undefined);
    sessions.open('s').startMonitoring('n');
    await pass(4900);
    expect(sent).toHaveLength(2);
    hub.reply = () => taken();
    await pass(500);
    expect(sent[2]).toEqual(sent[1]);
  });

  test('the reporter cuts names and numbers that the hub would refuse', async () => {
    const { sessions, events } = reporting();
    const connection = connectionTo('n'.repeat(1000));
    const request = requestOn(connection);
    sessions.publish(startedOf(request));
    await pass(100);
    sessions.publish(endedOf(request, NaN));
    const monitor = sessions.open('s'.repeat(1000), 'n'.repeat(1000));
    monitor.stopMonitoring(monitor.startMonitoring('o'.repeat(1000), 'i'.repeat(1000)));
    sessions.publish(endedOf(requestOn(connection), -1));
    await pass(100);
    const told = events().filter(({ type }) => type !== 'limit_reached');
    expect(told.map(({ type }) => type)).toEqual(['request_started', 'request_ended', 'operation']);
  });

  test('details that cannot be read never stop the reporter or the watched program', async () => {
    const { sessions, events } = reporting();
    const details = {
      get bad() {
        throw new Error('no');
      },
    };
    sessions.publish({
      type: 'operation',
      kind: 'started',
      sessionId: 's',
      operationId: 'o',
      parentId: null,
      operationName: 'n',
      status: 'started',
      progress: 0,
      timestampMs: Date.now(),
      details,
    });
    sessions.publish({
      type: 'operation',
      kind: 'started',
      sessionId: 's',
      operationId: 'p',
      parentId: null,
      operationName: 'n',
      status: 'started',
      progress: 0,
      timestampMs: NaN,
    });
    sessions.open('s').startMonitoring('next');
    await pass(200);
    expect(events()).toContainEqual(expect.objectContaining({ operation_name: 'next' }));
    expect(events()).toContainEqual({ type: 'part_failed', part: 'observer' });
  });
});

describe('a hub that is away', () => {
  test('an unreachable hub is tried again after 100 ms at first and 5 s at last, with the same numbers and two log lines', async () => {
    const { sessions, hub, sent, requests, lines } = reporting();
    await pass(100);
    hub.reply = noHub;
    sessions.open('s').startMonitoring('n');
    await pass(60_000);
    const gaps = requests.slice(2).map(({ atMs }, i) => atMs - (requests[i + 1]?.atMs ?? 0));
    expect(gaps[0]).toBeGreaterThanOrEqual(50);
    expect(gaps[0]).toBeLessThanOrEqual(150);
    expect(Math.max(...gaps)).toBeLessThanOrEqual(6500);
    expect(gaps.at(-1)).toBeGreaterThanOrEqual(2500);
    hub.reply = () => taken();
    await pass(7000);
    const tries = sent.slice(1, requests.length).filter(({ events }) => events.length > 0);
    expect(new Set(tries.map((report) => JSON.stringify(report))).size).toBe(1);
    expect(lines.map(({ level }) => level)).toEqual([40, 30]);
  });

  test.each([429, 503])(
    'a hub that answers %s is left alone for as long as Retry-After says',
    async (status) => {
      const { hub, sent } = reporting();
      hub.reply = () => new Response('{}', { status, headers: { 'retry-after': '7' } });
      await pass(6900);
      expect(sent).toHaveLength(1);
      await pass(1500);
      expect(sent).toHaveLength(2);
    },
  );

  test('a hub that only asks to slow down is not logged as unreachable', async () => {
    const { hub, lines } = reporting();
    hub.reply = () => new Response('{}', { status: 429, headers: { 'retry-after': '1' } });
    await pass(3000);
    hub.reply = () => taken();
    await pass(3000);
    expect(lines).toEqual([]);
  });

  test.each([
    ['401', () => new Response('{}', { status: 401 })],
    ['403', () => new Response('{}', { status: 403 })],
    ['404', () => new Response('<h1>', { status: 404 })],
    ['a redirect', () => new Response(null, { status: 307, headers: { location: 'http://x/' } })],
    ['a page of something else', () => new Response('<h1>hello</h1>')],
    ['JSON of something else', () => Response.json({ ok: true })],
  ])('a hub that answers with %s is one error in the log, and is tried every 30 s', async (_title, reply) => {
    const { sessions, hub, sent, lines } = reporting();
    hub.reply = reply;
    sessions.open('s').startMonitoring('n');
    await pass(95_000);
    expect(sent.length).toBeGreaterThanOrEqual(3);
    expect(sent.length).toBeLessThanOrEqual(5);
    expect(lines.map(({ level }) => level)).toEqual([50]);
    hub.reply = () => taken();
    await pass(40_000);
    expect(sent.flatMap(({ events }) => events)).toContainEqual(
      expect.objectContaining({ operation_name: 'n' }),
    );
  });

  test('events of a report that the hub cannot read count as lost in the next one, and the log has the hub’s words', async () => {
    const { sessions, hub, sent, lines } = reporting();
    await pass(100);
    const error = { code: 'invalid_report', message: 'events.0.kind: expected something' };
    hub.reply = () => Response.json({ error }, { status: 400 });
    sessions.open('s').startMonitoring('first');
    await pass(60);
    hub.reply = () => taken();
    sessions.open('s').startMonitoring('second');
    await pass(100);
    expect(sent.at(-1)).toMatchObject({ lost: 1, first_seq: 2, events: [{ operation_name: 'second' }] });
    expect(lines).toMatchObject([{ level: 50, reason: expect.stringContaining(error.message) }]);
  });
});

test('the log has one line for each change of the hub', async () => {
  const { hub, lines } = reporting();
  const become = async (reply: Reply) => {
    hub.reply = reply;
    await pass(61_000);
  };
  await become(noHub);
  await become(() => new Response('{}', { status: 503 }));
  await become(() => new Response('{}', { status: 401 }));
  await become(noHub);
  await become(() => new Response('{}', { status: 429 }));
  await become(() => taken());
  expect(lines.map(({ level, msg }) => [level, msg])).toEqual([
    [40, 'hub unreachable, buffering events'],
    [50, 'hub refuses reports'],
    [40, 'hub unreachable, buffering events'],
    [30, 'hub reachable again'],
  ]);
  expect(lines[0]).toMatchObject({ hub: 'http://hub.test:3001', reason: 'fetch failed' });
});

test('a report that the hub cannot read is lost with the events that it said were lost', async () => {
  const { sessions, hub, sent } = reporting({ maxQueuedEvents: 1 });
  await pass(100);
  hub.reply = () => new Response('{}', { status: 400 });
  for (let files = 0; files < 3; files++) sessions.publish({ type: 'files_scanned', files });
  await pass(60);
  hub.reply = () => taken();
  sessions.publish({ type: 'files_scanned', files: 9 });
  await pass(60);
  expect(sent.map(({ lost }) => lost)).toEqual([undefined, 2, 3]);
});

test('a reporter whose clock fails is a fault of the hub part, and tries again after 5 s', async () => {
  const sessions = new SessionRegistry();
  const faults: string[] = [];
  sessions.subscribe((event) => {
    if (event.type === 'part_failed') faults.push(event.part);
  });
  let attempts = 0;
  const reporter = new HubReporter({
    sessions,
    config: { hubUrl: 'http://hub.test', hubKey: undefined, variablePrefix: '' },
    logger: pino({ level: 'silent' }),
    clock: {
      now: () => Date.now(),
      monotonic: () => {
        attempts += 1;
        throw new Error('no clock');
      },
    },
    fetch: () => Promise.resolve(taken()),
  });
  await pass(100);
  expect(faults).toEqual(['hub']);
  await pass(5000);
  expect(faults).toEqual(['hub', 'hub']);
  expect(attempts).toBe(2);
  await Promise.all([reporter.close(), pass(1000)]);
});

describe('a queue that is full', () => {
  /** 20,000 requests that have started, and a hub that takes nothing. */
  async function full() {
    const all = reporting();
    await pass(100);
    all.hub.reply = noHub;
    const connection = connectionTo();
    const admitted = Array.from({ length: 20_000 }, () => requestOn(connection));
    for (const request of admitted) all.sessions.publish(startedOf(request));
    return { ...all, connection, admitted };
  }
  const types = (events: readonly Readonly<Record<string, unknown>>[]) => {
    const counts: Record<string, number> = {};
    for (const { type } of events) counts[String(type)] = (counts[String(type)] ?? 0) + 1;
    return counts;
  };

  test('a full queue admits nothing new, and every end of what it has', async () => {
    const { sessions, reporter, hub, sent, connection, admitted } = await full();
    const late = requestOn(connection);
    sessions.publish(startedOf(late));
    sessions.publish(endedOf(late));
    sessions.publish({ type: 'connection_opened', connection });
    sessions.publish({
      type: 'notification',
      connection,
      direction: 'client_to_server',
      method: 'ping',
      sizeBytes: null,
    });
    const monitor = sessions.open('s');
    const operation = monitor.startMonitoring('n');
    monitor.updateProgress(operation, 50);
    monitor.stopMonitoring(operation);
    for (const request of admitted) sessions.publish(endedOf(request));
    hub.reply = () => taken();
    await pass(30_000);
    const events = sent.flatMap((report) => report.events);
    expect(types(events)['request_ended']).toBe(20_000);
    expect(types(events)['operation']).toBeUndefined();
    expect(types(events)['connection_opened']).toBeUndefined();
    expect(sent.reduce((sum, { lost = 0 }) => sum + lost, 0)).toBe(7);
    await reporter.close();
  });

  test('a full queue still admits that a session closed, and how a server ended', async () => {
    const { sessions, hub, sent } = reporting();
    await pass(100);
    const monitor = sessions.open('s');
    const operation = monitor.startMonitoring('n');
    await pass(100);
    hub.reply = noHub;
    const connection = connectionTo();
    for (let i = 0; i < 20_100; i++) sessions.publish(startedOf(requestOn(connection)));
    monitor.stopMonitoring(operation);
    sessions.close('s');
    sessions.publish({ type: 'child_exited', serverName: 'theirs', reason: 'signal' });
    hub.reply = () => taken();
    await pass(30_000);
    const told = types(sent.flatMap((report) => report.events));
    expect(told).toMatchObject({ session_closed: 1, child_exited: 1 });
  });
});

describe('a hub with another boot id', () => {
  test('a hub that restarted is told first what is open, and since when', async () => {
    const { sessions, hub, sent } = reporting();
    const connection = connectionTo();
    const [open, over] = [requestOn(connection), requestOn(connection)];
    const beganAt = new Date().toISOString();
    sessions.publish({ type: 'connection_opened', connection });
    sessions.publish(startedOf(open));
    sessions.publish(startedOf(over));
    sessions.publish({ type: 'subscriptions_changed', connection, change: 2 });
    const monitor = sessions.open('s');
    monitor.startMonitoring('n', 'o');
    monitor.updateProgress('o', 40);
    await pass(100);
    sessions.publish(endedOf(over));
    await pass(20_000);
    const before = sent.length;
    hub.reply = () => taken('another');
    await pass(15_000);
    sessions.publish(endedOf(open));
    await pass(100);
    const told = sent.slice(before).flatMap(({ events }) => events);
    expect(told.map(({ type, kind }) => kind ?? type).slice(0, 5)).toEqual(
      expect.arrayContaining([
        'connection_opened',
        'request_started',
        'started',
        'progressed',
        'subscriptions_changed',
      ]),
    );
    expect(told.filter(({ type }) => type === 'request_started')).toHaveLength(1);
    for (const type of ['connection_opened', 'request_started']) {
      expect(told.find((event) => event['type'] === type)).toMatchObject({ timestamp: beganAt });
    }
    expect(told).toContainEqual(expect.objectContaining({ kind: 'progressed', progress: 40 }));
    expect(told).toContainEqual(expect.objectContaining({ type: 'subscriptions_changed', active: 2 }));
    expect(told.at(-1)).toMatchObject({ type: 'request_ended' });
  });
});

test('a hub that restarted is told again that a server runs, its version and whether it is up', async () => {
  const { sessions, hub, sent } = reporting();
  sessions.publish({ type: 'child_started', serverName: 'theirs' });
  sessions.publish({ type: 'upstream_checked', serverName: 'remote', isUp: false, reason: 'refused' });
  sessions.publish({ type: 'upstream_checked', serverName: 'remote', isUp: true, reason: '' });
  sessions.publish({
    type: 'server_seen',
    connection: connectionTo(),
    serverVersion: '7',
    sdkVersion: '',
  });
  await pass(100);
  const before = sent.length;
  hub.reply = () => taken('another');
  await pass(16_000);
  expect(sent.slice(before).flatMap(({ events }) => events)).toMatchObject([
    { type: 'child_started', server_name: 'theirs' },
    { type: 'upstream_checked', server_name: 'remote', is_up: true, reason: '' },
    { type: 'server_seen', server_version: '7' },
  ]);
});

describe('closing', () => {
  test('closing sends what is left, and that it is the end', async () => {
    const { sessions, reporter, sent } = reporting();
    await pass(100);
    sessions.open('s').startMonitoring('n');
    await reporter.close();
    expect(sent.at(-1)).toMatchObject({ is_closing: true });
    expect(sent.flatMap(({ events }) => events)).toContainEqual(
      expect.objectContaining({ operation_name: 'n' }),
    );
    sessions.open('s').startMonitoring('later');
    await pass(60_000);
    expect(sent.at(-1)).toMatchObject({ is_closing: true });
  });

  test('closing twice closes once, and both calls wait for it', async () => {
    const { reporter, hub, sent } = reporting();
    await pass(100);
    let answer = () => undefined as void;
    hub.reply = () => new Promise((resolve) => (answer = () => resolve(taken())));
    const closed: number[] = [];
    void reporter.close().then(() => closed.push(1));
    void reporter.close().then(() => closed.push(2));
    await pass(100);
    expect(closed).toEqual([]);
    answer();
    await pass(0);
    expect(new Set(closed)).toEqual(new Set([1, 2]));
    expect(sent.filter(({ is_closing }) => is_closing)).toHaveLength(1);
  });

  test('closing takes at most the time it was given, even if the hub hangs', async () => {
    const { sessions, reporter, hub } = reporting();
    await pass(100);
    hub.reply = () => new Promise(() => undefined);
    sessions.open('s').startMonitoring('n');
    await pass(60);
    let isClosed = false;
    void reporter.close(2000).then(() => (isClosed = true));
    await pass(1900);
    expect(isClosed).toBe(false);
    await pass(200);
    expect(isClosed).toBe(true);
  });

  test('closing gives the hub 300 ms, but 100 ms if it has not responded for a second', async () => {
    for (const [hangsForMs, withinMs] of [
      [60, 300],
      [1200, 100],
    ] as const) {
      const { sessions, reporter, hub } = reporting();
      await pass(100);
      hub.reply = () => new Promise(() => undefined);
      sessions.open('s').startMonitoring('n');
      await pass(hangsForMs);
      let isClosed = false;
      void reporter.close().then(() => (isClosed = true));
      await pass(withinMs - 10);
      expect(isClosed).toBe(false);
      await pass(20);
      expect(isClosed).toBe(true);
    }
  });

  test('closing tries an unreachable hub once, for 100 ms', async () => {
    const { sessions, reporter, hub, sent } = reporting();
    await pass(100);
    hub.reply = noHub;
    sessions.open('s').startMonitoring('n');
    await pass(30_000);
    hub.reply = () => new Promise(() => undefined);
    const before = sent.length;
    let isClosed = false;
    void reporter.close().then(() => (isClosed = true));
    await pass(110);
    expect(isClosed).toBe(true);
    expect(sent.length - before).toBeLessThanOrEqual(1);
  });

  describe('a hub that takes a report within 100 ms of closing has the rest of the 300 ms', () => {
    const takenAfter = (ms: number) => () =>
      new Promise<Response>((resolve) => setTimeout(() => resolve(taken()), ms));
    test.each([
      ['that was unreachable', noHub],
      ['that had not responded for a second', takenAfter(1200)],
    ])('a hub %s', async (_title, firstReply) => {
      const { sessions, reporter, hub, lines, sent } = reporting();
      await pass(100);
      hub.reply = firstReply;
      sessions.publish({ type: 'files_scanned', files: 1 });
      await pass(1200);
      sessions.publish({ type: 'files_scanned', files: 2 });
      hub.reply = takenAfter(90);
      await Promise.all([reporter.close(), pass(300)]);
      expect(sent.at(-1)).toMatchObject({ is_closing: true, events: [{ files: 2 }] });
      expect(lines.map(({ msg }) => msg)).not.toContain('closed before all events were sent to the hub');
    });
  });

  test('a last report that closing cuts off is no sign of an unreachable hub', async () => {
    const { sessions, reporter, hub, lines } = reporting();
    await pass(100);
    hub.reply = () => new Promise(() => undefined);
    sessions.open('s').startMonitoring('n');
    await Promise.all([reporter.close(), pass(400)]);
    expect(lines.map(({ msg }) => msg)).toEqual(['closed before all events were sent to the hub']);
  });

  test('closing ends at once if that attempt fails, and logs how many events were not sent', async () => {
    const { sessions, reporter, hub, lines } = reporting();
    await pass(100);
    hub.reply = noHub;
    sessions.open('s').startMonitoring('n');
    await pass(5000);
    let isClosed = false;
    void reporter.close().then(() => (isClosed = true));
    await pass(1);
    expect(isClosed).toBe(true);
    expect(lines.at(-1)).toMatchObject({ msg: 'closed before all events were sent to the hub', events: 1 });
  });

  test('the log says how many events were not sent: those under way, and those that wait', async () => {
    const { sessions, reporter, hub, lines } = reporting();
    await pass(100);
    hub.reply = () => new Promise(() => undefined);
    for (let files = 0; files < 2; files++) sessions.publish({ type: 'files_scanned', files });
    await pass(60);
    for (let files = 0; files < 3; files++) sessions.publish({ type: 'files_scanned', files });
    await Promise.all([reporter.close(), pass(400)]);
    expect(lines.at(-1)).toMatchObject({ level: 40, events: 5, hub: 'http://hub.test:3001' });
  });

  test('a healthy hub is tried again until the time is over', async () => {
    const { sessions, reporter, hub, lines, sent } = reporting();
    await pass(100);
    sessions.publish({ type: 'files_scanned', files: 1 });
    let failures = 0;
    hub.reply = () => {
      failures += 1;
      return failures > 1 ? taken() : noHub();
    };
    await Promise.all([reporter.close(), pass(300)]);
    expect(lines.map(({ level }) => level)).toEqual([40, 30]);
    expect(sent.at(-1)).toMatchObject({ is_closing: true, events: [{ files: 1 }] });
  });
});
