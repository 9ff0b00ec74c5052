import { describe, expect, test } from 'vitest';

import { MetricsCollector } from '../../../src/metrics/metrics-collector.ts';
import type { McpConnection, McpRequest, TrafficEvent } from '../../../src/monitor/traffic-events.ts';
import { UNOBSERVED_REASONS } from '../../../src/monitor/unobserved-reasons.ts';
import type { Config } from '../../../src/settings/config.ts';
import { labelOf, samplesOf, total } from '../../support/exposition.ts';
import { FakeClock } from '../../support/fake-clock.ts';

type RequestEnded = Extract<TrafficEvent, { type: 'request_ended' }>;

const connection: McpConnection = { serverName: 'shop', transport: 'pipe', protocolVersion: '2025-11-25' };
const http: McpConnection = { ...connection, transport: 'tcp' };

function observing(config: Partial<Config> = {}) {
  const clock = new FakeClock();
  const collector = new MetricsCollector({ clock, config });
  const tell = (...events: TrafficEvent[]) => events.forEach(collector.onEvent);
  return {
    clock,
    tell,
    /** The series of a metric that have these labels, by the value of one more label. */
    by: async (label: string, metric: string, labels: Record<string, string> = {}) =>
      Object.fromEntries(
        samplesOf((await collector.expose()).body)
          .filter(({ name }) => name === metric)
          .filter((each) => Object.entries(labels).every(([key, value]) => labelOf(each, key) === value))
          .map((each) => [labelOf(each, label), each.value]),
      ),
    value: async (metric: string, labels: Record<string, string> = {}) =>
      total(samplesOf((await collector.expose()).body), metric, labels),
    series: async (metric: string) =>
      samplesOf((await collector.expose()).body).filter(({ name }) => name === metric),
  };
}

function requestOf(given: Partial<McpRequest> = {}): McpRequest {
  const request = {
    connection,
    direction: 'client_to_server',
    method: 'tools/call',
    toolName: 'buy',
  } as const;
  return { ...request, promptName: '', trace: null, ...given };
}

const started = (request: McpRequest, sizeBytes: number | null = null): TrafficEvent => ({
  type: 'request_started',
  request,
  sizeBytes,
});

const ended = (request: McpRequest, given: Partial<RequestEnded> = {}): TrafficEvent => ({
  type: 'request_ended',
  request,
  toolName: request.toolName,
  promptName: request.promptName,
  durationSeconds: 1,
  errorType: '',
  cancellation: null,
  unobserved: null,
  inputRequired: false,
  sizeBytes: null,
  ...given,
});

const OPERATIONS = 'mcp_server_operations_total';
const DURATION = 'mcp_server_operation_duration_seconds';
const CLIENT_DURATION = 'mcp_client_operation_duration_seconds';
const IN_FLIGHT = 'mcp_server_operations_in_flight';
const CANCELLATIONS = 'mcp_server_cancellations_total';
const UNOBSERVED = 'mcp_server_unobserved_requests_total';
const SUBSCRIPTIONS = 'mcp_server_subscriptions_active';
const SIZE = 'mcp_server_message_size_bytes';

