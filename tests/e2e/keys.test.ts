import { once } from 'node:events';
import { createServer, type IncomingMessage } from 'node:http';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { connect, type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { expect, onTestFinished, test } from 'vitest';

import { forProxy, FREE_PORTS, runCli } from '../support/cli-process.ts';
import { FeedViewer } from '../support/feed-viewer.ts';
import { Captured, formsOf } from '../support/leaks.ts';

// Keys go where SECURITY.md says, and nowhere else: each key is a marker, and everything that leaves is searched for it.

const KEY = 'marker-Key+of/the~exporter';
const WEBHOOK_PASSWORD = 'marker-webhook-password';
const WEBHOOK_TOKEN = 'marker-webhook-token-in-the-query';
const PROMETHEUS_PASSWORD = 'marker-prometheus-password';
const SECRETS = [KEY, WEBHOOK_PASSWORD, WEBHOOK_TOKEN, PROMETHEUS_PASSWORD];

/** A server whose every request is captured, headers and body. */
async function capture(place: string, captured: Captured, body = '{}', type = 'application/json') {
  const server = createServer((request, response) => {
    captured.add(place, `${request.method} ${request.url}\n${request.rawHeaders.join('\n')}\n`);
    request.on('data', (data: Buffer) => captured.add(place, data));
    request.on('end', () => response.writeHead(200, { 'content-type': type }).end(body));
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  onTestFinished(() => server.close().closeAllConnections());
  return (server.address() as AddressInfo).port;
}

const settings = (webhook: number, prometheus: number) => ({
  ...FREE_PORTS,
  MONITORING_LOG_LEVEL: 'trace',
  MONITORING_API_KEY: KEY,
  MONITORING_ALERTING_ENABLED: 'true',
  MONITORING_ALERT_WEBHOOK_URL: `http://ops:${WEBHOOK_PASSWORD}@127.0.0.1:${webhook}/hook?token=${WEBHOOK_TOKEN}`,
  PROMETHEUS_URL: `http://reader:${PROMETHEUS_PASSWORD}@127.0.0.1:${prometheus}/`,
});

const PATHS = [
  '/',
  '/runbooks',
  '/favicon.svg',
  '/health',
  '/ready',
  '/metrics',
  '/api/v1/sessions',
  '/api/v1/sessions/nobody',
  '/api/v1/operations',
  '/api/v1/operations?limit=x',
  '/api/v1/snapshot',
  '/api/v1/summary',
  '/api/v1/summary?hours=1&operation=add',
  '/api/v1/trend?operation=add',
  '/api/v1/activity',
  '/api/v1/openapi.json',
  '/api/v1/report',
  '/api/v1/sessions/%E0%A4%A',
  '/mcp',
  '/mcp/unknown',
  '/nothing',
];

/** Asks for everything with the right key, a wrong one and none, in ways that are wrong, too. */
async function drive(base: URL, captured: Captured) {
  const take = async (response: Response) => {
    captured.add('clients', JSON.stringify([...response.headers]));
    captured.add('clients', await response.text());
  };
  const right = { authorization: `Bearer ${KEY}` };
  for (const headers of [
    right,
    { ...right, origin: 'https://evil.example' },
    {},
    { authorization: 'Bearer no' },
  ]) {
    for (const path of PATHS) {
      await take(await fetch(new URL(path, base), { headers }));
      await take(await fetch(new URL(path, base), { method: 'POST', headers, body: '{"jsonrpc":' }));
    }
  }
  const protocol = `bearer.${Buffer.from(KEY).toString('base64url')}`;
  for (const protocols of [['mcp-exporter.v1', protocol], ['mcp-exporter.v1']]) {
    const viewer = new FeedViewer(new URL('/ws', base).href.replace('http', 'ws'), {}, protocols);
    viewer.socket.on('message', (data: Buffer) => captured.add('clients', data));
    viewer.socket.on('unexpected-response', (_request, response: IncomingMessage) => {
      captured.add('clients', response.rawHeaders.join('\n'));
      response.on('data', (data: Buffer) => captured.add('clients', data));
    });
    const opened = Promise.race([once(viewer.socket, 'message'), once(viewer.socket, 'unexpected-response')]);
    viewer.socket.on('error', () => undefined);
    await opened;
    if (viewer.socket.readyState === viewer.socket.OPEN) {
      viewer.send('not JSON');
      await viewer.next('error');
    }
  }
  // What no HTTP client sends.
  for (const bytes of [`NONSENSE ${KEY}\r\n\r\n`, `GET / HTTP/1.1\r\nX: ${'x'.repeat(20_000)}\r\n\r\n`]) {
    const socket = connect(Number(base.port), base.hostname);
    socket.on('error', () => undefined).on('data', (data: Buffer) => captured.add('clients', data));
    socket.write(bytes);
    await once(socket, 'close');
  }
}

test('the search finds a secret in the forms that hide it', () => {
  const secret = 'a secret/with+signs';
  const captured = new Captured();
  const hidden = [
    secret,
    encodeURIComponent(secret),
    Buffer.from(secret).toString('base64'),
    Buffer.from(`user:${secret}`).toString('base64'),
    Buffer.from(`user1:${secret}`).toString('base64'),
    Buffer.from(`${secret} and more`).toString('base64url'),
    Buffer.from(secret).toString('hex'),
  ];
  for (const [i, text] of hidden.entries()) captured.add(`place ${i}`, `before ${text} after`);
  captured.add('elsewhere', 'a secret');
  expect(captured.placesOf(secret)).toEqual(hidden.map((_, i) => `place ${i}`));
  expect(formsOf(secret).every((form) => form.length > 10)).toBe(true);
});

test('of an HTTP proxy with a key, the secrets reach Prometheus and the webhook alone, each its own', async () => {
  const captured = new Captured();
  const webhook = await capture('webhook', captured);
  const prometheus = await capture('prometheus', captured);
  const upstream = await capture('the server', captured, '{"jsonrpc":"2.0","id":1,"result":{}}');
  const folder = mkdtempSync(join(tmpdir(), 'keys-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  const args = ['proxy', '--upstream', `http://127.0.0.1:${upstream}/mcp`, '--sd-dir', folder, '--port', '0'];
  const cli = runCli(args, { ...settings(webhook, prometheus), MONITORING_REQUIRE_AUTH: 'true' });
  const base = new URL('.', await cli.printed('stdout', /metrics +(\S+)/));
  await drive(base, captured);
  await expect.poll(() => readdirSync(folder)).toHaveLength(1);
  const [file = ''] = readdirSync(folder);
  captured.add('file', readFileSync(join(folder, file)));
  cli.child.kill('SIGTERM');
  const { stdout, stderr } = await cli.ended;
  captured.add('stdout', stdout);
  captured.add('stderr', stderr);
  for (const place of ['clients', 'the server', 'prometheus', 'stderr', 'stdout', 'file']) {
    expect(captured.sizeOf(place), place).toBeGreaterThan(0);
  }
  expect(Object.fromEntries(SECRETS.map((secret) => [secret, captured.placesOf(secret)]))).toEqual({
    [KEY]: [],
    [WEBHOOK_PASSWORD]: [],
    [WEBHOOK_TOKEN]: [],
    // As the password of basic authentication.
    [PROMETHEUS_PASSWORD]: ['prometheus'],
  });
});

test('of a program that posts alerts itself, the webhook’s password reaches the webhook alone', async () => {
  const captured = new Captured();
  const webhook = await capture('webhook', captured);
  const { PROMETHEUS_URL: _, ...env } = settings(webhook, 0);
  const cli = runCli(['hub'], { ...env, MONITORING_REQUIRE_AUTH: 'true', HIGH_ERROR_RATE_THRESHOLD: '0' });
  const base = new URL('.', await cli.printed('stdout', /metrics +(\S+)/));
  await drive(base, captured);
  cli.child.kill('SIGTERM');
  const { stdout, stderr } = await cli.ended;
  captured.add('stdout', stdout);
  captured.add('stderr', stderr);
  for (const secret of SECRETS)
    expect(captured.placesOf(secret).filter((place) => place !== 'webhook')).toEqual([]);
});

test('of a proxy that reports to a hub, the key reaches the hub alone', async () => {
  const captured = new Captured();
  const hub = await capture('hub', captured, '{"boot_id":"b","next_seq":1,"heartbeat_seconds":15}');
  const upstream = await capture('the server', captured, '{"jsonrpc":"2.0","id":1,"result":{}}');
  const args = [
    'proxy',
    '--upstream',
    `http://127.0.0.1:${upstream}/mcp`,
    '--hub',
    `http://127.0.0.1:${hub}`,
    '--port',
    '0',
  ];
  const cli = runCli(args, settings(9, 9));
  const url = new URL(await cli.printed('stdout', /MCP endpoint +(\S+)/));
  await drive(new URL('/', url), captured);
  await expect.poll(() => captured.sizeOf('hub')).toBeGreaterThan(0);
  cli.child.kill('SIGTERM');
  const { stdout, stderr } = await cli.ended;
  captured.add('stdout', stdout);
  captured.add('stderr', stderr);
  expect(Object.fromEntries(SECRETS.map((secret) => [secret, captured.placesOf(secret)]))).toEqual({
    [KEY]: ['hub'],
    [WEBHOOK_PASSWORD]: [],
    [WEBHOOK_TOKEN]: [],
    [PROMETHEUS_PASSWORD]: [],
  });
});

test.each([{ hub: false }, { hub: true }])(
  'a watched server gets none of the secrets: %j',
  async ({ hub: hasHub }) => {
    const captured = new Captured();
    const hub = await capture('hub', captured, '{"boot_id":"b","next_seq":1,"heartbeat_seconds":15}');
    const script = 'process.stdout.write(JSON.stringify([process.env, process.argv]))';
    const args = hasHub ? ['--hub', `http://127.0.0.1:${hub}`] : [];
    const cli = runCli(['proxy', ...args, '--', process.execPath, '-e', script], forProxy(settings(9, 9)));
    cli.child.stdin.end();
    const { stdout, stderr } = await cli.ended;
    captured.add('the server', stdout);
    captured.add('stderr', stderr);
    expect(stdout).toContain('PATH');
    for (const secret of SECRETS)
      expect(captured.placesOf(secret).filter((place) => place !== 'hub')).toEqual([]);
  },
);
