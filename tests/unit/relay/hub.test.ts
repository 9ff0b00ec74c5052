import * as fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';

import { TrafficObserver } from '../../../src/mcp/protocol/traffic-observer.ts';
import { WatchedServer } from '../../../src/mcp/protocol/watched-server.ts';
import { systemClock } from '../../../src/monitor/clock.ts';
import type { SessionRegistry } from '../../../src/monitor/session-registry.ts';
import type { Report } from '../../../src/relay/report-schema.ts';
import { DEFAULT_CONFIG } from '../../../src/settings/config.ts';
import { createHub, createReporter, type Way } from '../../support/hub-pair.ts';
import { messageOf } from '../../support/json-rpc.ts';

const DURATIONS = 'mcp_server_operation_duration_seconds_count';
const GAUGES = [
  'mcp_server_operations_in_flight',
  'mcp_server_sessions_active',
  'mcp_server_subscriptions_active',
  'pipeline_operations_active',
];

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

/** A client's conversation with a server, watched into `sessions`. */
function converse(sessions: SessionRegistry, name = 'theirs') {
  const observer = new TrafficObserver({
    sessions,
    config: DEFAULT_CONFIG,
    clock: systemClock,
    server: new WatchedServer({ name, hasTool: () => true }),
    transport: 'pipe',
    mcpSessionId: () => undefined,
  });
  return {
    observer,
    introduce: (clientInfo: object) =>
      observer.clientMessage(messageOf({ id: 'first', method: 'initialize', params: { clientInfo } })),
    call: (id: number, tool = 'add') =>
      observer.clientMessage(
        messageOf({ id, method: 'tools/call', params: { name: tool, _meta: { progressToken: id } } }),
      ),
    progress: (id: number) =>
      observer.serverMessage(
        messageOf({ method: 'notifications/progress', params: { progressToken: id, progress: 1, total: 2 } }),
      ),
    answer: (id: number, result: object = {}, sizeBytes?: number) =>
      observer.serverMessage(messageOf({ id, result }), { sizeBytes }),
    cancel: (id: number) =>
      observer.clientMessage(messageOf({ method: 'notifications/cancelled', params: { requestId: id } })),
  };
}

/** Lets everything happen that is due within so long. */
const pass = (ms: number) => vi.advanceTimersByTimeAsync(ms);