describe('a request', () => {
  test('is in flight from its start to its end, and timed with all its labels', async () => {
    const { tell, value, series } = observing();
    const request = requestOf({ method: 'prompts/get', toolName: '', promptName: 'greet' });
    tell(started(request));
    expect(await value(IN_FLIGHT, { mcp_server_name: 'shop', mcp_method_name: 'prompts/get' })).toBe(1);
    tell(ended(request, { durationSeconds: 3, errorType: '-32602' }));
    expect(await value(IN_FLIGHT)).toBe(0);
    expect(await series(`${DURATION}_sum`)).toEqual([
      {
        name: `${DURATION}_sum`,
        labels: {
          mcp_server_name: 'shop',
          mcp_method_name: 'prompts/get',
          gen_ai_prompt_name: 'greet',
          error_type: '-32602',
          network_transport: 'pipe',
          mcp_protocol_version: '2025-11-25',
        },
        value: 3,
      },
    ]);
    expect(await series(`${CLIENT_DURATION}_count`)).toEqual([]);
  });

  test('of the server is timed as one of the client, and never in flight', async () => {
    const { tell, value, series } = observing();
    const request = requestOf({
      direction: 'server_to_client',
      method: 'sampling/createMessage',
      toolName: '',
    });
    tell(started(request, 300));
    expect(await series(IN_FLIGHT)).toEqual([]);
    tell(ended(request, { durationSeconds: 2, sizeBytes: 5, cancellation: 'timeout' }));
    expect(await value(`${CLIENT_DURATION}_sum`)).toBe(2);
    expect(await series(`${DURATION}_count`)).toEqual([]);
    expect(await value(CANCELLATIONS)).toBe(0);
    expect(await value(`${SIZE}_sum`, { direction: 'server_to_client' })).toBe(300);
    expect(await value(`${SIZE}_sum`, { direction: 'client_to_server' })).toBe(5);
  });

  test('has the size of its message in its direction, and that of its answer in the other', async () => {
    const { tell, by } = observing();
    const request = requestOf();
    tell(started(request, 1000), ended(request, { sizeBytes: 70_000 }));
    tell(started(requestOf({ method: 'ping', toolName: '' }), null));
    expect(await by('direction', `${SIZE}_sum`)).toEqual({
      client_to_server: 1000,
      server_to_client: 70_000,
    });
    expect(await by('direction', `${SIZE}_count`, { mcp_method_name: 'tools/call' })).toEqual({
      client_to_server: 1,
      server_to_client: 1,
    });
  });

  test('goes by the name that was proved when it ended, and leaves the one that it started with', async () => {
    const { tell, by } = observing();
    const request = requestOf({ toolName: '_OTHER' });
    tell(started(request));
    expect(await by('gen_ai_tool_name', IN_FLIGHT)).toEqual({ _OTHER: 1 });
    tell(ended(request, { toolName: 'buy' }));
    expect(await by('gen_ai_tool_name', IN_FLIGHT)).toEqual({ _OTHER: 0 });
    expect(await by('gen_ai_tool_name', `${DURATION}_count`, { error_type: '' })).toMatchObject({ buy: 1 });
  });

  test.each(['notification', 'disconnect', 'close', 'timeout'] as const)(
    'that ends without an answer is cancelled by its reason, once: %s',
    async (cancellation) => {
      const { tell, value } = observing();
      const request = requestOf();
      tell(started(request), ended(request, { cancellation }), ended(request, { cancellation }));
      const labels = { mcp_method_name: 'tools/call', gen_ai_tool_name: 'buy', reason: cancellation };
      expect(await value(CANCELLATIONS, labels)).toBe(1);
      expect(await value(CANCELLATIONS)).toBe(1);
      expect(await value(IN_FLIGHT)).toBe(0);
    },
  );

  test.each(UNOBSERVED_REASONS)('that is unobserved is counted by its reason: %s', async (unobserved) => {
    const { tell, value, by } = observing();
    const request = requestOf();
    tell(started(request));
    const zeros = Object.fromEntries(UNOBSERVED_REASONS.map((reason) => [reason, 0]));
    expect(await by('reason', UNOBSERVED)).toEqual(zeros);
    tell(ended(request, { errorType: 'unobserved', unobserved }));
    expect(await by('reason', UNOBSERVED, { mcp_server_name: 'shop' })).toEqual({
      ...zeros,
      [unobserved]: 1,
    });
    expect(await by('error_type', OPERATIONS)).toMatchObject({ '': 0, cancelled: 0, unobserved: 1 });
    expect(await by('error_type', `${DURATION}_count`)).toEqual({ unobserved: 1 });
    expect(await value(CANCELLATIONS)).toBe(0);
    expect(await value(IN_FLIGHT)).toBe(0);
  });

  test('that the server answers by asking for more is counted as such', async () => {
    const { tell, by } = observing();
    const request = requestOf();
    tell(started(request), ended(request, { inputRequired: true }));
    tell(started(request), ended(request));
    expect(await by('mcp_method_name', 'mcp_server_input_required_total')).toEqual({ 'tools/call': 1 });
  });
});

