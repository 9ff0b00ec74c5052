import { beforeEach, describe, expect, onTestFinished, test, vi } from 'vitest';

import { CLOSED, serverExited } from '../../../../src/mcp/protocol/request-end.ts';
import {
  TrafficObserver,
  type TrafficObserverOptions,
} from '../../../../src/mcp/protocol/traffic-observer.ts';
import { WatchedServer } from '../../../../src/mcp/protocol/watched-server.ts';
import { wireTextOf } from '../../../../src/mcp/wire/wire-text.ts';
import type { MonitorEvent, OperationEvent } from '../../../../src/monitor/events.ts';
import { SessionRegistry } from '../../../../src/monitor/session-registry.ts';
import type { TrafficEvent } from '../../../../src/monitor/traffic-events.ts';
import { DEFAULT_CONFIG } from '../../../../src/settings/config.ts';
import { FakeClock } from '../../../support/fake-clock.ts';
import { messageOf } from '../../../support/json-rpc.ts';

let clock: FakeClock;
let events: MonitorEvent[];
let sessions: SessionRegistry;
let observerErrors: unknown[];

beforeEach(() => {
  clock = new FakeClock();
  events = [];
  observerErrors = [];
  sessions = new SessionRegistry({ clock, onFault: (_part, error) => observerErrors.push(error) });
  sessions.subscribe((event) => events.push(event));
});

function observing(options: Partial<TrafficObserverOptions> = {}) {
  const observer = new TrafficObserver({
    sessions,
    clock,
    server: new WatchedServer({
      name: 'demo',
      sdkVersion: '1.2.3',
      hasTool: (name) => name === 'add',
      hasPrompt: () => false,
    }),
    transport: 'pipe',
    config: DEFAULT_CONFIG,
    mcpSessionId: () => undefined,
    ...options,
  });
  return {
    observer,
    client: (message: object) => observer.receive({ jsonrpc: '2.0', ...message }, () => undefined),
    server: (message: object) => observer.send({ jsonrpc: '2.0', ...message }, () => Promise.resolve()),
  };
}

function call(id: string | number, name = 'add', meta: object = {}) {
  return { id, method: 'tools/call', params: { name, arguments: {}, _meta: meta } };
}

const ended = () => events.filter((event) => event.type === 'request_ended');
const operations = () => events.filter((event): event is OperationEvent => event.type === 'operation');
const kinds = () => operations().map(({ operationName, kind }) => `${operationName} ${kind}`);
const ofType = <T extends TrafficEvent['type']>(type: T) =>
  events.filter((event): event is Extract<TrafficEvent, { type: T }> => event.type === type);

