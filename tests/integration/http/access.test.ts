import { connect } from 'node:net';
import { once } from 'node:events';

import { describe, expect, test } from 'vitest';
import { WebSocket } from 'ws';

import { FeedViewer } from '../../support/feed-viewer.ts';
import { runExporter } from '../../support/running-exporter.ts';

const KEY = 'correct-horse-battery';
const guarded = () => runExporter({ config: { apiKey: KEY } });
const bearer = (key: string) => ({ authorization: `Bearer ${key}` });

describe('with authentication on', () => {
  test.each(['/metrics', '/api/v1/sessions', '/api/v1/summary', '/mcp', '/nothing'])(
    '%s asks for the key',
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

  test('the right key opens', async () => {
    const { get } = await guarded();
    expect((await get('/metrics', bearer(KEY))).status).toBe(200);
    expect((await get('/nothing', bearer(KEY))).status).toBe(404);
  });

  test.each(['/health', '/ready', '/-/healthy', '/-/ready'])('%s stays open', async (path) => {
    const { get } = await guarded();
    expect((await get(path)).status).toBe(200);
  });

  test('the feed takes the key as a header, or as a subprotocol', async () => {
    const { urls } = await guarded();
    await new FeedViewer(urls.feed, { headers: bearer(KEY) }).next('hello');
    const protocols = ['mcp-exporter.v1', `bearer.${Buffer.from(KEY).toString('base64url')}`];
    const browser = new FeedViewer(urls.feed, {}, protocols);
    await browser.next('hello');
    expect(browser.socket.protocol).toBe('mcp-exporter.v1');
  });

  test('and opens to nobody without it', async () => {
    const { urls } = await guarded();
    for (const protocols of [['mcp-exporter.v1'], ['mcp-exporter.v1', 'bearer.d3Jvbmc']]) {
      expect(await refusal(urls.feed, {}, protocols)).toBe(401);
    }
  });
});

describe('other people’s pages', () => {
  test('are kept off the feed', async () => {
    const { urls } = await runExporter();
    expect(await refusal(urls.feed, { origin: 'https://evil.example' })).toBe(403);
    expect(await refusal(urls.feed, { origin: 'null' })).toBe(403);
    expect(await refusal(urls.feed, { host: 'rebound.example' })).toBe(403);
    await new FeedViewer(urls.feed, { headers: { origin: new URL(urls.metrics).origin } }).next('hello');
  });

  test('may be allowed by name', async () => {
    const config = { allowedOrigins: ['https://ops.example'], allowedHosts: ['exporter.internal'] };
    const { urls } = await runExporter({ config });
    const headers = { origin: 'https://ops.example', host: 'exporter.internal:1234' };
    await new FeedViewer(urls.feed, { headers }).next('hello');
  });
});

test('an upgrade to any other path is refused', async () => {
  const { urls } = await runExporter();
  expect(await refusal(urls.feed.replace('/ws', '/mcp'), {})).toBe(404);
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