describe('a call of a tool', () => {
  const errorTypes = (connectionOfCall: McpConnection) => async () => {
    const { tell, by } = observing();
    tell(started(requestOf({ connection: connectionOfCall })));
    return by('error_type', OPERATIONS);
  };

  test('has its failures at 0 from its start, with the end of the process if it speaks stdio', async () => {
    expect(await errorTypes(connection)()).toEqual({ '': 0, tool_error: 0, cancelled: 0, server_exited: 0 });
    expect(await errorTypes(http)()).toEqual({ '': 0, tool_error: 0, cancelled: 0 });
  });

  test('has its outcomes at 0 as soon as its tool is listed, and nothing else', async () => {
    const { tell, by } = observing();
    tell({ type: 'tool_listed', connection, toolName: 'buy' });
    const tool = { gen_ai_tool_name: 'buy' };
    expect(await by('error_type', OPERATIONS, tool)).toEqual({ '': 0, tool_error: 0 });
    expect(await by('reason', CANCELLATIONS)).toEqual({});
    const operation = { mcp_server_name: 'shop', operation: 'buy' };
    expect(await by('status', 'pipeline_operations_ended_total', operation)).toEqual({
      completed: 0,
      failed: 0,
    });
    expect(await by('operation', 'pipeline_operations_started_total')).toEqual({});
  });

  test('has a series of its own, also if the list of tools was longer than its share', async () => {
    const { tell, by } = observing({ maxSeries: 1000 });
    for (let i = 0; i < 300; i++) tell({ type: 'tool_listed', connection, toolName: `tool_${i}` });
    const listed = Object.keys(await by('gen_ai_tool_name', OPERATIONS));
    // A quarter of the 800 series that are not reserved, with four series for each tool, and some for the server.
    expect(listed.length).toBeGreaterThan(40);
    expect(listed.length).toBeLessThan(50);
    expect(listed).not.toContain('_OTHER');
    tell(started(requestOf({ toolName: 'tool_299' })));
    expect(Object.keys(await by('gen_ai_tool_name', OPERATIONS))).toContain('tool_299');
  });

  test('has its cancellations at 0 from its start', async () => {
    const { tell, by } = observing();
    tell(started(requestOf()));
    expect(await by('reason', CANCELLATIONS)).toEqual({ notification: 0 });
  });

  test('has no series of its duration before it ends, because an empty histogram has many', async () => {
    const { tell, series } = observing();
    const request = requestOf();
    tell(started(request));
    expect(await series(`${DURATION}_count`)).toEqual([]);
    tell(ended(request));
    expect(await series(`${DURATION}_count`)).toHaveLength(1);
  });

  test('has them for each tool, server and transport', async () => {
    const { tell, series } = observing();
    for (const toolName of ['buy', 'sell']) {
      for (const serverName of ['shop', 'store']) {
        for (const each of [connection, http]) {
          tell(started(requestOf({ toolName, connection: { ...each, serverName } })));
        }
      }
    }
    expect(await series(OPERATIONS)).toHaveLength(4 * 4 + 4 * 3);
  });

  test('is counted by its error type, however the protocol version differs', async () => {
    const { tell, by } = observing();
    for (const protocolVersion of ['2025-06-18', '2025-11-25']) {
      const request = requestOf({ connection: { ...http, protocolVersion } });
      for (const errorType of ['', 'tool_error', 'tool_error']) {
        tell(started(request), ended(request, { errorType }));
      }
    }
    const labels = { gen_ai_tool_name: 'buy', mcp_method_name: 'tools/call', network_transport: 'tcp' };
    expect(await by('error_type', OPERATIONS, labels)).toEqual({ '': 2, tool_error: 4, cancelled: 0 });
  });

  test('has them also if its server and tool, written together, look like those of another', async () => {
    const { tell, series } = observing();
    tell(started(requestOf({ toolName: 'buy' })));
    tell(started(requestOf({ toolName: 'uy', connection: { ...connection, serverName: 'shopb' } })));
    expect(await series(OPERATIONS)).toHaveLength(2 * 4);
  });
});