describe('how a request ends', () => {
  test('a result is a success, timed from request to answer', async () => {
    const { client, server } = observing();
    client(call(1));
    clock.advance(250);
    await server({ id: 1, result: { content: [] } });
    expect(ended()).toMatchObject([
      { toolName: 'add', errorType: '', durationSeconds: 0.25, cancellation: null },
    ]);
    expect(kinds()).toEqual(['add started', 'add completed']);
  });

  test('a result with isError is a failure, with the tool’s own words', async () => {
    const { client, server } = observing();
    client(call(1));
    await server({ id: 1, result: { isError: true, content: [{ type: 'text', text: 'no such file' }] } });
    expect(ended()).toMatchObject([{ errorType: 'tool_error' }]);
    expect(operations().at(-1)).toMatchObject({ kind: 'failed', error: 'no such file' });
  });

  test('isError of anything but a tool call means nothing', async () => {
    const { client, server } = observing();
    client({ id: 1, method: 'resources/read', params: {} });
    await server({ id: 1, result: { isError: true } });
    expect(ended()).toMatchObject([{ errorType: '' }]);
  });

  test('a JSON-RPC error is a failure by its code', async () => {
    const { client, server } = observing();
    client(call(1));
    await server({ id: 1, error: { code: -32602, message: 'bad arguments' } });
    expect(ended()).toMatchObject([{ errorType: '-32602' }]);
    expect(operations().at(-1)).toMatchObject({ kind: 'failed', error: 'bad arguments' });
  });

  test('a cancel ends its request as cancelled, and a late answer is expected', async () => {
    const { client, server } = observing();
    client(call(7));
    client({ method: 'notifications/cancelled', params: { requestId: 7, reason: 'user' } });
    expect(ended()).toMatchObject([{ errorType: 'cancelled', cancellation: 'notification' }]);
    expect(kinds()).toEqual(['add started', 'add cancelled']);
    await server({ id: 7, result: {} });
    expect(ended()).toHaveLength(1);
    expect(ofType('transport_error')).toEqual([]);
  });

  test('a cancel because the client’s time was up is a timeout, and its operation failed', () => {
    const { client } = observing();
    client(call(7));
    const reason = 'McpError: MCP error -32001: Request timed out';
    client({ method: 'notifications/cancelled', params: { requestId: 7, reason } });
    expect(ended()).toMatchObject([{ errorType: 'timeout', cancellation: 'timeout' }]);
    expect(kinds()).toEqual(['add started', 'add failed']);
  });

  test('a cancel of id 0, which the SDK overlooks, leaves the request to its answer', async () => {
    const { client, server } = observing();
    client(call(0));
    client({ method: 'notifications/cancelled', params: { requestId: 0 } });
    expect(ended()).toEqual([]);
    await server({ id: 0, result: {} });
    expect(ended()).toMatchObject([{ errorType: '', cancellation: null }]);
  });

  test('a cancel of id 0 without an answer ends its request, with the time until the cancel', () => {
    vi.useFakeTimers();
    onTestFinished(() => void vi.useRealTimers());
    const { client } = observing();
    client(call(0));
    clock.advance(100);
    client({ method: 'notifications/cancelled', params: { requestId: 0 } });
    clock.advance(5000);
    vi.advanceTimersByTime(5000);
    expect(ended()).toMatchObject([{ errorType: 'cancelled', durationSeconds: 0.1 }]);
  });

  test('a cancel of id 0 before the close counts as what it was', () => {
    const { observer, client } = observing();
    client(call(0));
    client({ method: 'notifications/cancelled', params: { requestId: 0 } });
    observer.close();
    expect(ended()).toMatchObject([{ errorType: 'cancelled', cancellation: 'notification' }]);
  });

  test('an answer that is on its way when the connection closes is the end of its request', async () => {
    const { observer, client } = observing();
    client(call(1));
    await observer.send({ jsonrpc: '2.0', id: 1, result: {} }, async () => observer.close());
    expect(ended()).toMatchObject([{ errorType: '' }]);
    expect(ofType('transport_error')).toEqual([]);
  });

  test('an answer that cannot be sent is undeliverable, and the error goes on to the server', async () => {
    const { observer, client } = observing();
    client(call(1));
    const answer = { jsonrpc: '2.0', id: 1, result: {} };
    await expect(observer.send(answer, () => Promise.reject(new Error('gone')))).rejects.toThrow('gone');
    expect(ended()).toMatchObject([{ errorType: 'undeliverable' }]);
    expect(ofType('transport_error')).toMatchObject([{ kind: 'send_failed' }]);
  });

  test('a close ends whatever is in flight, and nothing is left', () => {
    const { observer, client } = observing();
    client(call(1));
    client({ id: 2, method: 'resources/list' });
    observer.close();
    observer.close();
    expect(ended()).toMatchObject([
      { errorType: 'cancelled', cancellation: 'close' },
      { errorType: 'cancelled', cancellation: 'close' },
    ]);
    expect(kinds()).toEqual(['add started', 'add cancelled']);
    expect(sessions.list()).toMatchObject([{ activeOperations: 0, status: 'closed' }]);
    expect(ofType('connection_closed')).toMatchObject([{ errorType: '' }]);
  });

  test('a close by the end of the server’s process is a failure of whatever is in flight', () => {
    const { observer, client } = observing();
    client({ id: 0, method: 'initialize' });
    client(call(1));
    observer.close(serverExited({ code: 3, signal: null }));
    expect(ended()).toMatchObject([
      { errorType: 'server_exited', cancellation: null },
      { errorType: 'server_exited', cancellation: null },
    ]);
    const [session] = sessions.list();
    expect(session).toMatchObject({ failedOperations: 1, cancelledOperations: 0, status: 'closed' });
    expect(session?.lastError).toBe("the server's process ended with exit code 3 before it responded");
  });

  test('a response to a request that was cancelled with all others is expected', async () => {
    const { observer, client, server } = observing();
    client(call(1));
    observer.endInFlight(CLOSED);
    await server({ id: 1, result: {} });
    expect(ended()).toMatchObject([{ errorType: 'cancelled', cancellation: 'close' }]);
    expect(ofType('transport_error')).toEqual([]);
  });

  test.each([
    ['Not connected', undefined],
    ['No connection established for request ID: 1', undefined],
    ['write failed', 'EPIPE'],
  ])('a response that finds no client (%s, %s) is that of a client that disconnected', async (text, code) => {
    const { observer, client } = observing();
    client(call(1));
    const send = () => Promise.reject(Object.assign(new Error(text), { code }));
    await expect(observer.send({ jsonrpc: '2.0', id: 1, result: {} }, send)).rejects.toThrow(text);
    expect(ended()).toMatchObject([{ errorType: 'cancelled', cancellation: 'disconnect' }]);
  });

  test('1 and "1" are two requests', async () => {
    const { client, server } = observing();
    client(call(1));
    client(call('1'));
    await server({ id: '1', result: {} });
    expect(ended()).toHaveLength(1);
    await server({ id: 1, result: {} });
    expect(ended()).toHaveLength(2);
  });

  test.each([
    ['the text of a number', 1, '1'],
    ['a text with another notation', 1, '1.0'],
    ['a text with spaces', 1, ' 1 '],
    ['the text of an id above 2^53', 9007199254740993n, '9007199254740993'],
    ['the text of a negative number', -5, '-5'],
  ])('a response whose id is %s ends its request, as in the SDKs’ clients', (_, id, answered) => {
    const { observer } = observing();
    observer.clientMessage(messageOf({ ...call(0), id }));
    observer.serverMessage(messageOf({ id: answered, result: {} }));
    expect(ended()).toMatchObject([{ errorType: '' }]);
    expect(ofType('transport_error')).toEqual([]);
  });

  test.each([
    ['an empty text', 0, ''],
    ['a blank text', 0, ' '],
    ['a number for a text', '1', 1],
    ['another big number', 9007199254740993n, '9007199254740992'],
    ['a rounded big number', 9007199254740993n, 9007199254740992],
    ['a word', 1, 'one'],
  ])('a response whose id is %s does not', (_, id, answered) => {
    const { observer } = observing();
    observer.clientMessage(messageOf({ ...call(0), id }));
    observer.serverMessage(messageOf({ id: answered, result: {} }));
    expect(ended()).toEqual([]);
    expect(ofType('transport_error')).toMatchObject([{ kind: 'unknown_id' }]);
  });

  test('a response is matched by its exact id first', () => {
    const { observer } = observing();
    observer.clientMessage(messageOf(call(1, 'add')));
    observer.clientMessage(messageOf({ ...call('1', 'add'), method: 'ping' }));
    observer.serverMessage(messageOf({ id: '1', result: {} }));
    expect(ended()).toMatchObject([{ request: { method: 'ping' } }]);
  });

  test('the late response to a cancelled request is expected, also with its id as a text', async () => {
    const { client, server } = observing();
    client(call(7));
    client({ method: 'notifications/cancelled', params: { requestId: 7 } });
    await server({ id: '7', result: {} });
    expect(ofType('transport_error')).toEqual([]);
  });

  test('two requests with one id end with a response each', async () => {
    const { client, server } = observing();
    client(call(1));
    clock.advance(100);
    client({ id: 1, method: 'ping' });
    expect(ended()).toEqual([]);
    clock.advance(50);
    await server({ id: 1, result: {} });
    await server({ id: '1', error: { code: 5, message: 'no' } });
    expect(ended()).toMatchObject([
      { request: { method: 'tools/call' }, errorType: '', durationSeconds: 0.15 },
      { request: { method: 'ping' }, errorType: '5', durationSeconds: 0.05 },
    ]);
    expect(ofType('transport_error')).toEqual([]);
    expect(sessions.list()).toMatchObject([
      { totalOperations: 1, activeOperations: 0, completedOperations: 1 },
    ]);
  });

  test('the second of two requests with one id is unobserved if only one response arrives', async () => {
    vi.useFakeTimers();
    onTestFinished(() => void vi.useRealTimers());
    const { client, server } = observing();
    client(call(1));
    client(call(1));
    vi.advanceTimersByTime(100_000);
    expect(ended()).toEqual([]);
    await server({ id: 1, result: {} });
    vi.advanceTimersByTime(59_000);
    expect(ended()).toHaveLength(1);
    vi.advanceTimersByTime(1000);
    expect(ended()).toMatchObject([{ errorType: '' }, { errorType: 'unobserved', unobserved: 'id_reused' }]);
    await server({ id: 1, result: {} });
    expect(ofType('transport_error')).toEqual([]);
    expect(observerErrors).toEqual([]);
  });

  test('the second of two requests with one id is not cancelled by the close after one response', async () => {
    const { observer, client, server } = observing();
    client(call(1));
    client(call(1));
    client(call(2));
    await server({ id: 1, result: {} });
    observer.close();
    expect(ended()).toMatchObject([
      { errorType: '' },
      { errorType: 'unobserved', cancellation: null },
      { errorType: 'cancelled', cancellation: 'close' },
    ]);
  });

  test('a cancel ends the latest of the requests with its id', () => {
    const { client } = observing();
    client(call(1));
    client({ id: 1, method: 'ping' });
    client({ method: 'notifications/cancelled', params: { requestId: 1 } });
    expect(ended()).toMatchObject([{ request: { method: 'ping' }, errorType: 'cancelled' }]);
  });

  test('progress is found by its token as in the SDKs’ clients', async () => {
    const { client, server } = observing();
    client(call(1, 'add', { progressToken: 3 }));
    const progress = { progressToken: '3', progress: 1, total: 2 };
    await server({ method: 'notifications/progress', params: progress });
    expect(operations().at(-1)).toMatchObject({ kind: 'progressed', progress: 50 });
  });

  test('an answer with an unknown id is counted', async () => {
    await observing().server({ id: 99, result: {} });
    expect(ofType('transport_error')).toMatchObject([{ kind: 'unknown_id' }]);
  });

  test('a result that requires input ends its round', async () => {
    const { client, server } = observing();
    client(call(1));
    await server({ id: 1, result: { resultType: 'input_required' } });
    expect(ended()).toMatchObject([{ errorType: '', inputRequired: true }]);
  });
});

