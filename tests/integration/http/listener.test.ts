import { once } from 'node:events';
import { connect } from 'node:net';
import { text } from 'node:stream/consumers';
import { setTimeout } from 'node:timers/promises';

import { describe, expect, onTestFinished, test } from 'vitest';

import { startListener, type ListenerOptions } from '../../../src/http/listener.ts';
import { SocketLimiter } from '../../../src/http/socket-limiter.ts';
import { createGate } from '../../support/gates.ts';

const TIMES = { headersTimeout: 200, requestTimeout: 200, connectionsCheckingInterval: 50 };

/** A listener with short times; `send` opens a socket and sends a text. */
async function listen(options: Partial<ListenerOptions>) {
  const limits: string[] = [];
  const onLimit = (reached: string) => void limits.push(reached);
  const listener = await startListener({
    host: 'localhost',
    address: '127.0.0.1',
    port: 0,
    portSetting: 'PORT',
    keepsProcessAlive: false,
    gate: createGate(),
    sockets: new SocketLimiter({ max: 10_000, openFiles: { isNearLimit: () => false }, onLimit }),
    onLimit,
    onRequest: (request) => void request.resume(),
    onUpgrade: () => undefined,
    times: TIMES,
    ...options,
  });
  onTestFinished(() => listener.close(0));
  const send = (sent: string) => {
    const socket = connect(Number(listener.url.port), '127.0.0.1');
    onTestFinished(() => void socket.destroy());
    socket.on('error', () => undefined).write(sent);
    // A reset ends the answer.
    return { socket, answer: text(socket).catch(() => '') };
  };
  return { limits, send };
}

test.each([
  ['its header', 'GET / HTTP/1.1\r\nHost: localhost\r\n', 'header_time'],
  ['its body', 'POST / HTTP/1.1\r\nHost: localhost\r\nContent-Length: 10\r\n\r\nabc', 'body_time'],
])('clients that take too long to send %s are answered with 408 and closed', async (_title, sent, limit) => {
  const { limits, send } = await listen({});
  const answers = Array.from({ length: 100 }, () => send(sent).answer);
  for (const answer of await Promise.all(answers))
    expect(answer).toMatch(/^HTTP\/1\.1 408 .*request_timeout/s);
  expect(limits).toEqual(Array.from({ length: 100 }, () => limit));
});

const post = (path: string, length: number) =>
  `POST ${path} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\nContent-Length: ${length}\r\n\r\n`;
const get = (path: string, header: string) =>
  `GET ${path} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\nX-Long: ${header}\r\n\r\n`;

/** A proxy's listener, which answers each request with the length of its body, or of its header `X-Long`. */
function forwarding(options: Partial<ListenerOptions> = {}) {
  return listen({
    isForwarding: true,
    times: {},
    onRequest: (request, response) => {
      const { 'x-long': long } = request.headers;
      void text(request).then(
        (body) => response.end(`${String(long ?? body).length} characters`),
        () => undefined,
      );
    },
    ...options,
  });
}

test('an upload to a proxied server may take any time and pause, and only that', async () => {
  const { limits, send } = await forwarding({
    times: { requestTimeout: 200, idleTimeout: 1000, keepAliveTimeout: 1000 },
  });
  const upload = send(`${post('/mcp', 6)}abc`);
  const absolute = send(`${post('http://localhost/mcp/token?a=/', 6)}abc`);
  const idle = send('GET / HTTP/1.1\r\nHost: localhost\r\n\r\n');
  for (const path of ['/metrics', '/mcpx', '/', '/api?/mcp', '//mcp'])
    expect(await send(`${post(path, 6)}abc`).answer).toMatch(/^HTTP\/1\.1 408 /);
  await idle.answer;
  for (const { socket, answer } of [upload, absolute]) {
    socket.write('def');
    expect(await answer).toContain('6 characters');
  }
  expect(limits).toEqual([...Array.from({ length: 5 }, () => 'body_time'), 'socket_idle']);
});

describe.each([
  ['the exporter', false],
  ['a proxy', true],
])('an idle connection of %s', (_of, isForwarding) => {
  const onRequest: ListenerOptions['onRequest'] = (_request, response) => void response.end('answered');
  const request =
    'POST /mcp HTTP/1.1\r\nHost: localhost\r\nConnection: keep-alive\r\nContent-Length: 0\r\n\r\n';

  test('stays open for longer than reverse proxies reuse one', async () => {
    const { send } = await listen({ isForwarding, onRequest, times: {} });
    const [head] = (await once(send(request).socket, 'data')) as [Buffer];
    const seconds = /^keep-alive: timeout=(\d+)/im.exec(head.toString())?.[1];
    // Caddy keeps idle connections for two minutes, nginx and the load balancers of AWS for one.
    expect(Number(seconds)).toBeGreaterThan(120);
  });

  test('may be idle for longer than a header may take', async () => {
    const { send, limits } = await listen({ isForwarding, onRequest });
    const { socket } = send(request);
    await once(socket, 'data');
    await setTimeout(3 * TIMES.headersTimeout);
    socket.write(request);
    expect(String(await once(socket, 'data'))).toMatch(/^HTTP\/1\.1 200 .*answered/s);
    expect(limits).toEqual([]);
  });
});

test('a header for a proxied server may be longer than one for the exporter', async () => {
  const { limits, send } = await forwarding();
  for (const length of [20_000, 200_000, 1_000_000]) {
    expect(await send(get('/mcp', 'x'.repeat(length))).answer).toContain(`${length} characters`);
    expect(await send(get(`/mcp?${'x'.repeat(length)}`, 'x')).answer).toContain('1 characters');
  }
  expect(limits).toEqual([]);
  const upgrade = `GET /ws HTTP/1.1\r\nHost: localhost\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nX-Long: ${'x'.repeat(20_000)}\r\n\r\n`;
  const refused = [
    get('/metrics', 'x'.repeat(20_000)),
    get(`/${'x'.repeat(20_000)}`, ''),
    upgrade,
    get('/mcp', 'x'.repeat(1024 * 1024)),
  ];
  for (const sent of refused) expect(await send(sent).answer).toMatch(/^HTTP\/1\.1 431 .*header_too_large/s);
  expect(limits).toEqual(refused.map(() => 'header_size'));
});

test('many open sockets share the memory for headers', async () => {
  const { limits, send } = await forwarding();
  const many = Array.from({ length: 300 }, () => send(get('/mcp', 'x').replace('Connection: close\r\n', '')));
  await Promise.all(many.map(({ socket }) => once(socket, 'data')));
  expect(await send(get('/mcp', 'x'.repeat(500_000))).answer).toMatch(/^HTTP\/1\.1 431 /);
  expect(limits).toEqual(['header_size']);
  expect(await send(get('/mcp', 'x'.repeat(400_000))).answer).toContain('400000 characters');
});
