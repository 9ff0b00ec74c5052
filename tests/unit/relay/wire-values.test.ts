import { expect, test } from 'vitest';

import type { MonitorEvent, OperationEvent } from '../../../src/monitor/events.ts';
import type { McpConnection, McpRequest } from '../../../src/monitor/traffic-events.ts';
import { Redactor } from '../../../src/redaction/redactor.ts';
import { parseReport } from '../../../src/relay/report-schema.ts';
import { WireEvents } from '../../../src/relay/wire-event.ts';

const LONG = 'n'.repeat(1000);

function writing() {
  const wire = new WireEvents({
    redactor: new Redactor(),
    clientOf: () => null,
    serverNameOf: (sessionId) => (sessionId === 'of a server' ? LONG : null),
    subscriptionsOf: () => 7,
  });
  /** The JSON of an event, which the hub must accept. */
  return (event: MonitorEvent, start?: MonitorEvent) => {
    const json = wire.toWire({ event, start, atMs: 0 });
    if (json) parseReport({ reporter_id: 'r', events: [JSON.parse(JSON.stringify(json))] });
    return json as Readonly<Record<string, unknown>> | null;
  };
}

const connection = (serverName = 's'): McpConnection => ({
  serverName,
  transport: 'pipe',
  protocolVersion: '',
});
const request = (toolName = 't', promptName = ''): McpRequest => ({
  connection: connection(LONG),
  direction: 'client_to_server',
  method: 'tools/call',
  toolName,
  promptName,
  trace: null,
});
const closed = (durationSeconds: number, errorType = '') =>
  ({ type: 'connection_closed', connection: connection(), durationSeconds, errorType }) as const;
const operation = (rest: Partial<OperationEvent> = {}): OperationEvent => ({
  type: 'operation',
  kind: 'failed',
  sessionId: 's',
  operationId: 'o',
  parentId: null,
  operationName: 'n',
  status: 'failed',
  progress: 0,
  timestampMs: 0,
  ...rest,
});

test.each([
  [0.25, 0.25],
  [0, 0],
  [-1, 0],
  [NaN, 0],
  [1e9, 1e9],
  [2e9, 1e9],
  [Infinity, 1e9],
])('a duration of %d seconds is sent as %d', (seconds, sent) => {
  const write = writing();
  expect(write(closed(seconds))).toMatchObject({ duration: sent });
  expect(write(operation({ duration: seconds }))).toMatchObject({ duration: sent });
});

test('every name is cut to the length that the hub accepts', () => {
  const write = writing();
  const events: MonitorEvent[] = [
    closed(1, LONG),
    { type: 'server_seen', connection: connection(LONG), serverVersion: LONG, sdkVersion: LONG },
    { type: 'request_started', request: request(LONG, LONG), sizeBytes: null },
    { type: 'progress_notified', connection: connection(), toolName: LONG },
    { type: 'http_rejected', serverName: LONG, httpStatus: 404, errorType: LONG },
    { type: 'child_started', serverName: LONG },
    operation({ sessionId: LONG, operationId: LONG, parentId: LONG, operationName: LONG }),
    operation({ sessionId: 'of a server' }),
    { type: 'session', kind: 'closed', session: { sessionId: LONG } } as MonitorEvent,
  ];
  for (const event of events) {
    const texts = JSON.stringify(write(event)).match(/"n+…[\da-f]+"/g) ?? [];
    expect(texts.length).toBeGreaterThan(0);
    for (const text of texts) expect(text).toHaveLength(256 + '""'.length);
  }
});

test('a server’s version is redacted, and its SDK’s version is sent as it is', () => {
  const secret = 'token=sk-ant-api03-abcdefghijklmnopqrstuvwxyz0123456789';
  const sent = writing()({
    type: 'server_seen',
    connection: connection(),
    serverVersion: secret,
    sdkVersion: '1.2.3',
  });
  expect(sent).toMatchObject({ sdk_version: '1.2.3' });
  expect(String(sent?.['server_version'])).not.toContain('sk-ant');
});

test('a connection and a request have one number each, whatever tells of them', () => {
  const write = writing();
  const [one, two] = [request(), request()];
  const idsOf = (of: McpRequest) => {
    const sent = write({ type: 'request_started', request: of, sizeBytes: null }) as {
      connection: { id: number };
      request: { id: number };
    } | null;
    return [sent?.connection.id, sent?.request.id];
  };
  expect([idsOf(one), idsOf(two), idsOf(one)]).toEqual([
    [1, 2],
    [3, 4],
    [1, 2],
  ]);
});

test('an end that overtakes its start has the details of both, and its own win', () => {
  const write = writing();
  const start = operation({ kind: 'started', status: 'started', details: { a: 1, b: 1 } });
  expect(write(operation({ details: { b: 2 } }), start)).toMatchObject({ details: { a: 1, b: 2 } });
  expect(write(operation(), start)).toMatchObject({ details: { a: 1, b: 1 } });
  expect(write(operation(), operation({ kind: 'started', status: 'started' }))).not.toHaveProperty('details');
});

test('details and errors of operations are redacted', () => {
  const sent = writing()(operation({ details: { api_key: 'hunter2' }, error: 'password=hunter2 is wrong' }));
  expect(JSON.stringify(sent)).not.toContain('hunter2');
  expect(sent).toMatchObject({ details: { api_key: '[redacted]' } });
});

test('an operation without a duration, details or an error is sent without them', () => {
  const sent = writing()(operation({ kind: 'started', status: 'started' }));
  for (const member of ['duration', 'details', 'error']) expect(sent).not.toHaveProperty(member);
});

test('only the end of a session is sent', () => {
  const write = writing();
  const session = (kind: 'opened' | 'changed' | 'closed') =>
    write({ type: 'session', kind, session: { sessionId: 's' } } as MonitorEvent);
  expect([session('opened'), session('changed'), session('closed')]).toEqual([
    null,
    null,
    { type: 'session_closed', session_id: 's' },
  ]);
});