describe('names', () => {
  test('a tool that the server did not register is _OTHER, whatever the network calls it', async () => {
    const { client, server } = observing();
    client(call(1, 'x".evil{'));
    await server({ id: 1, result: { isError: true, content: [] } });
    expect(ended()).toMatchObject([{ toolName: '_OTHER' }]);
    expect(operations()[0]).toMatchObject({
      operationName: '_OTHER',
      details: { requested_tool: 'x".evil{' },
    });
  });

  test('names of Object.prototype are not tools', () => {
    const registered = { add: {} };
    const { client } = observing({
      server: new WatchedServer({ name: 'demo', hasTool: (name) => Object.hasOwn(registered, name) }),
    });
    client(call(1, 'constructor'));
    expect(operations()[0]?.operationName).toBe('_OTHER');
  });

  test('where the registry cannot be seen, names are learned from lists', async () => {
    const { client, server } = observing({ server: new WatchedServer({ name: 'demo' }) });
    client({ id: 1, method: 'tools/list' });
    await server({ id: 1, result: { tools: [{ name: 'sub' }] } });
    client(call(2, 'sub'));
    expect(operations()[0]?.operationName).toBe('sub');
  });

  test('each tool of a list is published once', async () => {
    const { client, server } = observing();
    const tools = [{ name: 'add' }, { name: '' }, { name: 'sub' }];
    for (const id of [1, 2]) {
      client({ id, method: 'tools/list' });
      await server({ id, result: { tools } });
    }
    expect(ofType('tool_listed').map(({ toolName }) => toolName)).toEqual(['add', 'sub']);
  });

  test('where the registry cannot be seen, names are learned from calls that succeed', async () => {
    const { client, server } = observing({ server: new WatchedServer({ name: 'demo' }) });
    client(call(1, 'mul'));
    await server({ id: 1, result: {} });
    expect(ended()).toMatchObject([{ request: { toolName: '_OTHER' }, toolName: 'mul' }]);
    client(call(2, 'nope'));
    await server({ id: 2, result: { isError: true } });
    expect(ended()[1]).toMatchObject({ toolName: '_OTHER' });
  });

  test('methods and versions come from fixed lists', async () => {
    const { client, server } = observing();
    client({ id: 1, method: 'initialize', params: {} });
    await server({
      id: 1,
      result: { protocolVersion: '1999-01-01', serverInfo: { name: 'x', version: '2' } },
    });
    client({ id: 2, method: 'my/own' });
    await server({ id: 2, result: {} });
    expect(ofType('connection_opened')).toMatchObject([{ connection: { protocolVersion: '_OTHER' } }]);
    expect(ended().map(({ request }) => request.method)).toEqual(['initialize', '_OTHER']);
    expect(ofType('server_seen')).toMatchObject([{ serverVersion: '2', sdkVersion: '1.2.3' }]);
  });
});

