import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';

import { Client } from '@modelcontextprotocol/sdk/client/index.js';
import { StreamableHTTPClientTransport } from '@modelcontextprotocol/sdk/client/streamableHttp.js';
import { McpServer } from '@modelcontextprotocol/sdk/server/mcp.js';
import { expect, onTestFinished, test } from 'vitest';

import { proxyMcp } from '../../../src/exporter/proxy-mcp.ts';
import { serveMcp } from '../../../src/exporter/serve-mcp.ts';
import { samplesOf, total as totalOf } from '../../support/exposition.ts';
import { runExporter } from '../../support/running-exporter.ts';

const CALLS = 'mcp_server_operation_duration_seconds_count';
const OPERATIONS = 'pipeline_operation_duration_seconds_count';

/** What happens to reports on their way to the hub. */
interface Way {
  readonly delayMs?: number;
  /** The first answers that do not arrive, so that the reports are sent again. */
  readonly lostAnswers?: number;
}

/** An address through which reports reach the hub. */
async function reportsBy(hub: URL, { delayMs = 0, lostAnswers = 0 }: Way): Promise<string> {
  let lost = 0;
  const forward = async (request: IncomingMessage, response: ServerResponse) => {
    const body = await new Response(request as unknown as BodyInit).text();
    await delay(delayMs);
    const headers = { 'content-type': 'application/json' };
    const answer = await fetch(new URL(request.url ?? '/', hub), { method: 'POST', headers, body });
    lost += 1;
    if (lost <= lostAnswers) return void response.destroy();
    response.writeHead(answer.status, headers).end(await answer.text());
  };
  const server = createServer(
    (request, response) => void forward(request, response).catch(() => response.destroy()),
  );
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => {
    server.close();
    server.closeAllConnections();
  });
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

function create(): McpServer {
  const server = new McpServer({ name: 'real', version: '1.0.0' });
  server.registerTool('add', {}, () => ({ content: [{ type: 'text', text: 'done' }] }));
  server.registerTool('fail', {}, () => ({ isError: true, content: [{ type: 'text', text: 'it failed' }] }));
  server.registerTool(
    'hang',
    {},
    ({ signal }) => new Promise((_, reject) => signal.addEventListener('abort', reject)),
  );
  return server;
}

/** A server, a proxy in front of it, a hub that both report to, and a client of the proxy. */
async function watchedTwice(ways: { server?: Way; proxy?: Way } = {}) {
  const hub = await runExporter();
  const hubOf = (way: Way = {}) => reportsBy(new URL('/', hub.urls.metrics), way);
  const server = await runExporter({ mcp: serveMcp(create), config: { hubUrl: await hubOf(ways.server) } });
  const proxy = await runExporter({
    mcp: proxyMcp({ url: server.urls.mcp ?? '', serverName: 'front' }),
    config: { hubUrl: await hubOf(ways.proxy) },
  });
  const client = new Client({ name: 'test', version: '1' });
  onTestFinished(() => client.close());
  await client.connect(new StreamableHTTPClientTransport(new URL(proxy.urls.mcp ?? '')));
  const total = async (name: string, labels: Record<string, string> = {}) =>
    totalOf(samplesOf((await hub.get('/metrics')).text), name, labels);
  const json = async (path: string) => (await hub.get(path)).json();
  return { server, proxy, client, total, json };
}

async function callAll(client: Client) {
  await client.callTool({ name: 'add' });
  await client.callTool({ name: 'fail' });
  const cancel = new AbortController();
  const hanging = client.callTool({ name: 'hang' }, undefined, { signal: cancel.signal });
  setTimeout(() => cancel.abort('enough'), 100);
  await expect(hanging).rejects.toThrow();
}

test.each<[string, { server?: Way; proxy?: Way }]>([
  ['the reports of both arrive at once', {}],
  ['the reports of the server arrive later', { server: { delayMs: 150 } }],
  ['the reports of the proxy arrive later', { proxy: { delayMs: 150 } }],
  ['the reports of both are sent again', { server: { lostAnswers: 3 }, proxy: { lostAnswers: 3 } }],
])('each call of a real client counts once if %s', async (_, ways) => {
  const { proxy, client, total, json } = await watchedTwice(ways);
  await callAll(client);
  await expect
    .poll(() => total(CALLS, { mcp_server_name: 'real', error_type: 'cancelled' }), { timeout: 10_000 })
    .toBe(1);
  // Its last report contains all events that are not sent yet.
  await proxy.exporter.close();
  await expect.poll(() => total('mcp_exporter_reporters')).toBe(1);
  expect(await total('mcp_exporter_reported_events_total', { result: 'duplicate' })).toBeGreaterThan(10);
  expect(await total(CALLS, { mcp_server_name: 'front' })).toBe(0);
  expect(await total(CALLS, { mcp_method_name: 'tools/call' })).toBe(3);
  expect(await total(CALLS, { mcp_method_name: 'initialize' })).toBe(1);
  expect(await total('mcp_server_sessions_active')).toBe(1);
  expect(await total('pipeline_operations_started_total')).toBe(3);
  for (const status of ['completed', 'failed', 'cancelled'])
    expect(await total(OPERATIONS, { status })).toBe(1);
  expect(await json('/api/v1/sessions')).toMatchObject({
    sessions: [{ server_name: 'real', proxy_name: 'front', client_name: 'test', total_operations: 3 }],
  });
  expect(await json('/api/v1/operations')).toMatchObject({ operations: { length: 3 } });
});

test('the proxy counts on after the reporter of the server has closed, and calls in flight count once', async () => {
  const { server, client, total, json } = await watchedTwice();
  await client.callTool({ name: 'add' });
  const hanging = new AbortController();
  client.callTool({ name: 'hang' }, undefined, { signal: hanging.signal }).catch(() => undefined);
  onTestFinished(() => hanging.abort());
  await expect.poll(() => total('pipeline_operations_active', { operation: 'hang' })).toBe(1);
  await server.exporter.close();
  await expect(client.callTool({ name: 'add' })).rejects.toThrow();
  await expect.poll(() => total(CALLS, { gen_ai_tool_name: 'add' }), { timeout: 15_000 }).toBe(2);
  expect(await total(CALLS, { mcp_server_name: 'front' })).toBe(0);
  expect(await total(CALLS, { gen_ai_tool_name: 'hang' })).toBe(1);
  expect(await total(OPERATIONS, { operation: 'hang' })).toBe(1);
  expect(await total(OPERATIONS)).toBe(3);
  expect(await total('pipeline_operations_active')).toBe(0);
  expect(await json('/api/v1/operations')).toMatchObject({ operations: { length: 3 } });
});