test('a request of another method has no series before it ends', async () => {
  const { tell, series } = observing();
  tell(started(requestOf({ method: 'resources/read', toolName: '' })));
  expect(await series(OPERATIONS)).toEqual([]);
  expect(await series(CANCELLATIONS)).toEqual([]);
});

test('a request that listens is a subscription while it is open, and never timed', async () => {
  const { tell, value, series } = observing();
  const request = requestOf({ method: 'subscriptions/listen', toolName: '' });
  const others = [requestOf(), requestOf()];
  tell(started(request), ...others.map((each) => started(each)));
  expect(await value(SUBSCRIPTIONS, { mcp_server_name: 'shop' })).toBe(1);
  expect(await value(IN_FLIGHT)).toBe(3);
  tell(ended(others[0] ?? request));
  expect(await value(SUBSCRIPTIONS)).toBe(1);
  tell(ended(request));
  expect(await value(SUBSCRIPTIONS)).toBe(0);
  const timed = (await series(`${DURATION}_count`)).filter(({ value: count }) => count > 0);
  expect(timed.map(({ labels }) => labels['mcp_method_name'])).toEqual(['tools/call']);
});

test('the oldest request in flight is told for each server, and 0 when none is left', async () => {
  const { clock, tell, by } = observing();
  const other = { ...connection, serverName: 'store' };
  const requests = [requestOf(), requestOf(), requestOf({ connection: other })];
  for (const request of requests) {
    tell(started(request));
    clock.advance(10_000);
  }
  const oldest = 'mcp_server_oldest_in_flight_seconds';
  expect(await by('mcp_server_name', oldest)).toEqual({ shop: 30, store: 10 });
  for (const request of requests.slice(1)) tell(ended(request));
  expect(await by('mcp_server_name', oldest)).toEqual({ shop: 30, store: 0 });
  for (const request of requests) tell(ended(request));
  expect(await by('mcp_server_name', oldest)).toEqual({ shop: 0, store: 0 });
});

describe('a connection', () => {
  test('is active while it is open, and timed by how it ended', async () => {
    const { tell, value, series } = observing();
    tell({ type: 'connection_opened', connection }, { type: 'connection_opened', connection });
    const labels = { mcp_server_name: 'shop', network_transport: 'pipe', mcp_protocol_version: '2025-11-25' };
    expect(await value('mcp_server_sessions_active', labels)).toBe(2);
    tell({ type: 'connection_closed', connection, durationSeconds: 90, errorType: 'timeout' });
    expect(await value('mcp_server_sessions_active', labels)).toBe(1);
    expect(await series('mcp_server_session_duration_seconds_sum')).toEqual([
      {
        name: 'mcp_server_session_duration_seconds_sum',
        labels: { ...labels, error_type: 'timeout' },
        value: 90,
      },
    ]);
  });

  test('shows its server’s version, and the version of its protocol', async () => {
    const { tell, series } = observing();
    tell({ type: 'server_seen', connection, serverVersion: '1.2', sdkVersion: 'python-1.9' });
    expect(await series('mcp_server_info')).toEqual([
      {
        name: 'mcp_server_info',
        labels: {
          mcp_server_name: 'shop',
          server_version: '1.2',
          sdk_version: 'python-1.9',
          mcp_protocol_version: '2025-11-25',
        },
        value: 1,
      },
    ]);
  });

  test('changes its server’s subscriptions by the number that its client holds', async () => {
    const { tell, value } = observing();
    for (const change of [3, -1]) tell({ type: 'subscriptions_changed', connection, change });
    expect(await value(SUBSCRIPTIONS, { mcp_server_name: 'shop' })).toBe(2);
  });
});