describe('sessions', () => {
  test('a call belongs to its MCP session', () => {
    const { client } = observing({ mcpSessionId: () => 'mcp-1' });
    client(call(1));
    expect(sessions.list().map(({ sessionId }) => sessionId)).toEqual(['mcp-1']);
  });

  test('a call belongs to the session that the option chooses', () => {
    const { client } = observing({
      sessionOf: ({ toolName, arguments: args }) => `${toolName}:${JSON.stringify(args)}`,
    });
    client(call(1));
    expect(sessions.list().map(({ sessionId }) => sessionId)).toEqual(['add:{}']);
  });

  test('a sessionOf that throws or returns nonsense loses no call', () => {
    const broken = observing({
      mcpSessionId: () => 'mcp-1',
      sessionOf: () => {
        throw new Error('broken');
      },
    });
    broken.client(call(1));
    const nonsense = observing({ mcpSessionId: () => 'mcp-1', sessionOf: () => 'x'.repeat(300) });
    nonsense.client(call(1));
    expect(sessions.list()).toMatchObject([{ sessionId: 'mcp-1', activeOperations: 2 }]);
    expect(observerErrors).toHaveLength(1);
  });
});

describe('progress', () => {
  test('progress moves the operation whose token it carries', () => {
    const { client, server } = observing();
    client(call(1, 'add', { progressToken: 'a' }));
    client(call(2, 'add', { progressToken: 'b' }));
    void server({
      method: 'notifications/progress',
      params: { progressToken: 'b', progress: 3, total: 4, message: 'm' },
    });
    const progressed = operations().filter(({ kind }) => kind === 'progressed');
    expect(progressed).toMatchObject([{ progress: 75, details: { message: 'm' } }]);
    expect(progressed[0]?.operationId).toBe(operations()[1]?.operationId);
    expect(ofType('progress_notified')).toMatchObject([{ toolName: 'add' }]);
  });

  test('progress without a total, or past it, keeps within bounds', () => {
    const { client, server } = observing();
    client(call(1, 'add', { progressToken: 1 }));
    void server({ method: 'notifications/progress', params: { progressToken: 1, progress: 7 } });
    void server({ method: 'notifications/progress', params: { progressToken: 1, progress: 9, total: 4 } });
    void server({ method: 'notifications/progress', params: { progressToken: 1, progress: 1, total: 0 } });
    expect(operations().map(({ progress }) => progress)).toEqual([0, 0, 100, 100]);
    expect(observerErrors).toEqual([]);
  });
});

