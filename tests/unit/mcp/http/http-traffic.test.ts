import { beforeEach, describe, expect, onTestFinished, test, vi } from 'vitest';

import type { HttpExchange } from '../../../../src/mcp/http/http-exchange.ts';
import { HttpTraffic } from '../../../../src/mcp/http/http-traffic.ts';
import { WatchedServer } from '../../../../src/mcp/protocol/watched-server.ts';
import { wireTextOf } from '../../../../src/mcp/wire/wire-text.ts';
import type { MonitorEvent } from '../../../../src/monitor/events.ts';
import { LIMITS } from '../../../../src/monitor/limits.ts';
import { SessionRegistry } from '../../../../src/monitor/session-registry.ts';
import { DEFAULT_CONFIG } from '../../../../src/settings/config.ts';
import { FakeClock } from '../../../support/fake-clock.ts';

let clock: FakeClock;
let events: MonitorEvent[];
let faults: unknown[];
let sessions: SessionRegistry;
let traffic: HttpTraffic;

beforeEach(() => {
  vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval'] });
  onTestFinished(() => void vi.useRealTimers());
  clock = new FakeClock();
  events = [];
  faults = [];
  sessions = new SessionRegistry({ clock, onFault: (_part, error) => faults.push(error) });
  sessions.subscribe((event) => events.push(event));
  traffic = new HttpTraffic({
    sessions,
    clock,
    config: { ...DEFAULT_CONFIG, mcpSessionIdleSeconds: 60 },
    server: new WatchedServer({ name: 'demo' }),
    sessionOf: undefined,
  });
  onTestFinished(() => {
    traffic.close();
    expect(faults).toEqual([]);
  });
});

type Headers = Readonly<Record<string, string>>;
interface Head {
  method?: string;
  path?: string;
  client?: string;
  headers?: Headers;
}

const begin = ({ headers = {}, ...head }: Head = {}) =>
  traffic.exchange({ method: 'POST', path: '/mcp', client: 'a', ...head, header: (name) => headers[name] });
const inSession = (id: string, head: Head = {}) => begin({ ...head, headers: { 'mcp-session-id': id } });

const text = (message: unknown) => wireTextOf(JSON.stringify(message));
const call = (id: unknown, name = 'add') => ({ jsonrpc: '2.0', id, method: 'tools/call', params: { name } });
const result = (id: unknown, content: unknown = []) => ({ jsonrpc: '2.0', id, result: { content } });

function respond(exchange: HttpExchange, status: number, headers: Headers, ...chunks: string[]) {
  exchange.response(status, (name) => headers[name]);
  for (const chunk of chunks) exchange.responseChunk(Buffer.from(chunk));
}
const JSON_TYPE = { 'content-type': 'application/json' };
const STREAM_TYPE = { 'content-type': 'text/event-stream' };
const json = (exchange: HttpExchange, value: unknown, status = 200, headers: Headers = {}) =>
  respond(exchange, status, { ...JSON_TYPE, ...headers }, JSON.stringify(value));
const event = (value: unknown, id?: string) =>
  `${id === undefined ? '' : `id: ${id}\n`}data: ${JSON.stringify(value)}\n\n`;

const ended = () =>
  events.flatMap((each) => (each.type === 'request_ended' ? [each.cancellation ?? each.errorType] : []));
const errors = () => events.flatMap((each) => (each.type === 'transport_error' ? [each.kind] : []));
const closed = () => events.flatMap((each) => (each.type === 'connection_closed' ? [each.errorType] : []));
const count = (type: MonitorEvent['type']) => events.filter((each) => each.type === type).length;

