import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type RequestListener } from 'node:http';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { expect, onTestFinished, test } from 'vitest';

import { findWatchedUrls } from '../../../src/client-config/exporter-probe.ts';
import { probeAddress } from '../../../src/setup/hub-probe.ts';
import { createExporter } from '../../../src/index.ts';
import type { Config } from '../../../src/settings/config.ts';

async function watchedAmong(...urls: string[]): Promise<string[]> {
  const folder = mkdtempSync(join(tmpdir(), 'mcp-exporter-test-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  const file = join(folder, 'mcp.json');
  writeFileSync(file, JSON.stringify({ mcpServers: Object.fromEntries(urls.map((url, i) => [i, { url }])) }));
  return [...(await findWatchedUrls(file))];
}

/** The MCP URL of an exporter. */
async function exporterWith(config: Partial<Config> = {}): Promise<string> {
  const exporter = createExporter({
    config: { httpPort: 0, feedPort: 0, logLevel: 'silent', ...config },
    strict: true,
  });
  onTestFinished(() => exporter.close());
  const { page } = await exporter.start();
  return new URL('/mcp', page ?? undefined).href;
}

async function serverWith(listener: RequestListener): Promise<string> {
  const server = createServer(listener).listen(0, '127.0.0.1');
  onTestFinished(() => server.close().closeAllConnections());
  await once(server, 'listening');
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}/mcp`;
}

test.each<[string, Partial<Config>]>([
  ['an exporter', {}],
  [
    'one that requires a key',
    { isAuthRequired: true, hubKey: 'a-key-of-sixteen-or-more', apiKey: 'a-key-of-sixteen-or-more' },
  ],
  ['one without metrics', { isMetricsEnabled: false }],
])('%s is recognized by its answer', async (_title, config) => {
  const url = await exporterWith(config);
  expect(await watchedAmong('https://a.example/mcp', url)).toEqual([url]);
});

test('other servers are not recognized, whatever their port and their answer', async () => {
  const others = [
    await serverWith((_, response) => response.end('{"status":"ok"}')),
    await serverWith((_, response) => response.writeHead(401, { 'www-authenticate': 'Bearer' }).end()),
    await serverWith((_, response) => response.writeHead(302, { location: 'http://127.0.0.1:9/' }).end()),
    await serverWith((request) => request.socket.destroy()),
    'http://127.0.0.1:3150/mcp',
  ];
  expect(await watchedAmong(...others)).toEqual([]);
});

test('a healthy program that asks for another key is not a hub', async () => {
  const url = await serverWith((request, response) => {
    if (request.url === '/health') response.end('{"status":"ok"}');
    else response.writeHead(401, { 'www-authenticate': 'Bearer realm="grafana"' }).end();
  });
  expect(await probeAddress(url)).toBe('other');
  const apiKey = 'a-key-of-sixteen-or-more';
  expect(await probeAddress(await exporterWith({ isAuthRequired: true, hubKey: apiKey, apiKey }))).toBe(
    'exporter',
  );
});
