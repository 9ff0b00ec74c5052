import { afterEach, beforeEach, expect, test, vi } from 'vitest';

import type { MonitorEvent } from '../../../src/monitor/events.ts';
import type { McpConnection, McpRequest } from '../../../src/monitor/traffic-events.ts';
import { createHub, createReporter } from '../../support/hub-pair.ts';

const NOW = '2026-03-01T12:00:00.000Z';

beforeEach(() => void vi.useFakeTimers({ now: Date.parse(NOW) }));
afterEach(() => void vi.useRealTimers());

const connection: McpConnection = { serverName: 'theirs', transport: 'tcp', protocolVersion: '2025-11-25' };
const request: McpRequest = {
  connection,
  direction: 'client_to_server',
  method: 'tools/call',
  toolName: 'add',
  promptName: '',
  trace: { traceId: '0af7651916cd43dd8448eb211c80319c', spanId: 'b7ad6b7169203331' },
};
const other: McpRequest = { ...request, method: 'prompts/get', toolName: '', promptName: 'p', trace: null };
const ended = (of: McpRequest) =>
  ({
    type: 'request_ended',
    request: of,
    toolName: of.toolName,
    promptName: of.promptName,
    durationSeconds: 0.25,
    errorType: 'tool_error',
    cancellation: 'timeout',
    unobserved: null,
    inputRequired: true,
    sizeBytes: 22,
  }) as const;

const WIRE_CONNECTION =
  '"connection":{"id":1,"server_name":"theirs","transport":"tcp","protocol_version":"2025-11-25"}';
const WIRE_REQUEST =
  '"request":{"id":2,"direction":"client_to_server","method":"tools/call","tool_name":"add","prompt_name":"",' +
  '"trace":{"trace_id":"0af7651916cd43dd8448eb211c80319c","span_id":"b7ad6b7169203331"}}';
const WIRE_OTHER =
  '"request":{"id":3,"direction":"client_to_server","method":"prompts/get","tool_name":"","prompt_name":"p",' +
  '"trace":null}';
const TIME = `"timestamp":"${NOW}"`;

/** Events in the order in which they are published, and how the hub is told of each. */
const EVENTS: readonly (readonly [MonitorEvent, string])[] = [
  [{ type: 'connection_opened', connection }, `{"type":"connection_opened",${WIRE_CONNECTION},${TIME}}`],
  [
    { type: 'server_seen', connection, serverVersion: '7', sdkVersion: '1.2' },
    `{"type":"server_seen",${WIRE_CONNECTION},"server_version":"7","sdk_version":"1.2"}`,
  ],
  [
    { type: 'request_started', request, sizeBytes: 11 },
    `{"type":"request_started",${WIRE_CONNECTION},${WIRE_REQUEST},"size_bytes":11,${TIME}}`,
  ],
  [
    { type: 'request_started', request: other, sizeBytes: null },
    `{"type":"request_started",${WIRE_CONNECTION},${WIRE_OTHER},"size_bytes":null,${TIME}}`,
  ],
  [
    ended(request),
    `{"type":"request_ended",${WIRE_CONNECTION},${WIRE_REQUEST},"tool_name":"add","prompt_name":"",` +
      '"duration":0.25,"error_type":"tool_error","cancellation":"timeout","unobserved":null,' +
      '"input_required":true,"size_bytes":22,' +
      '"request_size_bytes":null}',
  ],
  [
    { ...ended(other), errorType: 'unobserved', cancellation: null, unobserved: 'undecodable' },
    `{"type":"request_ended",${WIRE_CONNECTION},${WIRE_OTHER},"tool_name":"","prompt_name":"p",` +
      '"duration":0.25,"error_type":"unobserved","cancellation":null,"unobserved":"undecodable",' +
      '"input_required":true,"size_bytes":22,"request_size_bytes":null}',
  ],
  [
    { type: 'notification', connection, direction: 'server_to_client', method: 'ping', sizeBytes: 3 },
    `{"type":"notification",${WIRE_CONNECTION},"direction":"server_to_client","method":"ping","size_bytes":3}`,
  ],
  [
    {
      type: 'late_response',
      connection,
      direction: 'server_to_client',
      method: 'tools/call',
      sizeBytes: 4,
    },
    `{"type":"late_response",${WIRE_CONNECTION},"direction":"server_to_client","method":"tools/call",` +
      '"size_bytes":4}',
  ],
  [
    { type: 'tool_listed', connection, toolName: 'add' },
    `{"type":"tool_listed",${WIRE_CONNECTION},"tool_name":"add"}`,
  ],
  [
    { type: 'progress_notified', connection, toolName: 'add' },
    `{"type":"progress_notified",${WIRE_CONNECTION},"tool_name":"add"}`,
  ],
  [
    { type: 'subscriptions_changed', connection, change: 2 },
    `{"type":"subscriptions_changed",${WIRE_CONNECTION},"active":2}`,
  ],
  [
    { type: 'task_changed', connection, status: 'working', durationSeconds: null },
    `{"type":"task_changed",${WIRE_CONNECTION},"status":"working","duration":null}`,
  ],
  [
    { type: 'task_changed', connection, status: 'failed', durationSeconds: 4 },
    `{"type":"task_changed",${WIRE_CONNECTION},"status":"failed","duration":4}`,
  ],
  [
    { type: 'transport_error', connection, kind: 'parse' },
    `{"type":"transport_error",${WIRE_CONNECTION},"kind":"parse"}`,
  ],
  [
    { type: 'http_rejected', serverName: 'theirs', httpStatus: 404, errorType: '404' },
    '{"type":"http_rejected","server_name":"theirs","http_status":404,"error_type":"404"}',
  ],
  [
    { type: 'upstream_checked', serverName: 'theirs', isUp: false, reason: 'refused' },
    '{"type":"upstream_checked","server_name":"theirs","is_up":false,"reason":"refused"}',
  ],
  [{ type: 'child_started', serverName: 'theirs' }, '{"type":"child_started","server_name":"theirs"}'],
  [
    { type: 'child_exited', serverName: 'theirs', reason: 'signal' },
    '{"type":"child_exited","server_name":"theirs","reason":"signal"}',
  ],
  [{ type: 'files_scanned', files: 3 }, '{"type":"files_scanned","files":3}'],
  [{ type: 'issues_found', errors: 1, warnings: 2 }, '{"type":"issues_found","errors":1,"warnings":2}'],
  [{ type: 'fixes_tried', applied: 1, failed: 0 }, '{"type":"fixes_tried","applied":1,"failed":0}'],
  [
    { type: 'limit_reached', limit: 'name_length', count: 2 },
    '{"type":"limit_reached","limit":"name_length","count":2}',
  ],
  [{ type: 'part_failed', part: 'feed' }, '{"type":"part_failed","part":"feed"}'],
  [
    { type: 'connection_closed', connection, durationSeconds: 9, errorType: '' },
    `{"type":"connection_closed",${WIRE_CONNECTION},"duration":9,"error_type":""}`,
  ],
];