describe('a request without a session', () => {
  test('a JSON response answers its requests when it is complete', async () => {
    const exchange = begin();
    expect(exchange.requestBody(text(call(1)))).not.toBeNull();
    json(exchange, result(1));
    expect(ended()).toEqual([]);
    await exchange.end('complete');
    await exchange.end('broken');
    expect(ended()).toEqual(['']);
    expect([count('connection_opened'), count('connection_closed')]).toEqual([0, 0]);
  });

  test('the events of a stream answer at once', async () => {
    const exchange = begin();
    exchange.requestBody(text([call(1), call(2)]));
    respond(exchange, 200, STREAM_TYPE, event(result(1)), ': comment\n\n', 'data: \n\n');
    expect(ended()).toEqual(['']);
    await exchange.end('complete');
    expect(ended()).toEqual(['', 'connection_closed']);
    expect(errors()).toEqual([]);
  });

  test.each([
    ['complete', 200, 'unobserved'],
    ['broken', 200, 'connection_closed'],
    ['client_gone', 200, 'disconnect'],
    ['complete', 499, 'disconnect'],
    ['complete', 500, '_OTHER'],
    ['broken', 400, '_OTHER'],
    ['complete', 399, '_OTHER'],
    ['client_gone', 500, 'disconnect'],
  ] as const)('an unanswered request ends after %s with status %d as %s', async (how, status, end) => {
    const exchange = begin();
    exchange.requestBody(text(call(1)));
    json(exchange, {}, status);
    await exchange.end(how);
    expect(ended()).toEqual([end]);
  });

  test('a client may disconnect before the response has begun', async () => {
    const exchange = begin();
    exchange.requestBody(text(call(1)));
    exchange.responseChunk(Buffer.from('{}'));
    await exchange.responseEnd();
    await exchange.end('client_gone');
    expect(ended()).toEqual(['disconnect']);
  });

  test('a refused request has the code and the status of its refusal', async () => {
    const exchange = begin();
    exchange.requestBody(text(call(1)));
    json(exchange, { jsonrpc: '2.0', id: null, error: { code: -32_000, message: 'no' } }, 403);
    await exchange.end('complete');
    expect(exchange.errorCode).toBe('-32000');
    expect(ended()).toEqual(['-32000']);
    expect(
      events.find(({ type, ...each }) => type === 'operation' && 'error' in each && each.error),
    ).toMatchObject({
      error: 'the server refused the request with HTTP status 403',
    });
  });

  test.each([
    [200, { error: { code: 5, message: 'no' } }],
    [400, { error: { message: 'no' } }],
    [400, { result: {} }],
    [400, { method: 'notifications/message' }],
  ])('a response with status %d and %j has no error code', async (status, members) => {
    const exchange = begin();
    json(exchange, { jsonrpc: '2.0', id: 7, ...members }, status);
    await exchange.end('complete');
    expect(exchange.errorCode).toBeNull();
  });

  test('a response that cannot be read leaves its request unobserved', async () => {
    for (const headers of [{ 'content-type': 'text/html' }, { ...JSON_TYPE, 'content-encoding': 'zstd' }]) {
      const exchange = begin();
      exchange.requestBody(text(call(1)));
      respond(exchange, 200, headers, JSON.stringify(result(1)));
      await exchange.end('complete');
    }
    expect(ended()).toEqual(['unobserved', 'unobserved']);
  });

  test('a response that is not JSON is a parse error, unless it is a refusal', async () => {
    for (const status of [200, 500]) {
      const exchange = begin();
      respond(exchange, status, JSON_TYPE, 'oops');
      await exchange.end('complete');
    }
    expect(errors()).toEqual(['parse']);
  });

  test('a request that is not JSON is a parse error, and a parsed one is read', () => {
    expect(begin().requestBody(wireTextOf('oops'))).toBeNull();
    expect(errors()).toEqual(['parse']);
    expect(begin().parsedRequestBody(call(1))).not.toBeNull();
    expect(begin().parsedRequestBody([{ jsonrpc: '2.0', id: 2, method: 'ping' }])).toBeNull();
    expect(begin().parsedRequestBody('text')).toBeNull();
    expect(count('request_started')).toBe(2);
    expect(errors()).toEqual(['parse']);
  });

  test('headers of the request belong to its messages', () => {
    const traceparent = '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01';
    begin({ headers: { traceparent, 'mcp-protocol-version': '2026-07-28' } }).requestBody(text(call(1)));
    expect(events.find(({ type }) => type === 'request_started')).toMatchObject({
      request: {
        trace: { spanId: 'b7ad6b7169203331' },
        connection: { protocolVersion: '2026-07-28', serverName: 'demo', transport: 'tcp' },
      },
      sizeBytes: text(call(1)).sizeBytes,
    });
  });

  test('the first operation of a batch is returned', () => {
    const batch = [{ jsonrpc: '2.0', id: 1, method: 'ping' }, call(2), call(3)];
    expect(begin().requestBody(text(batch))).not.toBeNull();
    expect(count('operation')).toBe(2);
  });
});

