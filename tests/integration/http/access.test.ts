import { once } from 'node:events';
import { createServer } from 'node:http';
import { connect, type AddressInfo } from 'node:net';
import { networkInterfaces } from 'node:os';

import express from 'express';
import pino from 'pino';
import { describe, expect, onTestFinished, test } from 'vitest';
import { WebSocket } from 'ws';

import { createExporter } from '../../../src/exporter/exporter.ts';
import { createLogger } from '../../../src/logging/logger.ts';
import { FeedViewer } from '../../support/feed-viewer.ts';
import { runExporter } from '../../support/running-exporter.ts';

const KEY = 'correct-horse-battery';
const guarded = () => runExporter({ config: { apiKey: KEY } });
const bearer = (key: string) => ({ authorization: `Bearer ${key}` });
const LAN_ADDRESS = Object.values(networkInterfaces())
  .flat()
  .find((address) => address?.family === 'IPv4' && !address.internal)?.address;

describe('with authentication on', () => {
  test.each(['/metrics', '/api/v1/sessions', '/api/v1/summary', '/mcp', '/mcp/x', '/nothing', '/%6detrics'])(
    'with authentication on, %s requires the key',
    async (path) => {
      const { get } = await guarded();
      for (const headers of [{}, bearer('wrong'), bearer(`${KEY}x`), { authorization: `Basic ${KEY}` }]) {
        const { status, headers: answered, json } = await get(path, headers);
        expect(status).toBe(401);
        expect(answered.get('www-authenticate')).toMatch(/^Bearer/);
        expect(json()).toMatchObject({ error: { code: 'unauthorized' } });
      }
    },
  );

  test('with authentication on, the right key opens every route', async () => {
    const { get } = await guarded();
    const basic = { authorization: `Basic ${Buffer.from(`prometheus:${KEY}`).toString('base64')}` };
    for (const headers of [bearer(KEY), basic, { 'x-api-key': KEY }])
      expect((await get('/metrics', headers)).status).toBe(200);
    expect((await get('/nothing', bearer(KEY))).status).toBe(404);
  });

  test.each(['/health', '/ready', '/-/healthy', '/-/ready'])(
    'with authentication on, %s stays open',
    async (path) => {
      const { get } = await guarded();
      expect((await get(path)).status).toBe(200);
    },
  );

  test('the feed takes the key as a header or as a subprotocol', async () => {
    const { urls } = await guarded();
    await new FeedViewer(urls.feed, { headers: bearer(KEY) }).next('hello');
    const protocols = ['mcp-exporter.v1', `bearer.${Buffer.from(KEY).toString('base64url')}`];
    const browser = new FeedViewer(urls.feed, {}, protocols);
    await browser.next('hello');
    expect(browser.socket.protocol).toBe('mcp-exporter.v1');
  });

  test('the feed opens to nobody without the key', async () => {
    const { urls } = await guarded();
    for (const protocols of [['mcp-exporter.v1'], ['mcp-exporter.v1', 'bearer.d3Jvbmc']]) {
      expect(await refusal(urls.feed, {}, protocols)).toBe(401);
    }
  });
});

describe('guesses of the key', () => {
  async function watched() {
    const lines: { msg: string; address?: string; requests?: number }[] = [];
    const write = (line: string) => void lines.push(JSON.parse(line) as never);
    const running = await runExporter({
      config: { apiKey: KEY },
      logger: pino({ level: 'warn' }, { write }),
    });
    const counts = async () => (await running.exporter.metrics.expose()).body;
    return { ...running, lines, counts };
  }

  test('ten guesses of the key a minute are compared, more are answered with 429 and logged once', async () => {
    const { get, lines, counts, urls } = await watched();
    const statuses = new Map<number, number>();
    for (let i = 0; i < 1000; i++) {
      const { status } = await get('/metrics', bearer(`guess-${i}-of-a-thousand`));
      statuses.set(status, (statuses.get(status) ?? 0) + 1);
    }
    expect(statuses).toEqual(
      new Map([
        [401, 10],
        [429, 990],
      ]),
    );
    // Not even the right one tells anything then; what needs no key works.
    const { status, headers, json } = await get('/metrics', bearer(KEY));
    expect(status).toBe(429);
    expect(Number(headers.get('retry-after'))).toBeGreaterThan(50);
    expect(json()).toMatchObject({ error: { code: 'too_many_attempts' } });
    expect(await refusal(urls.feed, bearer(KEY))).toBe(429);
    expect((await get('/health')).status).toBe(200);
    const text = await counts();
    expect(text).toContain('mcp_exporter_refused_requests_total{reason="wrong_key"} 10\n');
    expect(text).toContain('mcp_exporter_refused_requests_total{reason="too_many_attempts"} 992\n');
    expect(text).toContain('mcp_exporter_limit_reached_total{limit="key_attempts"} 992\n');
    expect(lines).toMatchObject([{ msg: 'requests refused', address: '127.0.0.1', requests: 1 }]);
  });

  test('guesses of the key over the WebSocket count as well', async () => {
    const { get, urls } = await watched();
    for (let i = 0; i < 10; i++) expect(await refusal(urls.feed, bearer(`a-wrong-key-${i}`))).toBe(401);
    expect(await refusal(urls.feed, bearer('a-wrong-key'))).toBe(429);
    expect((await get('/metrics', bearer(KEY))).status).toBe(429);
  });

  test('requests without a key do not count as guesses of it', async () => {
    const { get } = await watched();
    for (let i = 0; i < 100; i++) expect((await get('/metrics')).status).toBe(401);
    expect((await get('/metrics', bearer(KEY))).status).toBe(200);
  });
});

