import { once } from 'node:events';
import { Agent, request as httpRequest, type IncomingMessage, type ServerResponse } from 'node:http';
import { connect, createServer as createTcpServer, type AddressInfo, type Socket } from 'node:net';
import { text } from 'node:stream/consumers';
import { promisify } from 'node:util';

import { describe, expect, onTestFinished, test } from 'vitest';

import { answer, call, DURATIONS, json, messageOf, proxy, serve } from '../../support/proxied-http.ts';

const ATTEMPTS = 100;
const LONG = JSON.stringify({ ...call(1), padding: 'x'.repeat(512 * 1024) });
const DENIED = JSON.stringify({ error: 'invalid_token' });
const head = (status: string, ...headers: string[]) =>
  [`HTTP/1.1 ${status}`, ...headers, `Content-Length: ${DENIED.length}`, '', DENIED].join('\r\n');

/** A TCP server that does not read more than the first chunk of each request. */
async function serveEarly(respond: (socket: Socket) => void) {
  const server = createTcpServer({ allowHalfOpen: true }, (socket) => {
    socket
      .on('error', () => undefined)
      .once('data', () => {
        socket.pause();
        respond(socket);
      });
  });
  await once(server.listen(0, '127.0.0.1'), 'listening');
  onTestFinished(() => void server.close());
  return proxy(new URL(`http://127.0.0.1:${(server.address() as AddressInfo).port}/mcp`));
}

/** Sends a long body, and gives the response. */
async function upload(url: URL, agent: Agent | false, headers: Record<string, string> = {}) {
  const client = httpRequest(url, {
    method: 'POST',
    agent,
    headers: { 'content-length': LONG.length, ...headers },
  });
  client.on('error', () => undefined);
  for (let i = 0; i < LONG.length; i += 64 * 1024) client.write(LONG.slice(i, i + 64 * 1024));
  client.end();
  const [response] = (await once(client, 'response')) as [IncomingMessage];
  return { status: response.statusCode, body: await text(response), headers: response.headers };
}

describe('a response that comes before the request is complete', () => {
  test.each<[string, number, (socket: Socket) => void]>([
    [
      'and closes the connection',
      401,
      (socket) => void socket.end(head('401 Unauthorized', 'Connection: close'), () => socket.destroy()),
    ],
    [
      'and resets the connection',
      413,
      (socket) => void socket.write(head('413 Content Too Large'), () => socket.resetAndDestroy()),
    ],
    ['and half-closes the connection', 401, (socket) => void socket.end(head('401 Unauthorized'))],
  ])(
    '%s is received unchanged, in every attempt',
    async (_title, status, respond) => {
      const { url, total, logs } = await serveEarly(respond);
      const kept = new Agent({ keepAlive: true });
      onTestFinished(() => kept.destroy());
      for (let attempt = 0; attempt < ATTEMPTS; attempt += 10) {
        const uploads = Array.from({ length: 10 }, (_, i) => upload(url, i % 2 === 0 && kept));
        for (const response of await Promise.all(uploads))
          expect(response).toMatchObject({ status, body: DENIED });
      }
      expect(await total('mcp_server_rejections_total', { http_status: String(status) })).toBe(ATTEMPTS);
      expect(await total('mcp_server_transport_errors_total')).toBe(0);
      expect(await total('mcp_server_operations_in_flight')).toBe(0);
      expect(await total('mcp_proxy_upstream_up')).toBe(1);
      expect(logs.join('')).not.toContain('unreachable');
    },
    120_000,
  );

  test('the connection of the client can be used again', async () => {
    const { url } = await serveEarly(
      (socket) => void socket.end(head('401 Unauthorized', 'Connection: close')),
    );
    const kept = new Agent({ keepAlive: true, maxSockets: 1 });
    onTestFinished(() => kept.destroy());
    for (let i = 0; i < 3; i++) expect(await upload(url, kept)).toMatchObject({ status: 401, body: DENIED });
  });

  test.each(['keep-alive', 'close'])(
    'a client that reads only after its request receives it (%s)',
    async (connection) => {
      const { url } = await serveEarly(
        (socket) => void socket.end(head('401 Unauthorized', 'Connection: close')),
      );
      const parts = Array.from({ length: 256 }, () => Buffer.alloc(64 * 1024, 'x'));
      const socket = connect(Number(url.port), url.hostname);
      onTestFinished(() => void socket.destroy());
      const lines = [`POST ${url.pathname} HTTP/1.1`, `Host: ${url.host}`, `Connection: ${connection}`];
      socket.write([...lines, `Content-Length: ${256 * 64 * 1024}`, '', ''].join('\r\n'));
      for (const part of parts) await promisify<Buffer, void>(socket.write.bind(socket))(part);
      const [received] = (await once(socket, 'data')) as [Buffer];
      expect(received.toString()).toMatch(/^HTTP\/1\.1 401 /);
      expect(received.toString()).toContain(DENIED);
    },
  );

  test('a connection is closed if its request cannot be completed', async () => {
    let closed = 0;
    const upstream = await serve((request, response) => {
      request.once('data', () => undefined).once('error', () => undefined);
      request.socket.once('close', () => (closed += 1));
      response.writeHead(401).end();
    });
    const { url } = await proxy(upstream.url);
    const kept = new Agent({ keepAlive: true });
    onTestFinished(() => kept.destroy());
    expect((await upload(url, kept)).status).toBe(401);
    await expect.poll(() => closed).toBe(1);
  });
});