describe('the ids of a request', () => {
  const idsOf = (...ids: unknown[]) => {
    const exchange = begin();
    exchange.requestBody(text(ids.map((id) => call(id))));
    return exchange.requestIds;
  };

  test('the ids of all requests are known, but not of notifications', () => {
    const exchange = begin();
    exchange.requestBody(text([call(1), { jsonrpc: '2.0', method: 'notifications/initialized' }, call('a')]));
    expect(exchange.requestIds).toEqual([1, 'a']);
  });

  test('no ids are known if one is too long, or there are too many', () => {
    expect(idsOf('x'.repeat(1000))).toHaveLength(1);
    expect(idsOf('x'.repeat(1001), 1)).toEqual([]);
    expect(idsOf(...Array.from({ length: 100 }, (_, id) => id))).toHaveLength(100);
    expect(idsOf(...Array.from({ length: 101 }, (_, id) => id))).toEqual([]);
  });
});

describe('a session', () => {
  /** A session as Streamable HTTP opens it. */
  async function opened(id = 's-1', head: Head = {}) {
    const exchange = begin(head);
    exchange.requestBody(text({ jsonrpc: '2.0', id: 0, method: 'initialize' }));
    const initialized = { jsonrpc: '2.0', id: 0, result: { protocolVersion: '2025-11-25' } };
    json(exchange, initialized, 200, { 'mcp-session-id': id });
    await exchange.end('complete');
  }

  test('a session lasts until its client deletes it', async () => {
    await opened();
    const exchange = inSession('s-1');
    exchange.requestBody(text(call(1)));
    json(exchange, result(1));
    await exchange.end('complete');
    expect([count('connection_opened'), closed()]).toEqual([1, []]);
    expect(sessions.list()).toMatchObject([{ sessionId: 's-1', status: 'idle' }]);
    const deletion = inSession('s-1', { method: 'DELETE' });
    respond(deletion, 204, {});
    await deletion.end('complete');
    expect(closed()).toEqual(['']);
    expect(sessions.list()).toMatchObject([{ sessionId: 's-1', status: 'closed' }]);
  });

  test.each(['complete', 'broken', 'client_gone'] as const)(
    'a session outlives a stream of its own that ends (%s)',
    async (how) => {
      await opened();
      const stream = inSession('s-1', { method: 'GET' });
      respond(stream, 200, STREAM_TYPE, event({ jsonrpc: '2.0', method: 'notifications/message' }));
      await stream.end(how);
      expect([count('notification'), closed()]).toEqual([1, []]);
    },
  );

  test.each([199, 300, 405])('a session outlives a deletion with status %d', async (status) => {
    await opened();
    const deletion = inSession('s-1', { method: 'DELETE' });
    respond(deletion, status, {});
    await deletion.end('complete');
    expect(closed()).toEqual([]);
  });

  test('a session that the server has forgotten ends, and a 404 without a session ends none', async () => {
    await opened();
    const waiting = inSession('s-1');
    waiting.requestBody(text(call(1)));
    const other = begin();
    json(other, {}, 404);
    await other.end('complete');
    expect(closed()).toEqual([]);
    const forgotten = inSession('s-1');
    json(forgotten, {}, 404);
    await forgotten.end('complete');
    expect(closed()).toEqual(['connection_closed']);
    expect(ended()).toEqual(['', 'connection_closed']);
  });

  test('a request in flight may be answered on another stream, if it can be resumed', async () => {
    await opened();
    const first = inSession('s-1');
    first.requestBody(text(call(1)));
    respond(first, 200, STREAM_TYPE, event({ jsonrpc: '2.0', method: 'notifications/message' }, '7'));
    await first.end('broken');
    expect(ended()).toEqual(['']);
    const resumed = inSession('s-1', { method: 'GET' });
    respond(
      resumed,
      200,
      STREAM_TYPE,
      event({ jsonrpc: '2.0', method: 'notifications/message' }, '7'),
      event(result(1), '8'),
      event(result(1), '8'),
    );
    expect(ended()).toEqual(['', '']);
    expect(count('notification')).toBe(1);
    expect(errors()).toEqual([]);
  });

  test('a request of a session without event ids, or without a session, cannot be resumed', async () => {
    await opened();
    const exchange = inSession('s-1');
    exchange.requestBody(text(call(1)));
    respond(exchange, 200, STREAM_TYPE, event({ jsonrpc: '2.0', method: 'notifications/message' }, ''));
    await exchange.end('broken');
    const alone = begin();
    alone.requestBody(text(call(2)));
    respond(alone, 200, STREAM_TYPE, event({ jsonrpc: '2.0', method: 'notifications/message' }, '7'));
    await alone.end('broken');
    expect(ended()).toEqual(['', 'connection_closed', 'connection_closed']);
  });

  test('a request of a session that is accepted with 202 stays in flight', async () => {
    await opened();
    const exchange = inSession('s-1');
    exchange.requestBody(text(call(1)));
    respond(exchange, 202, {});
    await exchange.end('complete');
    expect(ended()).toEqual(['']);
  });

  test('a session that began before it was observed is one, and an empty id is none', async () => {
    for (const id of ['early', 'early', '']) {
      const exchange = inSession(id);
      exchange.requestBody(text(call(1)));
      json(exchange, result(1));
      await exchange.end('complete');
    }
    expect(sessions.list().map(({ sessionId, totalOperations }) => [sessionId, totalOperations])).toEqual([
      ['demo', 1],
      ['early', 2],
    ]);
    expect([count('connection_opened'), closed()]).toEqual([1, []]);
  });

  test('a session whose id is given to another client ends, unless it is in use', async () => {
    await opened('same');
    await opened('same');
    expect([count('connection_opened'), closed()]).toEqual([2, ['']]);
    const open = inSession('same');
    open.requestBody(text(call(1)));
    await opened('same');
    expect(closed()).toEqual(['']);
    json(open, result(1));
    await open.end('complete');
    expect(ended().at(-1)).toBe('');
  });

  test('a long session id is cut, and still the same session', async () => {
    const long = 'x'.repeat(500);
    await opened(long);
    const exchange = inSession(long);
    exchange.requestBody(text(call(1)));
    expect(count('connection_opened')).toBe(1);
    expect(sessions.list()[0]?.sessionId.length).toBeLessThanOrEqual(LIMITS.name_length.max);
    expect(events).toContainEqual({ type: 'limit_reached', limit: 'name_length', count: 1 });
  });

  test('the requests of idle sessions end as their last exchange did, or as unobserved', async () => {
    await opened('quiet');
    const waiting = inSession('quiet');
    waiting.requestBody(text(call(1)));
    respond(waiting, 202, {});
    await waiting.end('complete');
    await opened('lost', { client: 'b' });
    const lost = inSession('lost', { client: 'b' });
    lost.requestBody(text(call(2)));
    respond(lost, 200, STREAM_TYPE, event({ jsonrpc: '2.0', method: 'notifications/message' }, '7'));
    await lost.end('broken');
    await opened('gone', { client: 'c' });
    const gone = inSession('gone', { client: 'c' });
    gone.requestBody(text(call(3)));
    respond(gone, 200, STREAM_TYPE, event({ jsonrpc: '2.0', method: 'notifications/message' }, '8'));
    await gone.end('client_gone');
    events = [];
    clock.advance(60_000);
    vi.advanceTimersByTime(60_000);
    expect(closed()).toEqual([]);
    clock.advance(1);
    vi.advanceTimersByTime(60_000);
    expect(closed()).toEqual(['', 'connection_closed', '']);
    expect(ended()).toEqual(['unobserved', 'connection_closed', 'disconnect']);
    expect(events).toContainEqual(expect.objectContaining({ unobserved: 'session_idle' }));
    vi.advanceTimersByTime(60_000);
    expect(closed()).toHaveLength(3);
  });

  test('a session in use is not idle, however often earlier exchanges ended', async () => {
    await opened();
    const before = inSession('s-1');
    for (const how of ['complete', 'client_gone'] as const) await before.end(how);
    inSession('s-1', { method: 'GET' });
    clock.advance(600_000);
    vi.advanceTimersByTime(600_000);
    expect(closed()).toEqual([]);
  });

  test('all sessions end when the traffic ends', async () => {
    await opened('one');
    await opened('two');
    traffic.close();
    expect(closed()).toEqual(['', '']);
    expect(vi.getTimerCount()).toBe(0);
  });

  test('sessions of one client beyond its share evict its own oldest one', async () => {
    await opened('theirs', { client: 'b' });
    for (let i = 0; i < 1000; i++) await opened(`s-${i}`);
    expect([closed(), count('limit_reached')]).toEqual([[], 0]);
    await opened('one more');
    expect(closed()).toEqual(['unobserved']);
    expect(events.filter(({ type }) => type === 'limit_reached')).toMatchObject([
      { limit: 'proxied_connections' },
    ]);
    inSession('s-0').requestBody(text({ jsonrpc: '2.0', id: 1, method: 'ping' }));
    inSession('theirs', { client: 'b' }).requestBody(text({ jsonrpc: '2.0', id: 1, method: 'ping' }));
    // `s-0` is opened anew; `theirs` was still open.
    expect(count('connection_opened')).toBe(1003);
  });
});