describe('the other direction', () => {
  test('a request of the server to the client is timed apart', async () => {
    const { client, server } = observing();
    await server({ id: 1, method: 'sampling/createMessage', params: {} });
    clock.advance(500);
    client({ id: 1, result: {} });
    expect(ended()).toMatchObject([
      { request: { direction: 'server_to_client', method: 'sampling/createMessage' }, durationSeconds: 0.5 },
    ]);
    expect(operations()).toEqual([]);
  });

  test.each([0, 5])('a request that the server cancels is cancelled, with id %d too', async (id) => {
    const { server } = observing();
    await server({ id, method: 'elicitation/create', params: {} });
    await server({ method: 'notifications/cancelled', params: { requestId: id } });
    expect(ended()).toMatchObject([{ errorType: 'cancelled' }]);
  });
});

test('a request that comes before the answer to initialize does not settle the version', async () => {
  const { client, server } = observing();
  client({ id: 1, method: 'initialize', params: {} });
  client({ id: 2, method: 'ping' });
  await server({ id: 1, result: { protocolVersion: '2025-06-18', serverInfo: {} } });
  expect(ofType('connection_opened')).toMatchObject([{ connection: { protocolVersion: '2025-06-18' } }]);
});

test('a message after the close is delivered, and moves nothing', () => {
  const { observer } = observing();
  observer.close();
  let delivered = 0;
  observer.receive({ jsonrpc: '2.0', ...call(1) }, () => (delivered += 1));
  expect(delivered).toBe(1);
  expect(ofType('request_started')).toEqual([]);
});

test('subscriptions are counted per resource, and let go at the close', async () => {
  const { observer, client, server } = observing();
  for (const [id, method] of [
    'subscribe',
    'subscribe',
    'unsubscribe',
    'unsubscribe',
    'subscribe',
  ].entries()) {
    client({ id, method: `resources/${method}`, params: { uri: 'a://b' } });
    await server({ id, result: {} });
  }
  observer.close();
  expect(ofType('subscriptions_changed').map(({ change }) => change)).toEqual([1, -1, 1, -1]);
});

test('a task is followed from its creation to its end', async () => {
  const { client, server } = observing();
  client(call(1));
  await server({ id: 1, result: { task: { taskId: 't', status: 'working' } } });
  clock.advance(3000);
  await server({ method: 'notifications/tasks/status', params: { taskId: 't', status: 'input_required' } });
  clock.advance(2000);
  client({ id: 2, method: 'tasks/get', params: { taskId: 't' } });
  await server({ id: 2, result: { taskId: 't', status: 'completed' } });
  await server({ method: 'notifications/tasks/status', params: { taskId: 't', status: 'completed' } });
  expect(ofType('task_changed').map(({ status, durationSeconds }) => [status, durationSeconds])).toEqual([
    ['working', null],
    ['input_required', null],
    ['completed', 5],
  ]);
});

