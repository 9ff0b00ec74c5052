import { once } from 'node:events';
import {
  createServer,
  type IncomingMessage,
  type RequestListener,
  type ServerOptions,
  type ServerResponse,
} from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';

import pino from 'pino';
import { onTestFinished } from 'vitest';

import { proxyMcp } from '../../src/exporter/proxy-mcp.ts';
import { samplesOf, total } from './exposition.ts';
import { runExporter } from './running-exporter.ts';

export const DURATIONS = 'mcp_server_operation_duration_seconds_count';

/** An HTTP server that answers by `listener`; it is closed with the test. */
export async function serve(
  listener: RequestListener,
  { port = 0, host = '127.0.0.1', ...options }: ServerOptions & { port?: number; host?: string } = {},
) {
  const server = createServer(options, listener).listen(port, host);
  await once(server, 'listening');
  const close = async () => {
    if (!server.listening) return;
    server.close();
    server.closeAllConnections();
    await once(server, 'close');
  };
  onTestFinished(close);
  const address = server.address() as AddressInfo;
  const name = host.includes(':') ? `[${host}]` : host;
  return { url: new URL(`http://${name}:${address.port}/mcp`), port: address.port, server, close };
}

/** A proxy in front of `upstream`, with what its exporter says and logs. */
export async function proxy(upstream: URL) {
  const logs: string[] = [];
  const logger = pino({ level: 'trace' }, { write: (line: string) => void logs.push(line) });
  const { urls, get, exporter } = await runExporter({
    mcp: proxyMcp({ url: upstream, serverName: 'theirs' }),
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

export function post(url: URL, body: unknown, headers: Record<string, string> = {}, signal?: AbortSignal) {
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

export const call = (id: string | number, name = 'add', meta: object = {}) => ({
  jsonrpc: '2.0',
  id,
  method: 'tools/call',
  params: { name, arguments: {}, _meta: meta },
});
export const answer = (id: string | number, result: object = {}) => ({ jsonrpc: '2.0', id, result });
export const json = (response: ServerResponse, body: unknown, headers: Record<string, string> = {}) =>
  response.writeHead(200, { 'content-type': 'application/json', ...headers }).end(JSON.stringify(body));
export const event = (message: unknown, id?: string) =>
  `${id === undefined ? '' : `id: ${id}\n`}event: message\ndata: ${JSON.stringify(message)}\n\n`;
export const messageOf = async (request: IncomingMessage) =>
  JSON.parse((await text(request)) || '{}') as {
    id: string | number;
    method?: string;
    params?: { name?: string };
  };