const EVERY_ROUTE = [
  '/',
  '/index.html',
  '/runbooks',
  '/metrics',
  '/METRICS/',
  '/api/v1/sessions',
  '/api/v1/snapshot',
  '/api/v1/openapi.json',
  '/mcp',
  '/nothing',
];

describe('a Host that is not ours', () => {
  test.each(EVERY_ROUTE)('a Host that is not ours gets nothing of %s', async (path) => {
    const { urls } = await runExporter();
    for (const host of ['evil.example', 'evil.example:3001', 'localhost.evil.example', '10.1.2.3']) {
      const answer = await raw(urls.metrics, `GET ${path} HTTP/1.1\r\nHost: ${host}\r\n`);
      expect(answer).toMatch(/^HTTP\/1\.1 403 /);
      expect(answer).toContain('MONITORING_ALLOWED_HOSTS');
    }
  });

  test.each(['/health', '/ready', '/-/healthy', '/-/ready'])(
    'a Host that is not ours may ask for %s',
    async (path) => {
      const { urls } = await runExporter();
      const answer = await raw(urls.metrics, `GET ${path} HTTP/1.1\r\nHost: evil.example\r\n`);
      expect(answer).toMatch(/^HTTP\/1\.1 200 /);
    },
  );

  test.each([
    ['two of them', 'GET /metrics HTTP/1.1\r\nHost: localhost\r\nHost: evil.example\r\n', 400],
    ['none, as of HTTP/1.0', 'GET /metrics HTTP/1.0\r\n', 400],
    ['an empty one', 'GET /metrics HTTP/1.1\r\nHost:\r\n', 400],
    ['a user before it', 'GET /metrics HTTP/1.1\r\nHost: localhost@evil.example\r\n', 400],
    ['a zone in it', 'GET /metrics HTTP/1.1\r\nHost: [fe80::1%25eth0]\r\n', 400],
    ['a whole URL as the target', 'GET http://evil.example/metrics HTTP/1.1\r\nHost: localhost\r\n', 403],
    ['a target that is ours', 'GET http://localhost/metrics HTTP/1.1\r\nHost: evil.example\r\n', 403],
    [
      'X-Forwarded-Host',
      'GET /metrics HTTP/1.1\r\nHost: evil.example\r\nX-Forwarded-Host: localhost\r\n',
      403,
    ],
  ])('a request that is not for our Host is refused: %s', async (_title, head, status) => {
    const { urls } = await runExporter();
    expect(await raw(urls.metrics, head)).toMatch(new RegExp(`^HTTP/1\\.1 ${status} `));
  });

  test.each([
    'localhost',
    'LOCALHOST:1',
    'localhost.',
    'mcp.localhost',
    '127.0.0.1:3001',
    '127.9.9.9',
    '[::1]:3001',
    '[0:0:0:0:0:0:0:1]',
    '[::ffff:127.0.0.1]',
    'exporter:3001',
    'ops.example.com',
  ])('%s is a Host of ours', async (host) => {
    const config = { allowedHosts: ['Exporter'], publicUrl: 'https://ops.example.com/mcp' };
    const { urls } = await runExporter({ config });
    expect(await raw(urls.metrics, `GET /metrics HTTP/1.1\r\nHost: ${host}\r\n`)).toMatch(/^HTTP\/1\.1 200 /);
  });

  test('a Host that is not ours is refused at the port of the feed, too', async () => {
    const port = await freePort();
    const { urls } = await runExporter({ config: { feedPort: port } });
    const feed = `http://127.0.0.1:${port}`;
    expect(await raw(feed, 'GET /ws HTTP/1.1\r\nHost: evil.example\r\n')).toMatch(/^HTTP\/1\.1 403 /);
    expect(await refusal(`ws://127.0.0.1:${port}/ws`, { host: 'evil.example' })).toBe(403);
    await new FeedViewer(`ws://127.0.0.1:${port}/ws`).next('hello');
    expect(urls.metrics).not.toContain(String(port));
  });
});