test('a notification is counted by its method and direction, with its size if that is known', async () => {
  const { tell, by } = observing();
  const notification = { type: 'notification', connection, method: 'notifications/message' } as const;
  tell({ ...notification, direction: 'server_to_client', sizeBytes: 100 });
  tell({ ...notification, direction: 'server_to_client', sizeBytes: null });
  tell({ ...notification, direction: 'client_to_server', sizeBytes: 0 });
  const labels = { mcp_server_name: 'shop', mcp_method_name: 'notifications/message' };
  expect(await by('direction', 'mcp_server_notifications_total', labels)).toEqual({
    server_to_client: 2,
    client_to_server: 1,
  });
  expect(await by('direction', `${SIZE}_count`, labels)).toEqual({
    server_to_client: 1,
    client_to_server: 1,
  });
  expect(await by('direction', `${SIZE}_sum`, labels)).toEqual({
    server_to_client: 100,
    client_to_server: 0,
  });
});

test('progress is counted by the tool that it tells of', async () => {
  const { tell, by } = observing();
  for (const toolName of ['buy', 'buy', '']) tell({ type: 'progress_notified', connection, toolName });
  const metric = 'mcp_server_progress_notifications_total';
  expect(await by('gen_ai_tool_name', metric, { mcp_server_name: 'shop' })).toEqual({ buy: 2, '': 1 });
});

test('a task is counted at each status, and timed at its last one', async () => {
  const { tell, by } = observing();
  const task = { type: 'task_changed', connection } as const;
  tell({ ...task, status: 'working', durationSeconds: null });
  tell({ ...task, status: 'completed', durationSeconds: 40 });
  const labels = { mcp_server_name: 'shop' };
  expect(await by('status', 'mcp_server_tasks_total', labels)).toEqual({
    working: 1,
    input_required: 0,
    completed: 1,
    failed: 0,
    cancelled: 0,
  });
  expect(await by('status', 'mcp_server_task_duration_seconds_sum', labels)).toEqual({ completed: 40 });
});

test('errors of the transport are counted by their kind, all at 0 once the server is seen', async () => {
  const { tell, by } = observing();
  tell({ type: 'transport_error', connection, kind: 'stray_stdout' });
  expect(await by('kind', 'mcp_server_transport_errors_total', { mcp_server_name: 'shop' })).toEqual({
    parse: 0,
    send_failed: 0,
    unknown_id: 0,
    stray_stdout: 1,
  });
});

test('a refused HTTP request is counted by its server, status and error', async () => {
  const { tell, series } = observing();
  const rejected = {
    type: 'http_rejected',
    serverName: 'shop',
    httpStatus: 404,
    errorType: 'session_not_found',
  } as const;
  tell(rejected, rejected);
  expect(await series('mcp_server_rejections_total')).toEqual([
    {
      name: 'mcp_server_rejections_total',
      labels: { mcp_server_name: 'shop', http_status: '404', error_type: 'session_not_found' },
      value: 2,
    },
  ]);
});

test('the ends of a server’s process are counted by how it ended', async () => {
  const { tell, by } = observing();
  tell(
    { type: 'child_started', serverName: 'shop' },
    { type: 'child_exited', serverName: 'shop', reason: 'signal' },
  );
  tell({ type: 'child_started', serverName: 'shop' });
  expect(await by('reason', 'mcp_proxy_child_exits_total', { mcp_server_name: 'shop' })).toEqual({
    success: 0,
    failure: 0,
    signal: 1,
  });
});