describe('what a reporter tells', () => {
  test('reported traffic has the same metrics, operations, times and servers at the hub', async () => {
    const hub = createHub();
    const { sessions, reporter } = createReporter(
      () => hub,
      () => 'there',
    );
    const { call, progress, answer } = converse(sessions);
    call(1);
    call(2, 'slow');
    await pass(100);
    expect(await hub.total('mcp_server_operations_in_flight', { gen_ai_tool_name: 'slow' })).toBe(1);
    progress(2);
    answer(1);
    await pass(1900);
    answer(2, { isError: true, content: [{ type: 'text', text: 'no' }] });
    await pass(100);
    expect(await hub.total(DURATIONS, { mcp_server_name: 'theirs', error_type: '' })).toBe(1);
    expect(await hub.total(DURATIONS, { gen_ai_tool_name: 'slow', error_type: 'tool_error' })).toBe(1);
    expect(
      await hub.total('mcp_server_operation_duration_seconds_sum', { gen_ai_tool_name: 'slow' }),
    ).toBeCloseTo(2, 1);
    const [session] = hub.sessions.list();
    expect(session).toMatchObject({ serverName: 'theirs', completedOperations: 1, failedOperations: 1 });
    const ended = hub.sessions.get(session?.sessionId ?? '')?.endedOperations(2);
    expect(ended?.[1]).toMatchObject({ operationName: 'slow', status: 'failed', error: 'no', progress: 50 });
    expect(ended?.[1]?.duration).toBeCloseTo(2, 1);
    await reporter.close();
    for (const gauge of GAUGES) expect(await hub.total(gauge)).toBe(0);
    hub.close();
  });

  test('a reported session has its client at the hub', async () => {
    const hub = createHub();
    const { sessions, reporter } = createReporter(
      () => hub,
      () => 'there',
    );
    const { introduce, call } = converse(sessions);
    introduce({ name: 'claude-code', version: '2.0.60' });
    call(1);
    await pass(100);
    expect(hub.sessions.list()).toMatchObject([{ clientName: 'claude-code', clientVersion: '2.0.60' }]);
    await reporter.close();
    hub.close();
  });

  test('reports contain no secrets and no long texts', async () => {
    const hub = createHub();
    const { sessions, reporter, bodies } = createReporter(
      () => hub,
      () => 'there',
    );
    const details = { password: 'hunter2', long: 'x'.repeat(10_000) };
    sessions.open('s').startMonitoring('import', 'i', details);
    await pass(100);
    expect(bodies.join('')).not.toContain('hunter2');
    expect(bodies.join('').length).toBeLessThan(3000);
    await reporter.close();
    hub.close();
  });

  test('a late response has the same labels at the hub as one in time', async () => {
    const hub = createHub();
    const { sessions, reporter } = createReporter(
      () => hub,
      () => 'there',
    );
    const { call, cancel, answer } = converse(sessions);
    for (const id of [1, 2]) call(id);
    answer(1, {}, 10);
    cancel(2);
    await pass(100);
    answer(2, {}, 200);
    await pass(100);
    const labels = {
      mcp_server_name: 'theirs',
      direction: 'server_to_client',
      mcp_method_name: 'tools/call',
    };
    expect(await hub.total('mcp_server_message_size_bytes_sum', labels)).toBe(210);
    expect(await hub.total('mcp_server_message_size_bytes_count', { direction: 'server_to_client' })).toBe(2);
    await reporter.close();
    hub.close();
  });

  test('an operation that ends before its start is sent is one event', async () => {
    const hub = createHub();
    const { sessions, reporter } = createReporter(
      () => hub,
      () => 'there',
    );
    const monitor = sessions.open('s');
    for (let i = 0; i < 10; i++) monitor.stopMonitoring(monitor.startMonitoring('import', `i${i}`, { i }));
    await pass(100);
    expect(await hub.total('mcp_exporter_reported_events_total', { result: 'accepted' })).toBe(10);
    expect(await hub.total('pipeline_operations_started_total', { operation: 'import' })).toBe(10);
    expect(hub.sessions.get('s')?.operations.get('i3')?.details).toEqual({ i: 3 });
    await reporter.close();
    hub.close();
  });

  test('a stage is never reported before the operation that it ran in', async () => {
    const hub = createHub();
    const order: string[] = [];
    hub.sessions.subscribe((event) => {
      if (event.type === 'operation') order.push(`${event.operationName} ${event.kind}`);
    });
    const { sessions, reporter } = createReporter(
      () => hub,
      () => 'there',
    );
    await sessions.open('s').run('outer', () => sessions.open('s').run('inner', () => undefined));
    await pass(100);
    expect(order).toEqual(['outer started', 'inner started', 'inner completed', 'outer completed']);
    const inner = hub.sessions.get('s')?.endedOperations(2)[0];
    expect(inner?.parentId).toBe(hub.sessions.get('s')?.endedOperations(2)[1]?.operationId);
    await reporter.close();
    hub.close();
  });
});