describe('other people’s pages', () => {
  const isPage = (path: string): boolean => path === '/' || path === '/index.html';

  test.each(EVERY_ROUTE.filter(isPage))('%s is public, but no other page can read it', async (path) => {
    const { get } = await runExporter();
    const { status, headers } = await get(path, { origin: 'https://evil.example' });
    expect(status).toBe(200);
    expect(headers.get('access-control-allow-origin')).toBeNull();
    expect(headers.get('cross-origin-resource-policy')).toBe('same-origin');
  });

  test.each(EVERY_ROUTE.filter((path) => !isPage(path)))(
    'other people’s pages are kept off %s',
    async (path) => {
      const { get } = await runExporter();
      for (const origin of ['https://evil.example', 'null', 'http://localhost:1']) {
        const { status, json } = await get(path, { origin });
        expect([status, json()]).toMatchObject([403, { error: { code: 'forbidden_origin' } }]);
      }
    },
  );

  test('other people’s pages are kept off the feed', async () => {
    const { urls } = await runExporter();
    expect(await refusal(urls.feed, { origin: 'https://evil.example' })).toBe(403);
    expect(await refusal(urls.feed, { origin: 'null' })).toBe(403);
    expect(await refusal(urls.feed, { host: 'rebound.example' })).toBe(403);
    await new FeedViewer(urls.feed, { headers: { origin: new URL(urls.metrics).origin } }).next('hello');
  });

  test('other people’s pages may be allowed by name', async () => {
    const config = { allowedOrigins: ['https://ops.example'], allowedHosts: ['exporter.internal'] };
    const { urls } = await runExporter({ config });
    const headers = { origin: 'https://ops.example', host: 'exporter.internal:1234' };
    await new FeedViewer(urls.feed, { headers }).next('hello');
  });

  test('the exporter’s own page is allowed behind a proxy that ends TLS, with and without the port', async () => {
    const { urls } = await runExporter({ config: { allowedHosts: ['ops.example.com'] } });
    for (const host of ['ops.example.com', 'ops.example.com:443', 'OPS.example.com']) {
      await new FeedViewer(urls.feed, { headers: { host, origin: 'https://ops.example.com' } }).next('hello');
    }
    expect(
      await refusal(urls.feed, { host: 'ops.example.com', origin: 'https://ops.example.com:8443' }),
    ).toBe(403);
  });
});

describe('routes that are mounted in another app', () => {
  async function mounted(config: object, address = '127.0.0.1', path = '/monitoring') {
    const exporter = createExporter({ config, logger: createLogger('silent') });
    onTestFinished(() => exporter.close());
    const app = express()
      .use(path, exporter.router)
      .get('/mine', (_request, response) => void response.send('mine'));
    const server = createServer(app).on('upgrade', exporter.handleUpgrade).listen(0, address);
    await once(server, 'listening');
    onTestFinished(() => server.close().closeAllConnections());
    return `http://${address}:${(server.address() as AddressInfo).port}`;
  }

  test('routes that are mounted in another app are behind the same gate', async () => {
    const base = await mounted({});
    for (const path of ['/', '/metrics', '/api/v1/sessions']) {
      const evil = await raw(base, `GET /monitoring${path} HTTP/1.1\r\nHost: evil.example\r\n`);
      expect(evil).toMatch(/^HTTP\/1\.1 403 /);
      expect((await fetch(`${base}/monitoring${path}`)).status).toBe(200);
    }
    const evil = await refusal(`${base.replace('http', 'ws')}/monitoring/ws`, { host: 'evil.example' });
    expect(evil).toBe(403);
  });

  test('mounted routes leave the app’s own routes alone, whatever their Host', async () => {
    const base = await mounted({ apiKey: KEY }, '127.0.0.1', '/');
    const answer = await raw(base, 'GET /mine HTTP/1.1\r\nHost: app.example.com\r\n');
    expect(answer).toMatch(/^HTTP\/1\.1 200 /);
    expect(answer).not.toMatch(/content-security-policy/i);
    expect((await fetch(`${base}/metrics`)).status).toBe(401);
  });

  test.skipIf(LAN_ADDRESS === undefined)(
    'mounted routes do not open to other machines without a key',
    async () => {
      const base = await mounted({}, LAN_ADDRESS);
      const response = await fetch(`${base}/monitoring/metrics`);
      expect([response.status, await response.json()]).toMatchObject([
        403,
        {
          error: {
            code: 'authentication_required',
            message: expect.stringContaining('MONITORING_ALLOW_UNAUTHENTICATED'),
          },
        },
      ]);
      expect((await fetch(`${base}/monitoring/health`)).status).toBe(200);
      const allowed = await mounted({ allowsUnauthenticated: true }, LAN_ADDRESS);
      expect((await fetch(`${allowed}/monitoring/metrics`)).status).toBe(200);
    },
  );
});