test('the events of one server leave the series of another as they are', async () => {
  const { tell, by } = observing();
  const other = { ...connection, serverName: 'store' };
  const request = requestOf({ connection: other, toolName: '_OTHER' });
  const listening = requestOf({ connection: other, method: 'subscriptions/listen', toolName: '' });
  tell({ type: 'connection_opened', connection }, started(requestOf()));
  tell({ type: 'connection_opened', connection: other }, started(request), started(listening));
  tell({ type: 'subscriptions_changed', connection: other, change: 3 });
  expect(await by('mcp_server_name', SUBSCRIPTIONS)).toEqual({ shop: 0, store: 4 });
  expect(await by('mcp_server_name', IN_FLIGHT, { mcp_method_name: 'tools/call' })).toEqual({
    shop: 1,
    store: 1,
  });
  expect(await by('mcp_server_name', 'mcp_server_sessions_active')).toEqual({ shop: 1, store: 1 });
  tell(ended(request, { cancellation: 'close' }), ended(listening));
  tell({ type: 'connection_closed', connection: other, durationSeconds: 1, errorType: '' });
  expect(await by('mcp_server_name', SUBSCRIPTIONS)).toEqual({ shop: 0, store: 3 });
  expect(await by('mcp_server_name', IN_FLIGHT, { mcp_method_name: 'tools/call' })).toEqual({
    shop: 1,
    store: 0,
  });
  expect(await by('mcp_server_name', 'mcp_server_sessions_active')).toEqual({ shop: 1, store: 0 });
  expect(await by('mcp_server_name', CANCELLATIONS, { reason: 'close' })).toEqual({ store: 1 });
  const checked = (serverName: string, isUp: boolean | null) =>
    ({ type: 'upstream_checked', serverName, isUp, reason: '' }) as const;
  for (const serverName of ['shop', 'store']) tell(checked(serverName, true));
  tell(checked('store', null));
  expect(await by('mcp_server_name', 'mcp_proxy_upstream_up')).toEqual({ shop: 1 });
});

describe('values that are one too many are counted together:', () => {
  const OVERFLOW = 'mcp_exporter_label_overflow_total';

  test('250 servers', async () => {
    const { tell, series, value } = observing();
    for (let i = 0; i < 260; i++) tell({ type: 'child_started', serverName: `s${i}` });
    for (let i = 0; i < 260; i++) {
      tell({ type: 'connection_opened', connection: { ...connection, serverName: `s${i}` } });
    }
    expect(await series('mcp_server_sessions_active')).toHaveLength(251);
    expect(await value('mcp_server_sessions_active', { mcp_server_name: '_OTHER' })).toBe(10);
    expect(await value(OVERFLOW, { label: 'mcp_server_name' })).toBe(20);
  });

  test('40 types of error of one server, whatever other servers have', async () => {
    const { tell, series, value } = observing();
    const rejected = { type: 'http_rejected', httpStatus: 400 } as const;
    for (let i = 0; i < 50; i++) tell({ ...rejected, serverName: 'shop', errorType: `e${i}` });
    for (let i = 0; i < 40; i++) tell({ ...rejected, serverName: 'store', errorType: `f${i}` });
    expect(await series('mcp_server_rejections_total')).toHaveLength(41 + 40);
    expect(await value(OVERFLOW, { label: 'error_type' })).toBe(10);
  });

  test('versions of one server, which keep its name', async () => {
    const { tell, series } = observing();
    for (let i = 0; i < 30; i++) {
      tell({ type: 'server_seen', connection, serverVersion: `${i}`, sdkVersion: '' });
    }
    const infos = await series('mcp_server_info');
    expect(infos).toHaveLength(21);
    expect(infos.at(-1)?.labels).toEqual({
      mcp_server_name: 'shop',
      server_version: '_OTHER',
      mcp_protocol_version: '_OTHER',
    });
  });
});