describe('Expect: 100-continue', () => {
  /** Sends the header of a request, and its body when the server says so. */
  async function expectContinue(url: URL, agent: Agent | false = false) {
    const body = JSON.stringify(call(1));
    const headers = { expect: '100-continue', 'content-length': body.length };
    const client = httpRequest(url, { method: 'POST', agent, headers });
    client.on('error', () => undefined);
    let continued = 0;
    client.on('continue', () => {
      continued += 1;
      client.end(body);
    });
    client.flushHeaders();
    const [response] = (await once(client, 'response')) as [IncomingMessage];
    return { status: response.statusCode, body: await text(response), continued };
  }

  test('the server decides whether the client continues, and receives the body then', async () => {
    const upstream = await serve(() => undefined);
    upstream.server.on('checkContinue', (request: IncomingMessage, response: ServerResponse) => {
      response.writeContinue();
      void messageOf(request).then(({ id }) => json(response, answer(id)));
    });
    const { url, total } = await proxy(upstream.url);
    const kept = new Agent({ keepAlive: true });
    onTestFinished(() => kept.destroy());
    for (const agent of [false, kept, kept] as const) {
      const response = await expectContinue(url, agent);
      expect(response).toEqual({ status: 200, body: JSON.stringify(answer(1)), continued: 1 });
    }
    await expect.poll(() => total(DURATIONS, { error_type: '' })).toBe(3);
  });

  test.each([401, 417])('a final status %s is received without sending the body', async (status) => {
    let bodies = 0;
    const upstream = await serve(() => undefined);
    upstream.server.on('checkContinue', (request: IncomingMessage, response: ServerResponse) => {
      request.on('data', () => (bodies += 1));
      response.writeHead(status).end(DENIED);
    });
    const { url, total } = await proxy(upstream.url);
    for (let i = 0; i < 5; i++)
      expect(await expectContinue(url)).toEqual({ status, body: DENIED, continued: 0 });
    expect(bodies).toBe(0);
    expect(await total('mcp_proxy_upstream_up')).toBe(1);
    expect(await total('mcp_server_rejections_total', { http_status: String(status) })).toBe(5);
  });

  test('an unreachable server is reported as such, with the id of the request', async () => {
    const { url } = await proxy(new URL('http://127.0.0.1:9/mcp'));
    const response = await expectContinue(url);
    expect(response).toMatchObject({ status: 502, continued: 1 });
    expect(JSON.parse(response.body)).toMatchObject({ id: 1, error: { code: -32_000 } });
  });

  test('the exporter’s own routes let a client continue', async () => {
    const { url } = await proxy(new URL('http://127.0.0.1:9/mcp'));
    expect(await expectContinue(new URL('/metrics', url))).toMatchObject({ continued: 1 });
  });
});