test('the trace of a request is read from its traceparent, and nonsense is not', () => {
  const { client } = observing();
  client(call(1, 'add', { traceparent: '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01' }));
  client(call(2, 'add', { traceparent: '00-zz-b7-01' }));
  expect(ofType('request_started').map(({ request }) => request.trace)).toEqual([
    { traceId: '0af7651916cd43dd8448eb211c80319c', spanId: 'b7ad6b7169203331' },
    null,
  ]);
});

test.each([
  null,
  7,
  'text',
  [],
  {},
  { id: 1 },
  { method: 3 },
  { id: {}, result: 1 },
  { id: 1, method: 'tools/call', params: [] },
])('a message like %j neither throws nor keeps from being delivered', async (message) => {
  const { observer } = observing();
  let delivered = 0;
  observer.receive(message, () => (delivered += 1));
  await observer.send(message, () => Promise.resolve(void (delivered += 1)));
  expect(delivered).toBe(2);
  expect(observerErrors).toEqual([]);
});

test('a subscriber that fails does not keep a message from being delivered', () => {
  sessions.subscribe(() => {
    throw new Error('broken');
  });
  let delivered = 0;
  observing().observer.receive({ jsonrpc: '2.0', ...call(1) }, () => (delivered += 1));
  expect(delivered).toBe(1);
  expect(observerErrors.length).toBeGreaterThan(0);
});

describe('what comes without a session', () => {
  const stateless = () => observing({ transport: 'tcp', isSessionless: () => true });

  test('calls without an MCP session share one that is named like the server', () => {
    const [one, other] = [stateless(), stateless()];
    one.client(call(1));
    other.client(call(1));
    one.observer.close();
    expect(ofType('connection_opened')).toEqual([]);
    expect(ofType('connection_closed')).toEqual([]);
    expect(sessions.list()).toMatchObject([{ sessionId: 'demo', serverName: 'demo', activeOperations: 1 }]);
  });

  test('a request without a session is cancelled if its client disconnects', () => {
    const { observer, client } = stateless();
    client(call(1));
    observer.close();
    expect(ended()).toMatchObject([{ errorType: 'cancelled', cancellation: 'disconnect' }]);
    expect(kinds()).toEqual(['add started', 'add cancelled']);
  });
});

describe('the protocol version', () => {
  const envelope = { 'io.modelcontextprotocol/protocolVersion': '2026-07-28' };
  const discover = { id: 0, method: 'server/discover', params: { _meta: envelope } };

  test('the protocol version is not that of a probe which the old handshake follows', async () => {
    const { client, server } = observing();
    client(discover);
    await server({ id: 0, error: { code: -32601, message: 'no such method' } });
    client({ id: 1, method: 'initialize', params: { protocolVersion: '2025-11-25' } });
    await server({
      id: 1,
      result: { protocolVersion: '2025-11-25', serverInfo: { name: 'x', version: '1' } },
    });
    expect(ofType('connection_opened')).toMatchObject([{ connection: { protocolVersion: '2025-11-25' } }]);
  });

  test('the protocol version is that of the first request after a probe which was answered', async () => {
    const { client, server } = observing();
    client(discover);
    await server({ id: 0, result: { resultType: 'complete' } });
    client(call(1, 'add', envelope));
    expect(ofType('connection_opened')).toMatchObject([{ connection: { protocolVersion: '2026-07-28' } }]);
  });
});

describe('a server of the modern era', () => {
  test('a server of the modern era names itself with any result, and is published once', async () => {
    const { client, server } = observing();
    const _meta = { 'io.modelcontextprotocol/serverInfo': { name: 'demo', version: '2.0.0' } };
    for (const id of [1, 2]) {
      client(call(id));
      await server({ id, result: { resultType: 'complete', _meta } });
    }
    expect(ofType('server_seen')).toMatchObject([{ serverVersion: '2.0.0', sdkVersion: '1.2.3' }]);
  });
});