describe('listening beyond loopback', () => {
  test.each(['0.0.0.0', '::', ...(LAN_ADDRESS === undefined ? [] : [LAN_ADDRESS])])(
    'listening on %s is refused without a key',
    async (host) => {
      await expect(runExporter({ config: { host } })).rejects.toMatchObject({
        code: 'authentication_required',
        message: expect.stringMatching(/MONITORING_REQUIRE_AUTH.*MONITORING_ALLOW_UNAUTHENTICATED/),
      });
    },
  );

  test.each([
    { host: '0.0.0.0', apiKey: KEY },
    { host: '0.0.0.0', allowsUnauthenticated: true },
    { host: '127.0.0.3' },
    { host: '::1' },
    { host: '::ffff:127.0.0.1' },
  ])('listening works with the settings %j', async (config) => {
    const { urls } = await runExporter({ config });
    expect((await fetch(new URL('/health', urls.metrics.replace('localhost', '127.0.0.1')))).status).toBe(
      200,
    );
  });

  test.skipIf(LAN_ADDRESS === undefined)(
    'a request may name the address at which it reached an exporter that listens everywhere',
    async () => {
      const { urls } = await runExporter({ config: { host: '0.0.0.0', allowsUnauthenticated: true } });
      const { port } = new URL(urls.metrics);
      expect((await fetch(`http://${LAN_ADDRESS}:${port}/metrics`)).status).toBe(200);
      const byAnother = await raw(
        `http://127.0.0.1:${port}`,
        `GET /metrics HTTP/1.1\r\nHost: ${LAN_ADDRESS}\r\n`,
      );
      expect(byAnother).toMatch(/^HTTP\/1\.1 403 /);
    },
  );
});

test('an upgrade to any other path than that of the feed is refused', async () => {
  const { urls } = await runExporter();
  expect(await refusal(urls.feed.replace('/ws', '/mcp'), {})).toBe(404);
});

test('a header that is too long is answered with 431, and counted', async () => {
  const { urls, get } = await runExporter();
  for (let i = 0; i < 100; i++) {
    const answer = await raw(urls.metrics, `GET /${'x'.repeat(20_000)} HTTP/1.1\r\nHost: localhost\r\n`);
    expect(answer).toMatch(/^HTTP\/1\.1 431 .*header_too_large/s);
  }
  expect((await get('/metrics')).text).toContain(
    'mcp_exporter_limit_reached_total{limit="header_size"} 100\n',
  );
});

test('a client that offers h2c, as Java’s does, is served as if it had not', async () => {
  const { urls } = await runExporter();
  const { host, port } = new URL(urls.metrics);
  const socket = connect(Number(port), '127.0.0.1');
  const offer = 'Connection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\nHTTP2-Settings: AAMAAABk\r\n';
  socket.write(`GET /health HTTP/1.1\r\nHost: ${host}\r\n${offer}\r\n`);
  const [answer] = (await once(socket, 'data')) as [Buffer];
  expect(answer.toString()).toMatch(/^HTTP\/1\.1 200 OK\r\n/);
  // The body of the next one is read, too, and the connection still serves.
  socket.write(`POST /nothing HTTP/1.1\r\nHost: ${host}\r\n${offer}Content-Length: 5\r\n\r\nhello`);
  const [second] = (await once(socket, 'data')) as [Buffer];
  expect(second.toString()).toMatch(/^HTTP\/1\.1 404 /);
  socket.destroy();
});

test('a client that says nonsense instead of a WebSocket handshake hurts nobody', async () => {
  const { urls, get } = await runExporter();
  const socket = connect(Number(new URL(urls.feed).port), '127.0.0.1');
  socket.write('GET /ws HTTP/1.1\r\nHost: localhost\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n');
  socket.resume();
  await once(socket, 'close');
  expect((await get('/health')).status).toBe(200);
});

/** What is answered to these lines, until the connection ends. */
async function raw(base: string, head: string): Promise<string> {
  const { port, hostname } = new URL(base);
  const socket = connect(Number(port), hostname);
  socket.on('error', () => undefined);
  socket.write(`${head}Connection: close\r\n\r\n`);
  let answer = '';
  socket.on('data', (data: Buffer) => (answer += data.toString('latin1')));
  await once(socket, 'close');
  return answer;
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, 'close');
  return port;
}

/** The status with which a WebSocket handshake is refused. */
async function refusal(
  url: string,
  headers: Record<string, string>,
  protocols: string[] = [],
): Promise<number> {
  const socket = new WebSocket(url, protocols, { headers });
  const [request, response] = (await once(socket, 'unexpected-response')) as [
    { destroy(): void },
    { statusCode: number },
  ];
  request.destroy();
  return response.statusCode;
}
