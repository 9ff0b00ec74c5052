import { once } from 'node:events';
import {
  request as httpRequest,
  type IncomingMessage,
  type OutgoingHttpHeaders,
  type RequestListener,
  type ServerResponse,
} from 'node:http';
import { connect, createServer as createTcpServer, type AddressInfo, type Socket } from 'node:net';
import { buffer, text } from 'node:stream/consumers';
import { brotliCompressSync, deflateRawSync, gzipSync } from 'node:zlib';

import { Client, StreamableHTTPClientTransport } from '@modelcontextprotocol/client';
import { toNodeHandler } from '@modelcontextprotocol/node';
import { createMcpHandler, McpServer } from '@modelcontextprotocol/server';
import { describe, expect, onTestFinished, test } from 'vitest';
import { z } from 'zod';

import type { StatusBody } from '../../../src/api/answers.ts';
import { proxyMcp } from '../../../src/exporter/proxy-mcp.ts';
import { AnnouncedEndpoints } from '../../../src/mcp/http/announced-endpoints.ts';
import { HttpTraffic } from '../../../src/mcp/http/http-traffic.ts';
import { WatchedServer } from '../../../src/mcp/protocol/watched-server.ts';
import { systemClock } from '../../../src/monitor/clock.ts';
import { LIMITS } from '../../../src/monitor/limits.ts';
import { SessionRegistry } from '../../../src/monitor/session-registry.ts';
import type { UnobservedReason } from '../../../src/monitor/unobserved-reasons.ts';
import { DEFAULT_CONFIG } from '../../../src/settings/config.ts';
import {
  answer,
  call,
  DURATIONS,
  event,
  json,
  messageOf,
  post,
  proxy,
  serve,
} from '../../support/proxied-http.ts';
import { runExporter } from '../../support/running-exporter.ts';

/** The start of a compressed response. Clients decode what there is, and so does the proxy. */
const CUT_GZIP = gzipSync(
  JSON.stringify({ jsonrpc: '2.0', id: 1, result: { content: 'x'.repeat(100) } }),
).subarray(0, 40);

