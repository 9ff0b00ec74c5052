import { once } from 'node:events';
import { createServer, type IncomingMessage, type RequestListener, type ServerResponse } from 'node:http';
import { connect, createServer as createTcpServer, type AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { gzipSync } from 'node:zlib';

import { Client, StreamableHTTPClientTransport } from '@modelcontextprotocol/client';
import { toNodeHandler } from '@modelcontextprotocol/node';
import { createMcpHandler, McpServer } from '@modelcontextprotocol/server';
import pino from 'pino';
import { describe, expect, onTestFinished, test } from 'vitest';
import { z } from 'zod';

import { samplesOf, total } from '../../support/exposition.ts';
import { runExporter } from '../../support/running-exporter.ts';

const DURATIONS = 'mcp_server_operation_duration_seconds_count';

/** An HTTP server that answers by `listener`; it is closed with the test. */
async function serve(listener: RequestListener, port = 0) {
  const server = createServer(listener).listen(port, '127.0.0.1');
  await once(server, 'listening');
  const close = async () => {
    if (!server.listening) return;
    server.close();
    server.closeAllConnections();
    await once(server, 'close');
  };
  onTestFinished(close);
  const address = server.address() as AddressInfo;
  return { url: new URL(`http://127.0.0.1:${address.port}/mcp`), port: address.port, close };
}

/** A proxy in front of `upstream`, with what its exporter says and logs. */
async function proxy(upstream: URL) {
  const logs: string[] = [];
  const logger = pino({ level: 'trace' }, { write: (line: string) => void logs.push(line) });
  const { urls, get, exporter } = await runExporter({
    upstream: { url: upstream, serverName: 'theirs' },
    logger,
  });
  return {
    url: new URL(urls.mcp ?? ''),
    logs,
    sessions: exporter.sessions,
    total: async (name: string, labels: Record<string, string> = {}) =>
      total(samplesOf((await get('/metrics')).text), name, labels),
  };
}

function post(url: URL, body: unknown, headers: Record<string, string> = {}, signal?: AbortSignal) {
  return fetch(url, {
    method: 'POST',
    headers: {
      'content-type': 'application/json',
      accept: 'application/json, text/event-stream',
      ...headers,
    },
    body: typeof body === 'string' ? body : JSON.stringify(body),
    ...(signal ? { signal } : undefined),
  });
}

const call = (id: string | number, name = 'add', meta: object = {}) => ({
  jsonrpc: '2.0',
  id,
  method: 'tools/call',
  params: { name, arguments: {}, _meta: meta },
});
const answer = (id: string | number, result: object = {}) => ({ jsonrpc: '2.0', id, result });
const json = (response: ServerResponse, body: unknown, headers: Record<string, string> = {}) =>
  response.writeHead(200, { 'content-type': 'application/json', ...headers }).end(JSON.stringify(body));
const event = (message: unknown, id?: string) =>
  `${id === undefined ? '' : `id: ${id}\n`}event: message\ndata: ${JSON.stringify(message)}\n\n`;
const messageOf = async (request: IncomingMessage) =>
  JSON.parse((await text(request)) || '{}') as {
    id: string | number;
    method?: string;
    params?: { name?: string };
  };

describe('a request', () => {
  test('arrives as it was sent, and so does its answer: headers, status and body', async () => {
    const seen: { url?: string | undefined; headers: IncomingMessage['headers']; body: string }[] = [];
    const upstream = await serve((request, response) => {
      void text(request).then((body) => {
        seen.push({ url: request.url, headers: request.headers, body });
        response.writeHead(418, {
          'content-type': 'text/plain',
          'x-own': 'yes',
          'set-cookie': ['a=1', 'b=2'],
        });
        response.end('short and stout');
      });
    });
    const { url, logs } = await proxy(upstream.url);
    const body = '{"jsonrpc" : "2.0",\n "id":1, "method":"ping"}';
    const headers = {
      authorization: 'Bearer s3cr3t',
      'mcp-protocol-version': '2025-11-25',
      'x-theirs': 'ü'.normalize(),
    };
    const response = await post(new URL('/mcp?tenant=1', url), body, { ...headers, 'x-theirs': 'kept' });
    expect([response.status, await response.text()]).toEqual([418, 'short and stout']);
    expect(response.headers.get('x-own')).toBe('yes');
    expect(response.headers.getSetCookie()).toEqual(['a=1', 'b=2']);
    expect(response.headers.get('content-security-policy')).toBe(null);
    expect(seen).toMatchObject([
      {
        url: '/mcp?tenant=1',
        body,
        headers: {
          authorization: 'Bearer s3cr3t',
          'mcp-protocol-version': '2025-11-25',
          'x-theirs': 'kept',
          host: upstream.url.host,
        },
      },
    ]);
    expect(logs.join('')).not.toContain('s3cr3t');
  });

  test('goes to the path and the query of the server’s own endpoint', async () => {
    const upstream = await serve((request, response) => json(response, { url: request.url }));
    const { url } = await proxy(new URL('/deep/mcp?key=1', upstream.url));
    const response = await post(new URL('/mcp?b=2', url), call(1));
    expect(await response.json()).toEqual({ url: '/deep/mcp?key=1&b=2' });
  });

  test('whose answer streams has every part at once, with nothing held back', async () => {
    let more: (text: string) => void = () => undefined;
    const upstream = await serve((request, response) => {
      request.resume();
      response.writeHead(200, { 'content-type': 'text/event-stream' });
      more = (part) => void response.write(part);
      more(event({ jsonrpc: '2.0', method: 'notifications/message', params: {} }));
    });
    const { url, total } = await proxy(upstream.url);
    const response = await post(url, call(1));
    const reader = response.body?.pipeThrough(new TextDecoderStream()).getReader();
    expect((await reader?.read())?.value).toContain('notifications/message');
    expect(await total('mcp_server_operations_in_flight')).toBe(1);
    more(event(answer(1)));
    expect((await reader?.read())?.value).toContain('"result"');
    await expect.poll(() => total(DURATIONS, { error_type: '' })).toBe(1);
  });

  test('whose answer is compressed is understood, and passed on compressed', async () => {
    const body = JSON.stringify(answer(1, { isError: true, content: [{ type: 'text', text: 'no' }] }));
    const upstream = await serve((request, response) => {
      request.resume();
      response
        .writeHead(200, { 'content-type': 'application/json', 'content-encoding': 'gzip' })
        .end(gzipSync(body));
    });
    const { url, total } = await proxy(upstream.url);
    const response = await post(url, call(1));
    expect(response.headers.get('content-encoding')).toBe('gzip');
    expect(await response.text()).toBe(body);
    await expect.poll(() => total(DURATIONS, { error_type: 'tool_error' })).toBe(1);
  });

  test('with the same id in two sessions, and with 1 and "1" in one, is as many requests', async () => {
    const release: (() => void)[] = [];
    const upstream = await serve((request, response) => {
      void messageOf(request).then(({ id, method }) => {
        const session = request.headers['mcp-session-id'] ?? `new-${String(id)}`;
        const reply = () =>
          json(response, answer(id, { protocolVersion: '2025-11-25' }), {
            'mcp-session-id': String(session),
          });
        if (method === 'initialize' || request.method === 'DELETE') reply();
        else release.push(reply);
      });
    });
    const { url, total } = await proxy(upstream.url);
    for (const id of ['a', 'b'])
      await (await post(url, { jsonrpc: '2.0', id, method: 'initialize', params: {} })).text();
    expect(await total('mcp_server_sessions_active', { mcp_protocol_version: '2025-11-25' })).toBe(2);
    const [a, b] = [{ 'mcp-session-id': 'new-a' }, { 'mcp-session-id': 'new-b' }];
    const calls = [post(url, call(1), a), post(url, call(1), b), post(url, call('1'), a)];
    await expect
      .poll(() => total('mcp_server_operations_in_flight', { mcp_method_name: 'tools/call' }))
      .toBe(3);
    await expect.poll(() => release.length).toBe(3);
    for (const reply of release) reply();
    for (const response of await Promise.all(calls)) await response.text();
    await expect.poll(() => total(DURATIONS, { mcp_method_name: 'tools/call', error_type: '' })).toBe(3);
    await (await fetch(url, { method: 'DELETE', headers: a })).text();
    await expect.poll(() => total('mcp_server_sessions_active')).toBe(1);
    expect(await total('mcp_server_session_duration_seconds_count')).toBe(1);
  });

  test('that is a batch is as many requests as are in it', async () => {
    const upstream = await serve((request, response) => {
      request.resume();
      json(response, [answer(1), answer(2, { isError: true, content: [] })]);
    });
    const { url, total } = await proxy(upstream.url);
    await (
      await post(url, [call(1), call(2), { jsonrpc: '2.0', method: 'notifications/initialized' }])
    ).text();
    await expect.poll(() => total(DURATIONS, { error_type: '' })).toBe(1);
    expect(await total(DURATIONS, { error_type: 'tool_error' })).toBe(1);
    expect(await total('mcp_server_operations_in_flight')).toBe(0);
  });
});

describe('a client that disconnects', () => {
  async function hanging(sessionId?: string, events: string[] = []) {
    const headers = sessionId === undefined ? {} : { 'mcp-session-id': sessionId };
    const upstream = await serve((request, response) => {
      void messageOf(request).then(({ id, method }) => {
        if (method === 'initialize')
          return json(response, answer(id, { protocolVersion: '2025-11-25' }), headers);
        response.writeHead(200, { 'content-type': 'text/event-stream', ...headers });
        response.write(events.join('') || ': waiting\n\n');
      });
    });
    const watched = await proxy(upstream.url);
    if (sessionId !== undefined)
      await (await post(watched.url, { jsonrpc: '2.0', id: 0, method: 'initialize' })).text();
    const leave = new AbortController();
    const response = await post(watched.url, call(1), headers, leave.signal);
    expect(response.status).toBe(200);
    await response.body?.getReader().read();
    leave.abort();
    return watched;
  }

  test('from a server without sessions has cancelled', async () => {
    const { total } = await hanging();
    await expect.poll(() => total('mcp_server_cancellations_total', { reason: 'disconnect' })).toBe(1);
    expect(await total(DURATIONS, { error_type: 'cancelled' })).toBe(1);
    expect(await total('mcp_server_operations_in_flight')).toBe(0);
  });

  test('from a session has not: its answer cannot be delivered', async () => {
    const { total } = await hanging('s-1');
    await expect.poll(() => total(DURATIONS, { error_type: 'undeliverable' })).toBe(1);
    expect(await total('mcp_server_cancellations_total')).toBe(0);
    expect(await total('mcp_server_sessions_active')).toBe(1);
  });

  test('and may resume is still waited for', async () => {
    const { total } = await hanging('s-1', [
      event({ jsonrpc: '2.0', method: 'notifications/message' }, 'e-1'),
    ]);
    await expect
      .poll(() => total('mcp_server_notifications_total', { direction: 'server_to_client' }))
      .toBe(1);
    expect(await total('mcp_server_operations_in_flight')).toBe(1);
  });
});

test('a stream that is resumed ends what it was about, and counts nothing twice', async () => {
  const note = event({ jsonrpc: '2.0', method: 'notifications/message' }, 'e-1');
  const upstream = await serve((request, response) => {
    void messageOf(request).then((message) => {
      response.writeHead(200, { 'content-type': 'text/event-stream', 'mcp-session-id': 's-1' });
      if (request.method === 'GET') {
        expect(request.headers['last-event-id']).toBe('e-0');
        response.end(note + event(answer(1), 'e-2'));
      } else if (message.method === 'initialize') {
        response.end(event(answer(0, { protocolVersion: '2025-11-25' })));
      } else {
        // The server closes it before the answer, as a server that is polled does.
        response.end(note);
      }
    });
  });
  const { url, total } = await proxy(upstream.url);
  const session = { 'mcp-session-id': 's-1' };
  await (await post(url, { jsonrpc: '2.0', id: 0, method: 'initialize', params: {} })).text();
  await (await post(url, call(1), session)).text();
  expect(await total('mcp_server_operations_in_flight')).toBe(1);
  const resumed = await fetch(url, {
    headers: { ...session, 'last-event-id': 'e-0', accept: 'text/event-stream' },
  });
  expect(await resumed.text()).toContain('"id":1');
  await expect.poll(() => total(DURATIONS, { mcp_method_name: 'tools/call', error_type: '' })).toBe(1);
  expect(await total('mcp_server_operations_in_flight')).toBe(0);
  expect(await total('mcp_server_notifications_total', { mcp_method_name: 'notifications/message' })).toBe(1);
  expect(await total('mcp_server_transport_errors_total')).toBe(0);
});

describe('a server', () => {
  test('that cannot be reached is answered for with 502 and a JSON-RPC error, and seen to be down until it is back', async () => {
    const upstream = await serve((request, response) => {
      request.resume();
      json(response, answer(7));
    });
    const { url, total, logs } = await proxy(upstream.url);
    await (await post(url, call(7))).text();
    expect(await total('mcp_proxy_upstream_up', { mcp_server_name: 'theirs' })).toBe(1);

    await upstream.close();
    const refused = await post(url, call(7));
    expect(refused.status).toBe(502);
    expect(await refused.json()).toMatchObject({ jsonrpc: '2.0', id: 7, error: { code: -32_000 } });
    expect(await total('mcp_proxy_upstream_up')).toBe(0);
    expect(
      await total('mcp_server_rejections_total', { http_status: '502', error_type: 'upstream_unreachable' }),
    ).toBe(1);
    await expect.poll(() => total(DURATIONS, { error_type: '-32000' })).toBe(1);
    expect(await total('mcp_server_operations_in_flight')).toBe(0);
    expect(logs.join('')).toContain('cannot be reached');

    const batch = await post(url, [call('a'), call('b')]);
    expect(await batch.json()).toMatchObject([{ id: 'a' }, { id: 'b' }]);
    const stream = await fetch(url, { headers: { accept: 'text/event-stream' } });
    expect([stream.status, await stream.json()]).toMatchObject([502, { id: null }]);

    await serve((request, response) => {
      request.resume();
      json(response, answer(8));
    }, upstream.port);
    expect((await post(url, call(8))).status).toBe(200);
    expect(await total('mcp_proxy_upstream_up')).toBe(1);
  });

  test('that breaks off in the middle of an answer breaks off for the client, and its requests end', async () => {
    const upstream = await serve((request, response) => {
      request.resume();
      response.writeHead(200, { 'content-type': 'text/event-stream' });
      response.write(': here it comes\n\n', () => response.destroy());
    });
    const { url, total } = await proxy(upstream.url);
    const response = await post(url, call(1));
    await expect(response.text()).rejects.toThrow();
    await expect.poll(() => total(DURATIONS, { error_type: 'connection_closed' })).toBe(1);
    expect(await total('mcp_server_operations_in_flight')).toBe(0);
  });

  test('that refuses a request is counted by status and code', async () => {
    const upstream = await serve((request, response) => {
      request.resume();
      response.writeHead(400, { 'content-type': 'application/json' });
      response.end(
        JSON.stringify({ jsonrpc: '2.0', id: null, error: { code: -32_022, message: 'no such version' } }),
      );
    });
    const { url, total } = await proxy(upstream.url);
    await (await post(url, call(1))).text();
    await expect
      .poll(() => total('mcp_server_rejections_total', { http_status: '400', error_type: '-32022' }))
      .toBe(1);
    expect(await total(DURATIONS, { error_type: '-32022' })).toBe(1);
  });
});

describe('what nobody should send', () => {
  /** A server that says these bytes to every request. */
  async function rawServer(answer: string) {
    const server = createTcpServer((socket) => {
      socket.on('error', () => undefined);
      socket.on('data', () => socket.write(answer));
    });
    await once(server.listen(0, '127.0.0.1'), 'listening');
    onTestFinished(() => void server.close());
    return new URL(`http://127.0.0.1:${(server.address() as AddressInfo).port}/mcp`);
  }

  test.each([
    ['a control character in the reason', 'HTTP/1.1 200 O\x01K\r\ncontent-length: 2\r\n\r\nhi', 200],
    ['a status that is none', 'HTTP/1.1 099 Odd\r\ncontent-length: 2\r\n\r\nhi', 502],
    [
      'an encoding that is called like a member of every object',
      'HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-encoding: constructor\r\ncontent-length: 2\r\n\r\n{}',
      200,
    ],
  ])('%s ends one exchange at the most', async (_title, answer, status) => {
    const { url, total } = await proxy(await rawServer(answer));
    for (let round = 0; round < 2; round++) {
      const response = await fetch(url, {
        method: 'POST',
        body: JSON.stringify(call(1)),
        headers: { 'accept-encoding': 'identity' },
      });
      expect(response.status).toBe(status);
      await response.text().catch(() => undefined);
    }
    await expect.poll(() => total('mcp_server_operations_in_flight')).toBe(0);
  });

  test('a request for a whole URL, also a bad one, is taken by its path', async () => {
    const upstream = await serve((request, response) => {
      request.resume();
      response
        .writeHead(200, { 'content-type': 'text/event-stream' })
        .end('event: endpoint\ndata: /message\n\n');
    });
    const { url, total } = await proxy(upstream.url);
    const socket = connect(Number(url.port), '127.0.0.1');
    socket.write(`GET http://x:99999/mcp HTTP/1.1\r\nhost: ${url.host}\r\n\r\n`);
    await once(socket, 'data');
    socket.destroy();
    expect(await total('mcp_exporter_faults_total')).toBe(0);
  });

  test.each(['http://client/message', '//client/message', '/\\\\client/message'])(
    'an endpoint that names a host, %s, leads the proxy nowhere',
    async (endpoint) => {
      const upstream = await serve((request, response) => {
        request.resume();
        response.writeHead(200, { 'content-type': 'text/event-stream' });
        response.write(`event: endpoint\ndata: ${endpoint}\n\n`);
      });
      const { url } = await proxy(upstream.url);
      const stream = await fetch(url, { headers: { accept: 'text/event-stream' } });
      await stream.body?.getReader().read();
      expect((await post(new URL('/message', url), call(1))).status).toBe(404);
    },
  );

  test('an event without an end is not kept', async () => {
    const upstream = await serve((request, response) => {
      request.resume();
      response.writeHead(200, { 'content-type': 'text/event-stream' });
      response.write(`data: ${'x'.repeat(20 * 1024 * 1024)}`);
      response.end('more');
    });
    const { url, total } = await proxy(upstream.url);
    expect((await (await post(url, call(1))).text()).length).toBeGreaterThan(20_000_000);
    await expect.poll(() => total('mcp_exporter_faults_total')).toBe(1);
    expect(await total('mcp_server_operations_in_flight')).toBe(0);
  });
});

describe('the way to the server', () => {
  test('hands on the head of a stream that has nothing to say yet', async () => {
    const upstream = await serve((request, response) => {
      request.resume();
      response.writeHead(200, { 'content-type': 'text/event-stream' }).flushHeaders();
    });
    const { url } = await proxy(upstream.url);
    const response = await fetch(url, { headers: { accept: 'text/event-stream' } });
    expect(response.status).toBe(200);
    await response.body?.cancel();
  });

  test('keeps a query whole', async () => {
    const upstream = await serve((request, response) => json(response, { url: request.url }));
    const { url } = await proxy(upstream.url);
    expect(await (await fetch(new URL('/mcp?u=a?b=c&d', url))).json()).toEqual({ url: '/mcp?u=a?b=c&d' });
  });

  test('survives a connection that the server has closed while it was kept', async () => {
    let closeNext = false;
    const upstream = await serve((request, response) => {
      void messageOf(request).then(({ id }) => {
        json(response, answer(id));
        // Without a word, as a server does that restarts or grows impatient.
        if (closeNext) response.once('finish', () => setImmediate(() => request.socket.resetAndDestroy()));
      });
    });
    const { url } = await proxy(upstream.url);
    closeNext = true;
    for (let id = 0; id < 30; id++) expect((await post(url, call(id))).status).toBe(200);
  });
});

describe('session ids', () => {
  test('that every client is given alike are one session after the other', async () => {
    const upstream = await serve((request, response) => {
      void messageOf(request).then(({ id }) =>
        json(response, answer(id, { protocolVersion: '2025-11-25' }), { 'mcp-session-id': 'fixed' }),
      );
    });
    const { url, total } = await proxy(upstream.url);
    for (let i = 0; i < 10; i++)
      await (await post(url, { jsonrpc: '2.0', id: 0, method: 'initialize' })).text();
    await expect.poll(() => total('mcp_server_sessions_active')).toBe(1);
    await (await fetch(url, { method: 'DELETE', headers: { 'mcp-session-id': 'fixed' } })).text();
    await expect.poll(() => total('mcp_server_sessions_active')).toBe(0);
  });

  test('that are empty are none', async () => {
    const upstream = await serve((request, response) => {
      void messageOf(request).then(({ id }) => json(response, answer(id)));
    });
    const { url, total } = await proxy(upstream.url);
    await (await post(url, call(1), { 'mcp-session-id': '' })).text();
    await expect.poll(() => total(DURATIONS, { error_type: '' })).toBe(1);
    expect(await total('mcp_server_transport_errors_total', { kind: 'unknown_id' })).toBe(0);
  });
});

describe('a server of the modern era', () => {
  async function modern() {
    const handler = createMcpHandler(() => {
      const server = new McpServer({ name: 'calculator', version: '4.0.0' });
      server.registerTool('add', { inputSchema: z.object({}) }, () => ({
        content: [{ type: 'text', text: '3' }],
      }));
      server.registerTool('slowly', { inputSchema: z.object({}) }, async (_args, { mcpReq }) => {
        const progressToken = mcpReq._meta?.progressToken ?? 0;
        await mcpReq.notify({
          method: 'notifications/progress',
          params: { progressToken, progress: 1, total: 2 },
        });
        await new Promise((resolve) => mcpReq.signal.addEventListener('abort', resolve));
        return { content: [] };
      });
      return server;
    });
    const upstream = await serve(toNodeHandler(handler) as RequestListener);
    const watched = await proxy(upstream.url);
    const client = new Client({ name: 'test', version: '1' }, { versionNegotiation: { mode: 'auto' } });
    await client.connect(new StreamableHTTPClientTransport(watched.url));
    onTestFinished(() => client.close());
    return { ...watched, client, handler };
  }

  test('is understood: version, identity, calls, and a closed stream as a cancellation', async () => {
    const { client, total, sessions } = await modern();
    await client.listTools();
    await client.callTool({ name: 'add', arguments: {} });
    const version = { mcp_protocol_version: '2026-07-28' };
    await expect
      .poll(() => total(DURATIONS, { ...version, gen_ai_tool_name: 'add', error_type: '' }))
      .toBe(1);
    expect(await total(DURATIONS, { ...version, mcp_method_name: 'server/discover' })).toBe(1);
    expect(await total('mcp_server_info', { ...version, server_version: '4.0.0' })).toBe(1);

    const cancel = new AbortController();
    await new Promise((resolve) => {
      const options = { signal: cancel.signal, onprogress: resolve };
      client.callTool({ name: 'slowly', arguments: {} }, options).catch(() => undefined);
    });
    expect(sessions.get('theirs')?.activeOperations).toMatchObject([
      { operationName: 'slowly', progress: 50 },
    ]);
    cancel.abort();
    await expect.poll(() => total('mcp_server_cancellations_total', { reason: 'disconnect' })).toBe(1);
    expect(await total('mcp_server_operations_in_flight')).toBe(0);
  });

  test('that is listened to has a subscription, for as long as that', async () => {
    const { client, handler, total } = await modern();
    const subscription = await client.listen({ toolsListChanged: true });
    expect(await total('mcp_server_subscriptions_active')).toBe(1);
    handler.notify.toolsChanged();
    const changed = { mcp_method_name: 'notifications/tools/list_changed' };
    await expect.poll(() => total('mcp_server_notifications_total', changed)).toBe(1);
    expect(await total('mcp_server_oldest_in_flight_seconds')).toBe(0);
    await subscription.close();
    await expect.poll(() => total('mcp_server_subscriptions_active')).toBe(0);
    expect(await total(DURATIONS, { mcp_method_name: 'subscriptions/listen' })).toBe(0);
  });
});
