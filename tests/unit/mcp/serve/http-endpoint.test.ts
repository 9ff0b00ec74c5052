import { Server } from '@modelcontextprotocol/sdk/server/index.js';
import { expect, test } from 'vitest';

import { createMcpEndpoint, type McpEndpointOptions } from '../../../../src/mcp/serve/http-endpoint.ts';
import { DEFAULT_CONFIG } from '../../../../src/settings/config.ts';
import { memoryHttp, type MemoryRequest } from '../../../support/memory-http.ts';

const HEADERS = { 'content-type': 'application/json', accept: 'application/json, text/event-stream' };
const INITIALIZE = {
  jsonrpc: '2.0',
  id: 0,
  method: 'initialize',
  params: { protocolVersion: '2025-11-25', capabilities: {}, clientInfo: { name: 'raw', version: '1' } },
};
const PING = { jsonrpc: '2.0', id: 1, method: 'ping' };

/** An endpoint, how many of its servers are open, and what it refuses. */
function endpointing(options: Partial<McpEndpointOptions> = {}) {
  const refused: string[] = [];
  const limits: string[] = [];
  let servers = 0;
  const endpoint = createMcpEndpoint({
    createServer: () => {
      const server = new Server({ name: 'theirs', version: '1' }, { capabilities: {} });
      servers += 1;
      server.onclose = () => (servers -= 1);
      return server;
    },
    config: DEFAULT_CONFIG,
    onLimit: (limit) => limits.push(limit),
    onRefused: (response, reason) => refused.push(`${reason} ${response.headersSent}`),
    ...options,
  });
  const errors: unknown[] = [];
  const { open, send } = memoryHttp((request, response) => {
    endpoint.handle(request, response).catch((error: unknown) => errors.push(error));
  });
  const post = (body: unknown, headers: MemoryRequest['headers'] = {}) =>
    send({ body, headers: { ...HEADERS, ...headers } });
  const initialize = async () => String((await post(INITIALIZE)).headers['mcp-session-id']);
  const ping = async (id: string) => (await post(PING, { 'mcp-session-id': id })).status;
  return { endpoint, open, send, post, initialize, ping, refused, limits, errors, servers: () => servers };
}

test('each initialize opens a session of its own, which serves until its client ends it', async () => {
  const { initialize, post, ping, send, servers, refused, errors } = endpointing();
  const [one, other] = [await initialize(), await initialize()];
  expect(one).not.toBe(other);
  expect(servers()).toBe(2);
  const { status, text } = await post(PING, { 'mcp-session-id': one });
  expect([status, text]).toEqual([200, expect.stringContaining('"result":{}')]);
  const ended = await send({ method: 'DELETE', headers: { 'mcp-session-id': one } });
  expect([ended.status, servers()]).toEqual([200, 1]);
  expect([await ping(one), await ping(other)]).toEqual([404, 200]);
  expect(refused).toEqual(['unknown_session false']);
  expect(errors).toEqual([]);
});

test.each<[string, MemoryRequest, number, number, string]>([
  ['PUT', { method: 'PUT' }, 405, -32_000, 'method_not_allowed: expected GET, POST or DELETE'],
  ['GET', { method: 'GET' }, 400, -32_000, 'session_required: expected an Mcp-Session-Id header'],
  ['DELETE', { method: 'DELETE' }, 400, -32_000, 'session_required: expected an Mcp-Session-Id header'],
  [
    'POST of an unknown session',
    { headers: { 'mcp-session-id': 'nobody' } },
    404,
    -32_001,
    'unknown_session: this session is unknown or has ended: initialize a new one',
  ],
  [
    'PUT of an unknown session',
    { method: 'PUT', headers: { 'mcp-session-id': 'nobody' } },
    405,
    -32_000,
    'method_not_allowed: expected GET, POST or DELETE',
  ],
])('a %s is refused with a JSON-RPC error', async (_title, request, status, code, message) => {
  const { send, refused, servers } = endpointing();
  const response = await send(request);
  expect(response.status).toBe(status);
  expect(response.headers['content-type']).toBe('application/json');
  expect(JSON.parse(response.text)).toEqual({ jsonrpc: '2.0', error: { code, message }, id: null });
  expect(refused).toEqual([`${message.split(':')[0]} false`]);
  expect(servers()).toBe(0);
});

test('a request that opens no session leaves no server', async () => {
  const { post, servers, refused } = endpointing();
  expect((await post(PING)).status).toBe(400);
  await expect.poll(servers).toBe(0);
  expect(refused).toEqual([]);
});

test('a server that cannot connect leaves no session', async () => {
  const broken = {
    connect: () => Promise.reject(new Error('broken')),
    close: async () => void (closed += 1),
  };
  let closed = 0;
  const { open, errors } = endpointing({ createServer: () => broken });
  void open({ body: INITIALIZE, headers: HEADERS });
  await expect.poll(() => errors).toEqual([new Error('broken')]);
  expect(closed).toBe(1);
});

test('beyond the share of an address, its oldest idle session ends', async () => {
  const { initialize, ping, limits, servers } = endpointing({ share: { max: 6, maxPerOwner: 2 } });
  const [one, two] = [await initialize(), await initialize()];
  expect(await ping(one)).toBe(200);
  expect(limits).toEqual([]);
  const three = await initialize();
  expect(limits).toEqual(['mcp_sessions']);
  expect([await ping(one), await ping(two), await ping(three)]).toEqual([200, 404, 200]);
  expect(servers()).toBe(2);
});

test('a request is refused if all sessions of its address are in use', async () => {
  const { initialize, open, post, send, refused } = endpointing({ share: { max: 6, maxPerOwner: 1 } });
  const id = await initialize();
  const stream = await open({
    method: 'GET',
    headers: { accept: 'text/event-stream', 'mcp-session-id': id },
  });
  expect(stream.statusCode).toBe(200);
  const { status, text } = await post(INITIALIZE);
  expect([status, JSON.parse(text)]).toMatchObject([
    503,
    { error: { message: 'too_many_sessions: too many sessions are open: try again later' } },
  ]);
  expect(refused).toEqual(['too_many_sessions false']);
  await send({ method: 'DELETE', headers: { 'mcp-session-id': id } });
  expect((await post(INITIALIZE)).status).toBe(200);
});

test('two hundred sessions of one address are served by default', async () => {
  const { initialize, limits, servers } = endpointing();
  for (let i = 0; i < 200; i++) await initialize();
  expect([servers(), limits]).toEqual([200, []]);
  await initialize();
  expect([servers(), limits]).toEqual([200, ['mcp_sessions']]);
});

test('the end of the endpoint ends all sessions', async () => {
  const { endpoint, initialize, ping, servers } = endpointing();
  const ids = [await initialize(), await initialize()];
  await endpoint.close();
  expect(servers()).toBe(0);
  expect(await Promise.all(ids.map(ping))).toEqual([404, 404]);
});