describe('a request', () => {
  test('a request arrives as it was sent, and so does its answer: headers, status and body', async () => {
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
    expect(response.headers.getSetCookie()).toEqual(['a=1; Path=/mcp', 'b=2; Path=/mcp']);
    expect(response.headers.get('referrer-policy')).toBe(null);
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

  test('a request goes to the path and the query of the server’s own endpoint', async () => {
    const upstream = await serve((request, response) => json(response, { url: request.url }));
    const { url } = await proxy(new URL('/deep/mcp?key=1', upstream.url));
    const response = await post(new URL('/mcp?b=2', url), call(1));
    expect(await response.json()).toEqual({ url: '/deep/mcp?key=1&b=2' });
  });

  test('a streamed response is passed on part by part, with nothing held back', async () => {
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

  test('a compressed response is understood, and passed on compressed', async () => {
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

  test('requests with the same id in two sessions, and with 1 and "1" in one, are told apart', async () => {
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

  test('a batch is counted as the requests in it', async () => {
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

  test('a client that disconnects from a server without sessions cancels its call', async () => {
    const { total } = await hanging();
    await expect.poll(() => total('mcp_server_cancellations_total', { reason: 'disconnect' })).toBe(1);
    expect(await total(DURATIONS, { error_type: 'cancelled' })).toBe(1);
    expect(await total('mcp_server_operations_in_flight')).toBe(0);
  });

  test('a client that disconnects within a session cancels its call', async () => {
    const { total } = await hanging('s-1');
    await expect.poll(() => total('mcp_server_cancellations_total', { reason: 'disconnect' })).toBe(1);
    expect(await total(DURATIONS, { error_type: 'cancelled' })).toBe(1);
    expect(await total('mcp_server_sessions_active')).toBe(1);
  });

  test('a client that disconnects and may resume leaves its call in flight', async () => {
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
  test('a server that cannot be reached is answered for with 502 and a JSON-RPC error, and seen to be down until it is back', async () => {
    const upstream = await serve((request, response) => {
      request.resume();
      json(response, answer(7));
    });
    const { url, total, logs } = await proxy(upstream.url);
    const unreachable = async () => {
      const response = await fetch(new URL('/api/v1/status', url));
      return ((await response.json()) as StatusBody).unreachable_servers;
    };
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
    const reason = `connect ECONNREFUSED 127.0.0.1:${upstream.port}`;
    expect(logs.map((line) => JSON.parse(line) as unknown)).toContainEqual(
      expect.objectContaining({ msg: 'MCP server unreachable', reason }),
    );
    expect(await unreachable()).toMatchObject([{ server_name: 'theirs', reason }]);

    const batch = await post(url, [call('a'), call('b')]);
    expect(await batch.json()).toMatchObject([{ id: 'a' }, { id: 'b' }]);
    const stream = await fetch(url, { headers: { accept: 'text/event-stream' } });
    expect([stream.status, await stream.json()]).toMatchObject([502, { id: null }]);

    await serve(
      (request, response) => {
        request.resume();
        json(response, answer(8));
      },
      { port: upstream.port },
    );
    expect((await post(url, call(8))).status).toBe(200);
    expect(await total('mcp_proxy_upstream_up')).toBe(1);
    expect(await unreachable()).toEqual([]);
  });

  const SSE = { 'content-type': 'text/event-stream' };
  test.each<[string, (response: ServerResponse) => void]>([
    [
      'a stream',
      (response) => response.writeHead(200, SSE).write(': here it comes\n\n', () => response.destroy()),
    ],
    [
      'a stream, with a reset',
      (response) =>
        response
          .writeHead(200, SSE)
          .write(': here it comes\n\n', () => void response.socket?.resetAndDestroy()),
    ],
    [
      'JSON',
      (response) =>
        response
          .writeHead(200, { 'content-type': 'application/json', 'content-length': 900 })
          .write('{"jsonrpc":"2.0","id":1,', () => response.destroy()),
    ],
  ])(
    'that breaks off in the middle of %s breaks off for the client, and its calls have failed',
    async (_, breakOff) => {
      const upstream = await serve((request, response) => {
        request.resume();
        breakOff(response);
      });
      const { url, total, sessions } = await proxy(upstream.url);
      const response = await post(url, call(1));
      await expect(response.text()).rejects.toThrow();
      await expect.poll(() => total(DURATIONS, { error_type: 'connection_closed' })).toBe(1);
      expect(await total(DURATIONS)).toBe(1);
      expect(await total('mcp_server_operations_in_flight')).toBe(0);
      expect(await total('mcp_server_cancellations_total')).toBe(0);
      expect(await total('pipeline_operation_duration_seconds_count', { status: 'failed' })).toBe(1);
      expect(sessions.list()).toMatchObject([{ failedOperations: 1, cancelledOperations: 0 }]);
    },
  );

  test('a stream that ends without a response fails its call', async () => {
    const upstream = await serve((request, response) => {
      request.resume();
      response.writeHead(200, SSE).end(': nothing more\n\n');
    });
    const { url, total } = await proxy(upstream.url);
    await (await post(url, call(1))).text();
    await expect.poll(() => total(DURATIONS, { error_type: 'connection_closed' })).toBe(1);
    expect(await total('mcp_server_cancellations_total')).toBe(0);
  });

  test.each<[string, OutgoingHttpHeaders, string | Buffer, UnobservedReason]>([
    ['in an unknown encoding', { 'content-encoding': 'x-own' }, '?', 'undecodable'],
    ['in a damaged encoding', { 'content-encoding': 'gzip' }, 'no gzip', 'undecodable'],
    ['that ends within its encoding', { 'content-encoding': 'gzip' }, CUT_GZIP, 'not_json_rpc'],
    ['of another type', { 'content-type': 'text/html' }, '<h1>Please log in</h1>', 'not_json_rpc'],
    ['of other JSON', {}, '{"ok":true}', 'not_json_rpc'],
    ['of broken JSON', {}, '{"jsonrpc":"2.0"', 'not_json_rpc'],
    ['with too many values', {}, `[${'[],'.repeat(1_000_001)}0]`, 'too_large'],
  ])('a call with a response %s is unobserved', async (_, headers, body, reason) => {
    const upstream = await serve((request, response) => {
      request.resume();
      response.writeHead(200, { 'content-type': 'application/json', ...headers }).end(body);
    });
    const { url, total, sessions } = await proxy(upstream.url);
    await fetch(url, { method: 'POST', body: JSON.stringify(call(1)) })
      .then((response) => response.text())
      // Decoding fails in the client, too.
      .catch(() => undefined);
    await expect.poll(() => total('mcp_server_unobserved_requests_total', { reason })).toBe(1);
    expect(await total('mcp_server_unobserved_requests_total')).toBe(1);
    expect(await total(DURATIONS, { error_type: 'unobserved' })).toBe(1);
    expect(await total(DURATIONS)).toBe(1);
    expect(await total('mcp_server_operations_in_flight')).toBe(0);
    expect(await total('mcp_server_cancellations_total')).toBe(0);
    expect(sessions.list()).toMatchObject([{ unobservedOperations: 1, failedOperations: 0, successRate: 0 }]);
  });

  test('a request that is too large to read passes through unchanged, and is unobserved', async () => {
    const upstream = await serve((request, response) => {
      void buffer(request).then((body) => json(response, answer(7, { sizeBytes: body.length })));
    });
    const { url, total } = await proxy(upstream.url);
    // A batch, of which the two ends do not tell what it is.
    const body = `[${JSON.stringify(call(7, 'add', { text: 'x'.repeat(LIMITS.text_bytes.max) }))}]`;
    const headers = { 'content-type': 'application/json' };
    const response = await fetch(url, { method: 'POST', headers, body });
    expect(await response.json()).toMatchObject({ result: { sizeBytes: body.length } });
    await expect.poll(() => total('mcp_server_unobserved_requests_total', { reason: 'too_large' })).toBe(1);
    expect(await total(DURATIONS)).toBe(1);
    expect(await total('mcp_server_operations_in_flight')).toBe(0);
    expect(await total('mcp_server_transport_errors_total')).toBe(0);
  });

  test('two calls of one session with the same id end with their own responses', async () => {
    const waiting: ServerResponse[] = [];
    const upstream = await serve((request, response) => {
      void messageOf(request).then(({ id, method }) => {
        const headers = { 'mcp-session-id': 's-1' };
        if (method === 'initialize') json(response, answer(id, { protocolVersion: '2025-11-25' }), headers);
        else waiting.push(response);
      });
    });
    const { url, total } = await proxy(upstream.url);
    const session = { 'mcp-session-id': 's-1' };
    await (await post(url, { jsonrpc: '2.0', id: 0, method: 'initialize', params: {} })).text();
    const succeeds = post(url, call(1, 'add'), session);
    await expect.poll(() => waiting.length).toBe(1);
    const fails = post(url, call(1, 'subtract'), session);
    await expect.poll(() => waiting.length).toBe(2);
    const [early, late] = waiting as [ServerResponse, ServerResponse];
    json(late, answer(1, { isError: true, content: [] }));
    await (await fails).text();
    json(early, answer(1));
    await (await succeeds).text();
    await expect.poll(() => total(DURATIONS, { gen_ai_tool_name: 'add', error_type: '' })).toBe(1);
    expect(await total(DURATIONS, { error_type: 'tool_error' })).toBe(1);
    expect(await total(DURATIONS, { mcp_method_name: 'tools/call' })).toBe(2);
    expect(await total('mcp_server_operations_in_flight')).toBe(0);
  });

  test('a session that the server has forgotten fails the calls that were in flight', async () => {
    let isRestarted = false;
    const upstream = await serve((request, response) => {
      void messageOf(request).then(({ id, method }) => {
        const headers = { 'mcp-session-id': 's-1' };
        if (isRestarted) return response.writeHead(404).end();
        if (method === 'initialize')
          return json(response, answer(id, { protocolVersion: '2025-11-25' }), headers);
        // With an id, the client may ask for the rest later.
        response.writeHead(200, { ...SSE, ...headers });
        response.write(event({ jsonrpc: '2.0', method: 'notifications/message' }, 'e-1'), () =>
          response.destroy(),
        );
        return undefined;
      });
    });
    const { url, total } = await proxy(upstream.url);
    await (await post(url, { jsonrpc: '2.0', id: 0, method: 'initialize' })).text();
    const broken = await post(url, call(1), { 'mcp-session-id': 's-1' });
    await expect(broken.text()).rejects.toThrow();
    expect(await total('mcp_server_operations_in_flight')).toBe(1);
    isRestarted = true;
    await (await post(url, call(2), { 'mcp-session-id': 's-1' })).text();
    await expect
      .poll(() => total(DURATIONS, { mcp_method_name: 'tools/call', error_type: 'connection_closed' }))
      .toBe(1);
    expect(await total('mcp_server_cancellations_total')).toBe(0);
  });

  test('a request that the server refuses is counted by status and code', async () => {
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

  test('an answer that is a bomb is forwarded whole, and not decoded', async () => {
    const bomb = gzipSync(Buffer.alloc(100 * 1024 * 1024), { level: 9 });
    const upstream = await serve((request, response) => {
      request.resume();
      response.writeHead(200, { 'content-type': 'application/json', 'content-encoding': 'gzip' }).end(bomb);
    });
    const { url, total, sessions } = await proxy(upstream.url);
    const client = httpRequest(url, { method: 'POST', headers: { 'content-type': 'application/json' } });
    client.end(JSON.stringify(call(1)));
    const [response] = (await once(client, 'response')) as [IncomingMessage];
    expect(Buffer.concat(await response.toArray()).equals(bomb)).toBe(true);
    await expect.poll(() => total('mcp_exporter_limit_reached_total', { limit: 'decoded_bytes' })).toBe(1);
    await expect.poll(() => total('mcp_server_operations_in_flight')).toBe(0);
    expect(await total('mcp_server_unobserved_requests_total', { reason: 'too_large' })).toBe(1);
    expect(sessions.allowance('text_total').used).toBe(0);
  });

  test.each([
    ['that are not answered yet', (_request: IncomingMessage, _response: ServerResponse) => undefined],
    [
      'that are answered already',
      (_request: IncomingMessage, response: ServerResponse) => json(response, answer(1)),
    ],
  ])('clients that leave in the middle of requests %s leave nothing behind', async (_, respond) => {
    let heard = 0;
    const upstream = await serve((request, response) => {
      request.once('data', () => (heard += 1)).once('error', () => undefined);
      respond(request, response);
    });
    const { url, sessions } = await proxy(upstream.url);
    const used = () => sessions.allowance('text_total').used;
    const clients = Array.from({ length: 20 }, () => {
      const client = connect(Number(url.port), url.hostname);
      client.write(
        `POST ${url.pathname} HTTP/1.1\r\nHost: ${url.host}\r\nContent-Type: application/json\r\n`,
      );
      client.write(`Content-Length: 1000000\r\n\r\n${'x'.repeat(10_000)}`);
      return client;
    });
    await expect.poll(() => heard).toBe(20);
    for (const client of clients) client.destroy();
    await expect.poll(used).toBe(0);
  });

  test('an event without an end is not kept', async () => {
    const upstream = await serve((request, response) => {
      request.resume();
      response.writeHead(200, { 'content-type': 'text/event-stream' });
      response.write(`data: ${'x'.repeat(20 * 1024 * 1024)}`);
      response.end('more');
    });
    const { url, total } = await proxy(upstream.url);
    expect((await (await post(url, call(1))).text()).length).toBeGreaterThan(20_000_000);
    await expect.poll(() => total('mcp_exporter_limit_reached_total', { limit: 'text_bytes' })).toBe(1);
    await expect.poll(() => total('mcp_server_operations_in_flight')).toBe(0);
    expect(await total('mcp_server_unobserved_requests_total', { reason: 'too_large' })).toBe(1);
    expect(await total(DURATIONS, { error_type: 'unobserved' })).toBe(1);
  });
});

describe('the way to the server', () => {
  test('the head of a stream is passed on before its first event', async () => {
    const upstream = await serve((request, response) => {
      request.resume();
      response.writeHead(200, { 'content-type': 'text/event-stream' }).flushHeaders();
    });
    const { url } = await proxy(upstream.url);
    const response = await fetch(url, { headers: { accept: 'text/event-stream' } });
    expect(response.status).toBe(200);
    await response.body?.cancel();
  });

  test('a query is passed on whole', async () => {
    const upstream = await serve((request, response) => json(response, { url: request.url }));
    const { url } = await proxy(upstream.url);
    expect(await (await fetch(new URL('/mcp?u=a?b=c&d', url))).json()).toEqual({ url: '/mcp?u=a?b=c&d' });
  });

  test('requests succeed although the server closes the connections that were kept open', async () => {
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

describe('a request on a connection that the server closes', () => {
  /** A server that answers, and resets the connection instead at the requests whose numbers are given. */
  async function serveUnreliably(...resetAt: number[]) {
    const bodies: string[] = [];
    const upstream = await serve((request, response) => {
      void text(request).then((body) => {
        bodies.push(body);
        if (resetAt.includes(bodies.length)) return void request.socket.resetAndDestroy();
        json(response, answer((JSON.parse(body) as { id: number }).id));
      });
    });
    return { ...(await proxy(upstream.url)), bodies };
  }

  test('a request on a kept connection that the server closes is sent once more, with the same body', async () => {
    const { url, bodies, total } = await serveUnreliably(2);
    await post(url, call(1));
    const response = await post(url, call(2));
    expect(response.status).toBe(200);
    expect(await response.json()).toEqual(answer(2));
    expect(bodies).toEqual([call(1), call(2), call(2)].map((message) => JSON.stringify(message)));
    expect(await total(DURATIONS, { error_type: '' })).toBe(2);
    expect(await total(DURATIONS)).toBe(2);
  });

  test('a request on a new connection that the server closes is not sent again', async () => {
    const { url, bodies, total } = await serveUnreliably(1);
    expect((await post(url, call(1))).status).toBe(502);
    expect(bodies).toHaveLength(1);
    expect(await total('mcp_proxy_upstream_up')).toBe(0);
  });

  test('a request whose connection is closed twice is sent twice and no more', async () => {
    const { url, bodies } = await serveUnreliably(2, 3);
    await post(url, call(1));
    expect((await post(url, call(2))).status).toBe(502);
    expect(bodies).toHaveLength(3);
  });

  test('a request is sent again on a new connection, although other connections are kept', async () => {
    const sockets = new Set<unknown>();
    const upstream = await serve((request, response) => {
      void messageOf(request).then(({ id }) => {
        if (sockets.has(request.socket)) return request.socket.resetAndDestroy();
        sockets.add(request.socket);
        setTimeout(() => json(response, answer(id)), 50);
        return undefined;
      });
    });
    const { url } = await proxy(upstream.url);
    await Promise.all([1, 2, 3].map((id) => post(url, call(id))));
    expect(sockets.size).toBe(3);
    expect((await post(url, call(4))).status).toBe(200);
    expect(sockets.size).toBe(4);
  });

  test.each([
    ['as long as may be kept is sent once more', 0, 200, 3],
    ['that is too long to be kept is not sent again', 1, 502, 2],
  ])('a request with a body %s', async (_, extra, status, requests) => {
    const { url, bodies } = await serveUnreliably(2);
    await post(url, call(1));
    const short = JSON.stringify({ ...call(2), x: '' });
    const long = JSON.stringify({ ...call(2), x: 'x'.repeat(1024 * 1024 - short.length + extra) });
    expect((await post(url, long)).status).toBe(status);
    expect(bodies).toHaveLength(requests);
    expect(bodies.at(-1)).toBe(long);
  });
});

test.each<[string, (socket: Socket) => unknown]>([
  ['ends', (socket) => socket.end()],
  ['closes', (socket) => socket.destroy()],
  ['resets', (socket) => socket.resetAndDestroy()],
])(
  'no request is lost to a server that %s each idle connection as the next request arrives',
  async (_, close) => {
    const used = new WeakSet<Socket>();
    const closed: number[] = [];
    const upstream = await serve((request, response) => {
      const { socket } = request;
      void messageOf(request).then(({ id }) => {
        if (used.has(socket)) {
          closed.push(Number(id));
          return void close(socket);
        }
        used.add(socket);
        return json(response, answer(id));
      });
    });
    const { url, total } = await proxy(upstream.url);
    for (let id = 0; id < 10; id++) expect(await (await post(url, call(id))).json()).toEqual(answer(id));
    expect(closed).toEqual([1, 3, 5, 7, 9]);
    expect(await total(DURATIONS, { error_type: '' })).toBe(10);
    expect(await total('mcp_proxy_upstream_up')).toBe(1);
  },
);

describe('session ids', () => {
  test('a session id that every client is given counts as one session after the other', async () => {
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

  test('an empty session id counts as none', async () => {
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

  test('a server of the modern era is understood: version, identity, calls, and a closed stream as a cancellation', async () => {
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

  test('a client that listens to a server of the modern era counts as a subscription', async () => {
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

describe('an address that a server announces', () => {
  const ROUTES = [
    '/metrics',
    '/',
    '/api/v1/report',
    '/health',
    '/mcp',
    '/ws',
    '//evil.example/x',
    '/%6detrics',
  ];

  /** A server of HTTP+SSE that announces `endpoint`; POSTs are answered with their URL, GETs with a page. */
  async function announcing(endpoint: (port: number) => string, headers: Record<string, string> = {}) {
    const seen: {
      method?: string | undefined;
      url?: string | undefined;
      headers: IncomingMessage['headers'];
    }[] = [];
    const upstream = await serve((request, response) => {
      seen.push(request);
      request.resume();
      if (request.url === '/sse') {
        response.writeHead(200, { 'content-type': 'text/event-stream', ...headers });
        response.write(`event: endpoint\ndata: ${endpoint(request.socket.localPort ?? 0)}\n\n`);
        return;
      }
      response.writeHead(200, { 'content-type': 'text/html' }).end(`<script>theirs</script>${request.url}`);
    });
    const watched = await runExporter({
      mcp: proxyMcp({ url: new URL('/sse', upstream.url), serverName: 'theirs' }),
      config: { apiKey: 'the-exporters-own-key', hubKey: 'the-key-to-the-hub' },
    });
    const url = new URL(watched.urls.mcp ?? '');
    const stream = await fetch(url, { headers: { accept: 'text/event-stream', 'accept-encoding': 'gzip' } });
    const reader = stream.body?.pipeThrough(new TextDecoderStream()).getReader();
    const said = async () => (await reader?.read())?.value ?? '';
    const first = /data: (.*)/.exec(await said())?.[1] ?? '';
    return { ...watched, url, seen, first, endpoint: new URL(first, url), close: () => reader?.cancel() };
  }

  test.each(ROUTES)('an announced address such as %s takes over no route', async (path) => {
    const { get, first, endpoint, seen, url } = await announcing(() => path);
    const isForeign = path.startsWith('//');
    if (isForeign) expect(first).toBe(path);
    else expect(first).toMatch(/^\/mcp\/[\w-]{22}$/);
    const sent = seen.length;
    expect((await get('/metrics')).status).toBe(401);
    const metrics = await get('/metrics', { authorization: 'Bearer the-exporters-own-key' });
    expect(metrics.text).toContain('mcp_exporter_build_info');
    const page = await get('/');
    expect(page.text).not.toContain('theirs');
    expect(page.headers.get('content-security-policy')).toContain("script-src 'self'");
    expect((await get('/health')).json()).toEqual({ status: 'ok' });
    await get('/api/v1/sessions', { authorization: 'Bearer the-exporters-own-key' });
    if (path !== '/mcp') expect(seen.length).toBe(sent);
    if (isForeign) return;
    expect(await (await post(endpoint, call(1))).text()).toContain(`theirs</script>${path}`);
    expect(url.origin).toBe(endpoint.origin);
  });

  test.each([
    ['an absolute path with a query', () => '/messages?sessionId=1', '/messages?sessionId=1'],
    ['a relative path', () => 'messages?sid=1', '/messages?sid=1'],
    ['a query alone', () => '?sid=1', '/sse?sid=1'],
    ['its own origin', (port: number) => `http://127.0.0.1:${port}/m?x=1`, '/m?x=1'],
    ['its own origin with a user', (port: number) => `http://a:b@127.0.0.1:${port}/m`, '/m'],
  ])('an announced address may be %s', async (_title, announced, expected) => {
    const { endpoint, seen } = await announcing(announced);
    await (await post(endpoint, call(1))).text();
    expect(seen.at(-1)?.url).toBe(expected);
    expect(seen.at(-1)?.headers.authorization).toBeUndefined();
  });

  test('an announced address may be the proxy’s own, as its server is configured with', async () => {
    let own = '';
    const upstream = await serve((request, response) => {
      request.resume();
      if (request.method === 'POST') return void response.end(request.url);
      response.writeHead(200, { 'content-type': 'text/event-stream' });
      response.write(`event: endpoint\ndata: ${own}/metrics\n\n`);
    });
    const { url } = await proxy(upstream.url);
    own = url.origin;
    const stream = await fetch(url);
    const text = (await stream.body?.pipeThrough(new TextDecoderStream()).getReader().read())?.value ?? '';
    const announced = /data: (.*)/.exec(text)?.[1] ?? '';
    expect(announced).toMatch(/^\/mcp\/[\w-]{22}$/);
    expect(await (await post(new URL(announced, url), call(1))).text()).toBe('/metrics');
  });

  test('an announced address is known while its stream is open, and only to its client', async () => {
    const { endpoint, close } = await announcing(() => '/messages');
    const guess = new URL('/mcp/AAAAAAAAAAAAAAAAAAAAAA', endpoint);
    expect((await post(guess, call(1))).status).toBe(404);
    expect((await post(endpoint, call(1))).status).toBe(200);
    await close();
    await expect.poll(async () => (await post(endpoint, call(1))).status).toBe(404);
  });

  test('a stream is requested uncompressed, and announces no route if it is compressed or oddly typed all the same', async () => {
    const { seen } = await announcing(() => '/messages');
    expect(seen[0]?.headers['accept-encoding']).toBe('identity');
    const endpoint = 'event: endpoint\ndata: /metrics\n\n';
    for (const [type, encoding, bytes] of [
      ['text/event-stream', 'gzip', gzipSync(endpoint)],
      ['text/event-stream', 'br, GZIP', gzipSync(brotliCompressSync(endpoint))],
      ['Text/Event-Stream;charset=x', 'identity', endpoint],
      ['text/html, text/event-stream', 'deflate', deflateRawSync(endpoint)],
    ] as const) {
      const upstream = await serve((request, response) => {
        request.resume();
        response.writeHead(200, { 'content-type': type, 'content-encoding': encoding }).end(bytes);
      });
      const { url, total } = await proxy(upstream.url);
      const stream = await fetch(url, { headers: { accept: 'text/event-stream' } });
      expect(stream.headers.get('content-encoding')).toBe(null);
      expect(await stream.text()).toMatch(/^event: endpoint\ndata: \/mcp\/[\w-]{22}\n\n$/);
      expect(await total('mcp_exporter_build_info')).toBe(1);
    }
  });

  test('an address that is announced again replaces the one before', async () => {
    const upstream = await serve((request, response) => {
      request.resume();
      response.writeHead(200, { 'content-type': 'text/event-stream' });
      response.write('event: endpoint\ndata: /messages\n\n'.repeat(10_000));
    });
    const { url } = await proxy(upstream.url);
    const stream = await fetch(url);
    const reader = stream.body?.pipeThrough(new TextDecoderStream()).getReader();
    let text = '';
    while (text.split('data: /mcp').length <= 10_000) text += (await reader?.read())?.value ?? '';
    const announced = [...text.matchAll(/data: (\S+)\n/g)].map(([, path = '']) => new URL(path, url));
    const [first = url, last = url] = [announced[0], announced.at(-1)];
    expect((await post(first, call(1))).status).toBe(404);
    expect((await post(last, call(1))).status).toBe(200);
  });
});

describe('a redirect', () => {
  test.each([
    ['to a route of the exporter', () => '/metrics', '/metrics'],
    ['to its own path with a slash, as Starlette’s mounts do', () => '/mcp/', '/mcp/'],
    ['with its own origin', (host: string) => `http://${host}/mcp/?a=1`, '/mcp/?a=1'],
  ])('a redirect %s leads to the server', async (_title, location, expected) => {
    const upstream = await serve((request, response) => {
      request.resume();
      if (request.url === expected) return json(response, { reached: request.url });
      const status = request.url?.includes('303') ? 303 : 307;
      response
        .writeHead(status, { location: location(request.headers.host ?? ''), 'content-length': 0 })
        .end();
    });
    const { url } = await proxy(upstream.url);
    // A redirect that the proxy follows itself, and one that the client follows, since it changes the method.
    for (const [request, path] of [
      [() => post(url, call(1)), /^\/mcp$/],
      [() => post(new URL('?status=303', url), call(1)), /^\/mcp\/[\w-]{22}$/],
    ] as const) {
      const paths = new Set<string>();
      for (let i = 0; i < 3; i++) {
        const response = await request();
        expect(await response.json()).toEqual({ reached: expected });
        paths.add(new URL(response.url).pathname);
      }
      // The same one is announced under the same path.
      expect([...paths]).toEqual([expect.stringMatching(path)]);
    }
  });

  test('a redirect to another origin is passed on unchanged', async () => {
    const upstream = await serve((_request, response) =>
      response.writeHead(302, { location: 'https://elsewhere.example/login' }).end(),
    );
    const { url } = await proxy(upstream.url);
    const response = await fetch(url, { redirect: 'manual' });
    expect(response.headers.get('location')).toBe('https://elsewhere.example/login');
  });

  test('redirects to 100,000 places leave a bounded number of paths, and those of other clients', async () => {
    const limits: string[] = [];
    const upstream = new URL('http://upstream.example/mcp');
    const endpoints = new AnnouncedEndpoints({ upstream, onLimit: (limit) => limits.push(limit) });
    const other = endpoints.announce('/theirs', upstream, { client: 'b', ownHost: 'x' });
    const paths = Array.from(
      { length: 100_000 },
      (_, i) => endpoints.announceOnce(`/${i}`, upstream, { client: 'a', ownHost: 'x' })?.path ?? '',
    );
    expect(paths.filter((path) => endpoints.targetOf(path)).length).toBe(1000);
    expect(endpoints.targetOf(other?.path ?? '')?.href).toBe('http://upstream.example/theirs');
    expect(limits).toHaveLength(99_000);
  });
});

describe('what applies to a whole origin', () => {
  test('headers about a whole origin are not taken from a server: pages are in a sandbox, cookies below /mcp, and policies dropped', async () => {
    const dropped = {
      'strict-transport-security': 'max-age=31536000',
      'clear-site-data': '"*"',
      'alt-svc': 'h3="evil.example:443"',
      'service-worker-allowed': '/',
      refresh: '0;url=/metrics',
      link: '</metrics>; rel=preload',
      'report-to': '{}',
      nel: '{}',
    };
    const upstream = await serve((request, response) => {
      request.resume();
      response.writeHead(200, {
        'content-type': 'text/html',
        'content-security-policy': "default-src 'self'",
        'set-cookie': ['sticky=1; Path=/; Domain=localhost; HttpOnly'],
        'www-authenticate': 'Bearer realm="theirs"',
        ...dropped,
      });
      response.end('<script>steal()</script>');
    });
    const { url } = await proxy(upstream.url);
    const { headers } = await fetch(url);
    for (const name of Object.keys(dropped)) expect(headers.get(name)).toBe(null);
    expect(headers.get('content-security-policy')).toMatch(/^default-src 'self', sandbox;/);
    expect(headers.get('x-content-type-options')).toBe('nosniff');
    expect(headers.getSetCookie()).toEqual(['sticky=1; HttpOnly; Path=/mcp']);
    expect(headers.get('www-authenticate')).toBe('Bearer realm="theirs"');
  });
});

test('the exporter’s own keys do not reach the server, in whatever header they come; the server’s do', async () => {
  const seen: string[] = [];
  const upstream = await serve((request, response) => {
    seen.push(request.rawHeaders.join('\n'));
    request.resume();
    json(response, {});
  });
  const { urls } = await runExporter({
    mcp: proxyMcp({ url: upstream.url, serverName: 'theirs' }),
    config: { apiKey: 'the-exporters-own-key', hubKey: 'the-key-to-the-hub' },
  });
  const url = new URL(urls.mcp ?? '');
  for (const key of ['the-exporters-own-key', 'the-key-to-the-hub']) {
    const encoded = Buffer.from(key).toString('base64url');
    for (const headers of [
      { authorization: `Bearer ${key}` },
      { authorization: `bearer  ${key}` },
      { cookie: `a=1; key=${key}` },
      { 'x-api-key': key },
      { authorization: `Basic ${Buffer.from(`user:${key}`).toString('base64')}` },
      { authorization: `Basic ${Buffer.from(`:${key}`).toString('base64')}` },
      { 'sec-websocket-protocol': `mcp-exporter.v1, bearer.${encoded}` },
    ]) {
      await (await post(url, call(1), headers)).text();
      expect(seen.at(-1)).not.toContain(key);
      expect(seen.at(-1)).not.toContain(encoded);
      if ('authorization' in headers) expect(seen.at(-1)?.toLowerCase()).not.toContain('authorization');
    }
  }
  await (await post(url, call(1), { authorization: 'Bearer theirs' })).text();
  expect(seen.at(-1)).toContain('Bearer theirs');
});

test('a server that switches to another protocol is answered for with 502', async () => {
  const server = createTcpServer((socket) => {
    socket.on('error', () => undefined);
    socket.end('HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\nxx');
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  onTestFinished(() => void server.close());
  const { port } = server.address() as AddressInfo;
  const { urls } = await runExporter({
    mcp: proxyMcp({ url: `http://127.0.0.1:${port}/mcp`, serverName: 'theirs' }),
  });
  const response = await post(new URL(urls.mcp ?? ''), call(1));
  expect(response.status).toBe(502);
  expect(await response.json()).toMatchObject({ id: 1, error: { code: -32_000 } });
});

test('50,000 invented session ids from one address leave the sessions of others as they are', async () => {
  const sessions = new SessionRegistry();
  const limits: string[] = [];
  const closed: string[] = [];
  sessions.subscribe((event) => {
    if (event.type === 'limit_reached') limits.push(event.limit);
    if (event.type === 'connection_closed') closed.push(event.errorType);
  });
  const server = new WatchedServer({ name: 'theirs' });
  const traffic = new HttpTraffic({ sessions, clock: systemClock, server, config: DEFAULT_CONFIG });
  onTestFinished(() => traffic.close());
  const request = (client: string, id: string) => {
    const header = (name: string) => (name === 'mcp-session-id' ? id : undefined);
    return traffic.exchange({ method: 'POST', path: '/mcp', header, client });
  };
  const initialize = { jsonrpc: '2.0', id: 0, method: 'initialize', params: {} };
  for (let i = 0; i < 100; i++) {
    const exchange = request('10.0.0.1', `real-${i}`);
    exchange.parsedRequestBody(initialize);
    exchange.response(200, () => undefined);
    await exchange.end('complete');
  }
  for (let i = 0; i < 50_000; i++) {
    const exchange = request('10.0.0.2', `invented-${i}`);
    exchange.response(200, () => undefined);
    await exchange.end('complete');
  }
  expect(limits.length).toBe(49_000);
  expect(closed).toEqual([]);
});