describe('the client of a session', () => {
  const CLIENT_INFO = 'io.modelcontextprotocol/clientInfo';
  const initialize = (clientInfo: unknown) => ({ id: 0, method: 'initialize', params: { clientInfo } });
  const clients = () =>
    sessions.list().map(({ clientName, clientVersion }) => [clientName, clientVersion].join(' '));

  test('a client names itself in initialize', () => {
    const { client } = observing();
    client(initialize({ name: 'claude-code', version: '2.0.60' }));
    client(call(1));
    expect(sessions.list()).toMatchObject([{ clientName: 'claude-code', clientVersion: '2.0.60' }]);
  });

  test('a client of the modern era names itself in each request', () => {
    const { client } = observing();
    client(call(1, 'add', { [CLIENT_INFO]: { name: 'cursor', version: '3' } }));
    expect(clients()).toEqual(['cursor 3']);
  });

  test.each([undefined, null, 'claude', {}, { name: '' }, { name: 7, version: '1' }])(
    'a client that gives no name is unknown: %j',
    (clientInfo) => {
      const { client } = observing();
      client(initialize(clientInfo));
      client(call(1));
      expect(sessions.list()).toMatchObject([{ clientName: null, clientVersion: null }]);
      expect(observerErrors).toEqual([]);
    },
  );

  test('a client without a version has an empty one', () => {
    const { client } = observing();
    client(initialize({ name: 'claude' }));
    client(call(1));
    expect(sessions.list()).toMatchObject([{ clientName: 'claude', clientVersion: '' }]);
  });

  test('the name and version of a client are redacted, then cut', () => {
    const { client } = observing();
    const name = `${'n'.repeat(80)} password=hunter2 ${'x'.repeat(10_000)}`;
    client(initialize({ name, version: `1 password=hunter2 ${'9'.repeat(10_000)}` }));
    client(call(1));
    const [text = ''] = clients();
    expect(text).toMatch(/^n{80} password.* 1 password=/);
    expect(text).not.toContain('hunter');
    expect(text.length).toBeLessThan(180);
  });

  test('a session that was chosen, or that all clients share, has no client of its own', () => {
    const introduced = { [CLIENT_INFO]: { name: 'cursor', version: '3' } };
    observing({ sessionOf: () => 'nightly' }).client(call(1, 'add', introduced));
    observing({ isSessionless: () => true }).client(call(1, 'add', introduced));
    expect(sessions.list()).toMatchObject([
      { sessionId: 'demo', clientName: null },
      { sessionId: 'nightly', clientName: null },
    ]);
  });
});

describe('what is known beside a message', () => {
  test('a trace in the HTTP request counts where the MCP request has none', () => {
    const { observer } = observing();
    const traceparent = '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01';
    observer.clientMessage(messageOf(call(1)), { traceparent });
    expect(ofType('request_started')).toMatchObject([
      { request: { trace: { traceId: '0af7651916cd43dd8448eb211c80319c' } } },
    ]);
  });

  test('sizes go with requests, answers and notifications', () => {
    const { observer } = observing();
    observer.clientMessage(messageOf(call(1)), { sizeBytes: 100 });
    observer.serverMessage(messageOf({ id: 1, result: {} }), { sizeBytes: 200 });
    observer.serverMessage(messageOf({ method: 'notifications/message' }), { sizeBytes: 300 });
    expect(ofType('request_started')).toMatchObject([{ sizeBytes: 100 }]);
    expect(ofType('request_ended')).toMatchObject([{ sizeBytes: 200 }]);
    expect(ofType('notification')).toMatchObject([{ sizeBytes: 300 }]);
  });
});