describe('a hub', () => {
  test('a report whose answer was lost is sent again, and counts once', async () => {
    const hub = createHub();
    let way: Way = 'answer_lost';
    const { sessions, reporter } = createReporter(
      () => hub,
      () => way,
    );
    const { call, answer } = converse(sessions);
    call(1);
    answer(1);
    await pass(100);
    way = 'there';
    await pass(1000);
    expect(await hub.total(DURATIONS)).toBe(1);
    expect(await hub.total('mcp_exporter_reported_events_total', { result: 'duplicate' })).toBeGreaterThan(0);
    await reporter.close();
    hub.close();
  });

  test.each(['with other events', 'alone'])(
    'a late response that is sent again %s counts once, and so do the events after it',
    async (how) => {
      const hub = createHub();
      let way: Way = 'there';
      const { sessions, reporter, bodies } = createReporter(
        () => hub,
        () => way,
      );
      const { call, cancel, answer } = converse(sessions);
      call(1);
      cancel(1);
      await pass(100);
      way = 'answer_lost';
      const before = bodies.length;
      answer(1, {}, 200);
      if (how === 'with other events') call(2);
      await pass(250);
      expect(bodies.length).toBeGreaterThan(before + 1);
      way = 'there';
      call(3);
      answer(3, {}, 3000);
      await pass(1000);
      expect(await hub.total('mcp_server_message_size_bytes_sum')).toBe(3200);
      expect(await hub.total(DURATIONS)).toBe(2);
      await reporter.close();
      hub.close();
    },
  );

  test('a hub of an older version accepts all other events of a reporter with late responses', async () => {
    const hub = createHub();
    const accept = hub.intake.accept.bind(hub.intake);
    const unknown: unknown[] = [];
    vi.spyOn(hub.intake, 'accept').mockImplementation((body) => {
      const { optional_events, ...known } = body as Report;
      unknown.push(...(optional_events ?? []));
      return accept(known);
    });
    let way: Way = 'there';
    const { sessions, reporter } = createReporter(
      () => hub,
      () => way,
    );
    const { call, cancel, answer } = converse(sessions);
    for (const id of [1, 2]) call(id);
    cancel(1);
    await pass(100);
    answer(1, {}, 200);
    way = 'answer_lost';
    await pass(250);
    answer(2, {}, 10);
    await pass(250);
    way = 'there';
    await pass(1000);
    expect(new Set(unknown.map((event) => JSON.stringify(event))).size).toBe(1);
    expect(await hub.total('mcp_server_message_size_bytes_sum')).toBe(10);
    expect(await hub.total(DURATIONS, { error_type: 'cancelled' })).toBe(1);
    expect(await hub.total(DURATIONS, { error_type: '' })).toBe(1);
    expect(await hub.total('mcp_exporter_reported_events_total', { result: 'lost' })).toBe(0);
    await reporter.close();
    hub.close();
  });

  test('the reporter waits for as long as the hub asks', async () => {
    const hub = createHub();
    let way: Way = new Response('{}', { status: 429, headers: { 'retry-after': '7' } });
    const { sessions, reporter, bodies } = createReporter(
      () => hub,
      () => way,
    );
    sessions.open('s').startMonitoring('import');
    await pass(100);
    way = 'there';
    const before = bodies.length;
    await pass(6500);
    expect(bodies.length).toBe(before);
    await pass(3000);
    expect(await hub.total('pipeline_operations_started_total')).toBe(1);
    await reporter.close();
    hub.close();
  });

  test('a hub that cannot read a report hears how many events were lost, and gets the next ones', async () => {
    const hub = createHub();
    let way: Way = new Response('{"error":{"code":"invalid_report"}}', { status: 400 });
    const { sessions, reporter } = createReporter(
      () => hub,
      () => way,
    );
    sessions.open('s').startMonitoring('first');
    await pass(100);
    way = 'there';
    sessions.open('s').startMonitoring('second');
    await pass(100);
    expect(await hub.total('mcp_exporter_reported_events_total', { result: 'lost' })).toBeGreaterThan(0);
    expect(await hub.total('pipeline_operations_started_total', { operation: 'second' })).toBe(1);
    await reporter.close();
    hub.close();
  });

  test('a hub that restarted knows what is open, and which servers run', async () => {
    let hub = createHub();
    let way: Way = 'there';
    const { sessions, reporter } = createReporter(
      () => hub,
      () => way,
    );
    const { observer, call, progress, answer } = converse(sessions);
    observer.clientMessage(messageOf({ id: 0, method: 'initialize', params: {} }));
    answer(0, { protocolVersion: '2025-11-25', serverInfo: { name: 'x', version: '7' } });
    call(1, 'slow');
    progress(1);
    await pass(100);
    hub.close();
    hub = createHub();
    way = 'there';
    await pass(15_000);
    expect(await hub.total('mcp_server_sessions_active', { mcp_protocol_version: '2025-11-25' })).toBe(1);
    expect(await hub.total('mcp_server_operations_in_flight', { gen_ai_tool_name: 'slow' })).toBe(1);
    expect(await hub.total('mcp_server_info', { server_version: '7' })).toBe(1);
    const [session] = hub.sessions.list();
    expect(hub.sessions.get(session?.sessionId ?? '')?.activeOperations).toMatchObject([{ progress: 50 }]);
    answer(1);
    await pass(100);
    expect(await hub.total(DURATIONS, { gen_ai_tool_name: 'slow' })).toBe(1);
    await reporter.close();
    for (const gauge of GAUGES) expect(await hub.total(gauge)).toBe(0);
    hub.close();
  });

  test('a start that is under way while the hub restarts counts once, though it is sent twice', async () => {
    let hub = createHub();
    let way: Way = 'there';
    const { sessions, reporter } = createReporter(
      () => hub,
      () => way,
    );
    await pass(100);
    way = 'away';
    const { call } = converse(sessions);
    call(1, 'slow');
    await pass(100);
    hub.close();
    hub = createHub();
    way = 'there';
    await pass(15_000);
    expect(await hub.total('mcp_server_operations_in_flight')).toBe(1);
    expect(await hub.total('pipeline_operations_active')).toBe(1);
    expect(await hub.total('pipeline_operations_started_total')).toBe(1);
    await reporter.close();
    for (const gauge of GAUGES) expect(await hub.total(gauge)).toBe(0);
    hub.close();
  });

  test('a hub that is unreachable for too long loses whole calls, never halves, and hears how many', async () => {
    const hub = createHub();
    let way: Way = 'away';
    const { sessions, reporter } = createReporter(
      () => hub,
      () => way,
      20,
    );
    const { call, answer } = converse(sessions);
    for (let id = 1; id <= 50; id++) call(id);
    await pass(500);
    for (let id = 1; id <= 50; id++) answer(id);
    way = 'there';
    await pass(10_000);
    const counted = await hub.total(DURATIONS);
    expect(counted).toBeGreaterThan(0);
    expect(counted).toBeLessThan(50);
    expect(await hub.total('mcp_exporter_reported_events_total', { result: 'lost' })).toBeGreaterThan(0);
    expect(await hub.total('mcp_server_operations_in_flight')).toBe(0);
    expect(await hub.total('pipeline_operations_active')).toBe(0);
    await reporter.close();
    hub.close();
  });

  test('the hub forgets whether a server is up when its proxy has ended', async () => {
    const hub = createHub();
    const { sessions, reporter } = createReporter(
      () => hub,
      () => 'there',
    );
    sessions.publish({ type: 'upstream_checked', serverName: 'theirs', isUp: true, reason: '' });
    await pass(100);
    expect(await hub.total('mcp_proxy_upstream_up')).toBe(1);
    await reporter.close();
    expect(await hub.total('mcp_proxy_upstream_up')).toBe(0);
    hub.close();
  });

  test('the hub ends what a silent reporter had open, and takes it back when it reports again', async () => {
    const hub = createHub();
    let way: Way = 'there';
    const { sessions, reporter } = createReporter(
      () => hub,
      () => way,
    );
    const { call, answer } = converse(sessions);
    call(1, 'slow');
    await pass(100);
    way = 'away';
    await pass(60_000);
    for (const gauge of GAUGES) expect(await hub.total(gauge)).toBe(0);
    expect(await hub.total(DURATIONS, { error_type: 'server_exited' })).toBe(1);
    expect(await hub.total('mcp_exporter_reporters')).toBe(0);
    way = 'there';
    answer(1);
    call(2);
    await pass(10_000);
    expect(await hub.total('mcp_exporter_reporters')).toBe(1);
    expect(await hub.total('mcp_server_operations_in_flight', { gen_ai_tool_name: 'add' })).toBe(1);
    await reporter.close();
    hub.close();
  });
});