describe('what another observer of the same traffic also knows', () => {
  const requests = () => events.flatMap((each) => (each.type === 'request_started' ? [each.request] : []));

  test('the conversation has the id of the session', () => {
    inSession('5f0c3c1e').requestBody(text(call(1)));
    begin().requestBody(text(call(1)));
    expect(requests().map(({ connection }) => connection.conversationId)).toEqual(['5f0c3c1e', undefined]);
  });

  test.each([
    ['/messages?sessionId=5f0c3c1e', '5f0c3c1e'],
    ['/messages/?session_id=5f0c3c1e', '5f0c3c1e'],
  ])('the conversation has the id in the endpoint %s of HTTP+SSE', (endpoint, id) => {
    const stream = begin({ method: 'GET', path: '/sse' });
    respond(stream, 200, STREAM_TYPE, `event: endpoint\ndata: ${endpoint}\n\n`);
    begin({ path: endpoint }).requestBody(text(call(1)));
    expect(requests().map(({ connection }) => connection.conversationId)).toEqual([id]);
  });

  test.each([
    ['1', '1'],
    ['"1"', '"1"'],
    // The SDKs round it, so an observer in the server's process does not know the exact id.
    ['9007199254740993', '9007199254740992'],
  ])('the request with the id %s has the id %s', (id, known) => {
    begin().requestBody(wireTextOf(`{"jsonrpc":"2.0","id":${id},"method":"ping"}`));
    expect(requests().map(({ rpcId }) => rpcId)).toEqual([known]);
  });
});