describe('what an operation’s details have', () => {
  const trace = '0af7651916cd43dd8448eb211c80319c';
  const traceparent = `00-${trace}-b7ad6b7169203331-01`;
  const asked = (id: number, args: unknown) => ({
    id,
    method: 'tools/call',
    params: { name: 'add', arguments: args },
  });
  const capturing = () => observing({ config: { ...DEFAULT_CONFIG, isCapturingPayloads: true } });
  const details = () => operations().map((operation) => operation.details ?? {});

  test('an operation has the id of its request’s trace from its start', () => {
    const { client, observer } = observing();
    client(call(1, 'add', { traceparent }));
    observer.clientMessage(messageOf(call(2)), { traceparent });
    client(call(3));
    expect(details()).toEqual([{ trace_id: trace }, { trace_id: trace }, {}]);
  });

  test('an operation has no arguments and no result by default', async () => {
    const { client, server } = observing();
    client(asked(1, { a: 'hunter2' }));
    await server({ id: 1, result: { content: [{ type: 'text', text: 'hunter2' }] } });
    expect(JSON.stringify(events)).not.toContain('hunter2');
    expect(JSON.stringify([...(sessions.monitors()[0]?.operations.values() ?? [])])).not.toContain('hunter2');
  });

  test('a captured operation has its arguments from its start, and its result from its end', async () => {
    const { client, server } = capturing();
    client(asked(1, { a: 1, password: 'hunter2' }));
    expect(details()).toEqual([{ arguments: { a: 1, password: '[redacted]' } }]);
    await server({ id: 1, result: { content: [{ type: 'text', text: 'token=hunter2' }], _meta: {} } });
    expect(details()[1]).toEqual({ result: { content: [{ type: 'text', text: 'token=[redacted]' }] } });
    expect(sessions.monitors()[0]?.endedOperations(1)).toMatchObject([
      { details: { arguments: { a: 1 }, result: { content: [{ type: 'text' }] } } },
    ]);
  });

  test('a captured operation has the result of a tool that failed, but none after an error or a cancel', async () => {
    const { client, server } = capturing();
    for (const id of [1, 2, 3]) client(asked(id, { id }));
    const isError = { isError: true, content: [{ type: 'text', text: 'no' }] };
    await server({ id: 1, result: isError });
    await server({ id: 2, error: { code: -32602, message: 'bad' } });
    client({ method: 'notifications/cancelled', params: { requestId: 3 } });
    await server({ id: 3, result: { content: [] } });
    expect(details().slice(3)).toEqual([
      { error: 'no', error_type: 'tool_error', result: isError },
      { error: 'bad', error_type: '-32602' },
      {},
    ]);
  });

  test('a captured operation has the size of a long message instead of its contents', () => {
    const { observer } = capturing();
    observer.clientMessage(messageOf(asked(1, { cut: 'hunter2' })), { sizeBytes: 300_000 });
    observer.serverMessage(messageOf({ id: 1, result: { content: ['cut'] } }), { sizeBytes: 1_234_567 });
    expect(details()).toEqual([
      { arguments: '[300,000 bytes: not captured]' },
      { result: '[1,234,567 bytes: not captured]' },
    ]);
  });

  test('capturing what cannot be read neither throws nor loses the call', async () => {
    const hostile = {
      get boom(): never {
        throw new Error('boom');
      },
    };
    const { client, server } = capturing();
    client(asked(1, hostile));
    await server({ id: 1, result: { content: [hostile] } });
    expect(details()).toEqual([{ arguments: '[unreadable]' }, { result: '[unreadable]' }]);
    expect(observerErrors).toEqual([]);
    expect(kinds()).toEqual(['add started', 'add completed']);
  });

  test('a message that is captured is parsed as a whole, up to a size', () => {
    const long = JSON.stringify({ jsonrpc: '2.0', ...asked(1, { long: 'x'.repeat(200_000) }) });
    const isWhole = ({ observer }: ReturnType<typeof observing>, text: string) => {
      const [read] = observer.read(wireTextOf(text), 'client_to_server').messages;
      return JSON.stringify(read) === JSON.stringify(messageOf(JSON.parse(text) as object));
    };
    expect([isWhole(observing(), long), isWhole(capturing(), long)]).toEqual([false, true]);
    const longer = long.replace('xxx', 'x'.repeat(100_000));
    expect(isWhole(capturing(), longer)).toBe(false);
  });
});

describe('a connection', () => {
  const opened = () => ofType('connection_opened').map(({ connection }) => connection.protocolVersion);

  test('a connection opens with the version of its first request, and closes with its duration', () => {
    clock.advance(5000);
    const { client, observer } = observing();
    const version = { 'io.modelcontextprotocol/protocolVersion': '2026-07-28' };
    clock.advance(500);
    client({ id: 1, method: 'ping', params: { _meta: version } });
    clock.advance(1000);
    observer.close();
    observer.close();
    expect(opened()).toEqual(['2026-07-28']);
    expect(ofType('connection_closed')).toMatchObject([{ durationSeconds: 1.5, errorType: '' }]);
  });

  test('a connection without a version opens all the same', () => {
    observing().client({ id: 1, method: 'ping' });
    expect(opened()).toEqual(['']);
  });

  test('a connection without messages neither opens nor closes', () => {
    observing().observer.close();
    expect([ofType('connection_opened'), ofType('connection_closed')]).toEqual([[], []]);
  });

  test('a connection opens with the next request if initialize fails', async () => {
    const { client, server } = observing();
    client({ id: 0, method: 'initialize', params: {} });
    client({ id: 1, method: 'ping' });
    expect(opened()).toEqual([]);
    await server({ id: 0, error: { code: -32_602, message: 'no' } });
    expect(opened()).toEqual([]);
    client({ id: 2, method: 'ping' });
    expect(opened()).toEqual(['']);
  });

  test('a connection that is watched from its middle names its server once', async () => {
    const { client, server } = observing();
    const serverInfo = { name: 'x', version: '2' };
    client({ id: 1, method: 'server/discover' });
    await server({ id: 1, result: { _meta: { 'io.modelcontextprotocol/serverInfo': serverInfo } } });
    expect(ofType('server_seen')).toEqual([]);
    for (const id of [2, 3]) {
      client({ id, method: 'ping' });
      await server({ id, result: { _meta: { 'io.modelcontextprotocol/serverInfo': serverInfo } } });
    }
    expect(ofType('server_seen')).toMatchObject([{ serverVersion: '2', sdkVersion: '1.2.3' }]);
  });
});