const ids = { sessionId: 's', operationId: 'o', parentId: 'p', operationName: 'import' } as const;
const WIRE_IDS =
  '"session_id":"s","server_name":null,"operation_id":"o","parent_id":"p","operation_name":"import"';

const OPERATIONS: readonly (readonly [MonitorEvent, string])[] = [
  [
    {
      type: 'operation',
      kind: 'started',
      ...ids,
      status: 'started',
      progress: 0,
      timestampMs: Date.parse(NOW),
      details: { rows: 7 },
    },
    `{"type":"operation","kind":"started",${WIRE_IDS},"progress":0,${TIME},"details":{"rows":7}}`,
  ],
  [
    {
      type: 'operation',
      kind: 'failed',
      ...ids,
      status: 'failed',
      progress: 0,
      timestampMs: Date.parse(NOW),
      duration: 1.5,
      error: 'no',
    },
    `{"type":"operation","kind":"failed",${WIRE_IDS},"progress":0,${TIME},"duration":1.5,"error":"no"}`,
  ],
];

const LISTS = /^[^[]*?(?:"optional_events":\[(?<optional>.*)\],)?"events":\[(?<events>.*)\]\}$/;

function eventsOf(bodies: readonly string[]): string[] {
  return bodies
    .flatMap((body) => Object.values(LISTS.exec(body)?.groups ?? {}))
    .filter((events) => events !== undefined && events !== '');
}

/** Publishes one event at a time: what the hub was told, and what it stated then. */
async function tell(events: readonly (readonly [MonitorEvent, string])[]) {
  const hub = createHub();
  const seen: MonitorEvent[] = [];
  hub.sessions.subscribe((event) => {
    if (event.type !== 'session') seen.push(event);
  });
  const { sessions, reporter, bodies } = createReporter(
    () => hub,
    () => 'there',
  );
  await vi.advanceTimersByTimeAsync(100);
  for (const [event] of events) {
    vi.setSystemTime(NOW);
    sessions.publish(event);
    await vi.advanceTimersByTimeAsync(50);
  }
  const told = eventsOf(bodies);
  const stated = [...seen];
  await reporter.close();
  hub.close();
  return { told, stated };
}

test('each event has its documented JSON, and the hub states the same event', async () => {
  const { told, stated } = await tell(EVENTS);
  const inOrder = EVENTS.map(([event]) => event);
  expect(told).toEqual(EVENTS.map(([, text]) => text));
  const [last] = inOrder.slice(-1);
  // The connection's subscriptions end with it.
  const ending = { type: 'subscriptions_changed', connection, change: -2 };
  expect(stated).toEqual([...inOrder.slice(0, -1), ending, last]);
});

test('each step of an operation has its documented JSON, and the hub states the same step', async () => {
  const { told, stated } = await tell(OPERATIONS);
  expect(told).toEqual(OPERATIONS.map(([, text]) => text));
  expect(stated).toMatchObject(OPERATIONS.map(([event]) => event));
});

test('an end that overtakes its start is sent with the size of the request and the details of the start', async () => {
  const hub = createHub();
  const { sessions, reporter, bodies } = createReporter(
    () => hub,
    () => 'there',
  );
  await vi.advanceTimersByTimeAsync(100);
  const [[start], [end]] = OPERATIONS as [(typeof OPERATIONS)[0], (typeof OPERATIONS)[0]];
  for (const event of [{ type: 'request_started', request, sizeBytes: 11 } as const, ended(request)])
    sessions.publish(event);
  for (const event of [start, end]) sessions.publish(event);
  await vi.advanceTimersByTimeAsync(100);
  const [text = ''] = eventsOf(bodies);
  expect(JSON.parse(`[${text}]`)).toMatchObject([
    { type: 'request_ended', request_size_bytes: 11, size_bytes: 22 },
    { type: 'operation', kind: 'failed', details: { rows: 7 } },
  ]);
  expect(await hub.total('mcp_server_message_size_bytes_sum', { direction: 'client_to_server' })).toBe(11);
  expect(await hub.total('mcp_server_message_size_bytes_sum', { direction: 'server_to_client' })).toBe(22);
  await reporter.close();
  hub.close();
});