type Step = {
  readonly kind: 'call' | 'answer' | 'cancel' | 'wait' | 'restart' | 'lose' | 'away' | 'there';
  readonly id: number;
};
const step: fc.Arbitrary<Step> = fc.record({
  kind: fc.constantFrom(
    'call',
    'call',
    'answer',
    'answer',
    'cancel',
    'wait',
    'restart',
    'lose',
    'away',
    'there',
  ),
  id: fc.integer({ min: 1, max: 6 }),
});

test('whatever happens between reporter and hub, no gauge is negative, and in the end nothing is open', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(step, { maxLength: 40 }), async (steps) => {
      let hub = createHub();
      let way: Way = 'there';
      const { sessions, reporter } = createReporter(
        () => hub,
        () => way,
      );
      const { observer, call, answer, cancel } = converse(sessions);
      for (const { kind, id } of steps) {
        if (kind === 'call') call(id);
        if (kind === 'answer') answer(id);
        if (kind === 'cancel') cancel(id);
        if (kind === 'restart') hub = createHub();
        if (kind === 'lose') way = 'answer_lost';
        if (kind === 'away' || kind === 'there') way = kind;
        await pass(kind === 'wait' ? 700 : 30);
        for (const gauge of GAUGES) expect(await hub.total(gauge)).toBeGreaterThanOrEqual(0);
        const started = await hub.total('pipeline_operations_started_total');
        const ended = await hub.total('pipeline_operation_duration_seconds_count');
        expect(started - ended).toBe(await hub.total('pipeline_operations_active'));
      }
      way = 'there';
      observer.close();
      await pass(20_000);
      await reporter.close();
      for (const gauge of GAUGES) expect(await hub.total(gauge)).toBe(0);
      hub.close();
    }),
    { numRuns: 60 },
  );
}, 60_000);