describe('a stream of HTTP+SSE', () => {
  const announce = (endpoint: string) => `event: endpoint\ndata: ${endpoint}\n\n`;

  /** A stream that has announced its endpoint. */
  function streaming(endpoint: string, path = '/sse') {
    const stream = begin({ method: 'GET', path });
    respond(stream, 200, STREAM_TYPE, announce(endpoint));
    return stream;
  }

  /** Posts a call to a path of the proxy, which responds with 202. Its response is expected only on a stream. */
  async function posted(path: string, id: number) {
    const exchange = begin({ path });
    exchange.requestBody(text(call(id)));
    respond(exchange, 202, {});
    await exchange.end('complete');
  }

  test.each([
    ['/messages?session=1', '/messages?session=1'],
    ['messages', '/messages'],
    ['?session=1', '/sse?session=1'],
    ['../up', '/up'],
  ])('calls at the announced endpoint %s are answered on the stream', async (endpoint, path) => {
    const stream = streaming(endpoint);
    await posted(path, 1);
    expect(ended()).toEqual([]);
    stream.responseChunk(Buffer.from(event(result(1))));
    expect(ended()).toEqual(['']);
    expect(count('connection_opened')).toBe(1);
  });

  test.each([
    'http://client/messages',
    'HTTPS://other.test/messages',
    '//client/messages',
    '\\\\client/messages',
    ' /\\client/messages',
    'x-y.z+1:messages',
  ])('an endpoint with a host (%s) is not observed', async (endpoint) => {
    streaming(endpoint);
    await posted('/messages', 1);
    expect(ended()).toEqual(['unobserved']);
  });

  test.each(['1:messages', 'a b:c', '/http://a'])('the endpoint %s has no host', async (endpoint) => {
    streaming(endpoint);
    await posted(new URL(endpoint, 'http://client/sse').pathname, 1);
    expect(ended()).toEqual([]);
  });

  test.each([
    ['complete', 'connection_closed', 'connection_closed'],
    ['broken', 'connection_closed', 'connection_closed'],
    ['client_gone', '', 'close'],
  ] as const)('a stream that ends (%s) ends its connection', async (how, close, end) => {
    const stream = streaming('/messages');
    await posted('/messages', 1);
    await stream.end(how);
    expect([closed(), ended()]).toEqual([[close], [end]]);
    // The endpoint belongs to no stream now.
    await posted('/messages', 2);
    expect(ended()).toEqual([end, 'unobserved']);
  });

  test('streams with different endpoints are different connections', async () => {
    const [one, other] = [streaming('/messages?session=1'), streaming('/messages?session=2')];
    await posted('/messages?session=1', 1);
    await posted('/messages?session=2', 1);
    await one.end('client_gone');
    expect(ended()).toEqual(['close']);
    other.responseChunk(Buffer.from(event(result(1))));
    expect(ended()).toEqual(['close', '']);
    traffic.close();
    expect(closed()).toEqual(['', '']);
  });
});

describe('the event ids of a session', () => {
  test('the latest event ids are kept, and given back when the session ends', async () => {
    const { max } = LIMITS.stream_events_per_connection;
    const stream = inSession('s-1', { method: 'GET' });
    const allowance = sessions.allowance('stream_events_total');
    const notify = (id: string) => event({ jsonrpc: '2.0', method: 'notifications/message' }, id);
    respond(stream, 200, STREAM_TYPE, ...Array.from({ length: max }, (_, id) => notify(`e${id}`)));
    expect([allowance.used, count('notification')]).toEqual([max, max]);
    for (const id of ['e0', 'new', 'e1', 'e0']) stream.responseChunk(Buffer.from(notify(id)));
    // `new` evicts `e0`, which is counted again and evicts `e1`.
    expect([allowance.used, count('notification')]).toEqual([max, max + 2]);
    traffic.close();
    expect(allowance.used).toBe(0);
  });
});
