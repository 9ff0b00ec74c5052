import { once } from 'node:events';
import { createServer, request as httpRequest, type IncomingMessage } from 'node:http';
import { connect as netConnect, type AddressInfo } from 'node:net';

import { Client } from '@modelcontextprotocol/sdk/client/index.js';
import { StreamableHTTPClientTransport } from '@modelcontextprotocol/sdk/client/streamableHttp.js';
import { McpServer } from '@modelcontextprotocol/sdk/server/mcp.js';
import { describe, expect, onTestFinished, test } from 'vitest';

import { createMcpEndpoint } from '../../../src/mcp/serve/http-endpoint.ts';
import { pipelineServer } from '../../../src/pipeline/pipeline-source.ts';
import { DEFAULT_CONFIG } from '../../../src/settings/config.ts';
import { samplesOf, total } from '../../support/exposition.ts';
import { createLintedWorkspace } from '../../support/linted-workspace.ts';
import { runExporter } from '../../support/running-exporter.ts';

type Running = Awaited<ReturnType<typeof runWithPipeline>>;

async function runWithPipeline(config: object = {}, files = 2) {
  const running = await runExporter({
    config,
    mcp: pipelineServer({ workspaceDir: createLintedWorkspace(files) }),
  });
  return { ...running, mcpUrl: new URL(running.urls.mcp ?? '') };
}

async function connect({ mcpUrl }: Running, headers: Record<string, string> = {}) {
  const client = new Client({ name: 'test', version: '1' });
  const transport = new StreamableHTTPClientTransport(mcpUrl, { requestInit: { headers } });
  await client.connect(transport);
  onTestFinished(() => client.close());
  return { client, transport };
}

const initialize = {
  jsonrpc: '2.0',
  id: 0,
  method: 'initialize',
  params: { protocolVersion: '2025-11-25', capabilities: {}, clientInfo: { name: 'raw', version: '1' } },
};

function post(url: URL, body: unknown, headers: Record<string, string> = {}) {
  return fetch(url, {
    method: 'POST',
    headers: {
      'content-type': 'application/json',
      accept: 'application/json, text/event-stream',
      ...headers,
    },
    body: typeof body === 'string' ? body : JSON.stringify(body),
  });
}

test('two clients have a session each, told apart from the metrics to the page', async () => {
  const running = await runWithPipeline();
  const [a, b] = [await connect(running), await connect(running)];
  await a.client.callTool({ name: 'version_keeper_scan', arguments: {} });
  await b.client.callTool({ name: 'pipeline_status', arguments: {} });
  const sessions = new Set(running.exporter.sessions.list().map(({ sessionId }) => sessionId));
  expect(sessions).toEqual(new Set([a.transport.sessionId, b.transport.sessionId]));
  const { text } = await running.get('/metrics');
  expect(text).toMatch(
    /^mcp_server_sessions_active\{.*network_transport="tcp",mcp_protocol_version="2025-11-25"\} 2$/m,
  );
  const labels = { gen_ai_tool_name: 'version_keeper_scan', error_type: '' };
  expect(total(samplesOf(text), 'mcp_server_operation_duration_seconds_count', labels)).toBe(1);
});

test('a session that its client ends is closed everywhere', async () => {
  const running = await runWithPipeline();
  const { client, transport } = await connect(running);
  await client.callTool({ name: 'pipeline_status', arguments: {} });
  const sessionId = transport.sessionId ?? '';
  await transport.terminateSession();
  expect(running.exporter.sessions.summary(sessionId)?.status).toBe('closed');
  const again = await post(
    running.mcpUrl,
    { jsonrpc: '2.0', id: 9, method: 'ping' },
    { 'mcp-session-id': sessionId },
  );
  expect(again.status).toBe(404);
  expect((await running.get('/metrics')).text).toMatch(/^mcp_server_sessions_active\{.*\} 0$/m);
});

test('a session whose client is silent for the idle time is ended', async () => {
  const running = await runWithPipeline({ mcpSessionIdleSeconds: 1 });
  const answer = await post(running.mcpUrl, initialize);
  await answer.text();
  expect(answer.status).toBe(200);
  const active = async () =>
    (await running.get('/metrics')).text.match(/^mcp_server_sessions_active\{.*\} (\d)$/m)?.[1];
  await expect.poll(active).toBe('0');
});

describe('a request that is refused is counted with its reason', () => {
  const cases: [string, (running: Running) => Promise<Response>, number, string][] = [
    [
      'an unknown session',
      ({ mcpUrl }) => post(mcpUrl, { jsonrpc: '2.0', id: 1, method: 'ping' }, { 'mcp-session-id': 'nobody' }),
      404,
      'unknown_session',
    ],
    ['a GET without a session', ({ mcpUrl }) => fetch(mcpUrl), 400, 'session_required'],
    ['another method', ({ mcpUrl }) => fetch(mcpUrl, { method: 'PUT' }), 405, 'method_not_allowed'],
    [
      'another page’s origin',
      ({ mcpUrl }) => post(mcpUrl, initialize, { origin: 'https://evil.example' }),
      403,
      'forbidden_origin',
    ],
    ['no JSON', ({ mcpUrl }) => post(mcpUrl, '{"jsonrpc'), 400, '_OTHER'],
    ['no initialize', ({ mcpUrl }) => post(mcpUrl, { jsonrpc: '2.0', id: 1, method: 'ping' }), 400, '_OTHER'],
  ];
  test.each(cases)(
    'a request that is refused for %s is counted with its reason',
    async (_, send, status, reason) => {
      const running = await runWithPipeline();
      const response = await send(running);
      expect(response.status).toBe(status);
      expect(await response.json()).toHaveProperty('error');
      const labels = `mcp_server_name="mcp-exporter-pipeline",http_status="${status}",error_type="${reason}"`;
      expect((await running.get('/metrics')).text).toContain(`mcp_server_rejections_total{${labels}} 1\n`);
      expect(running.exporter.sessions.list()).toEqual([]);
    },
  );
});

test('a question about an unknown session opens none', async () => {
  const running = await runWithPipeline();
  const { client } = await connect(running);
  const answer = await client.callTool({ name: 'pipeline_status', arguments: { session_id: 'ghost' } });
  expect(answer.isError).toBe(true);
  expect(running.exporter.sessions.get('ghost')).toBeUndefined();
});

test('requests whose body has not come yet count as sessions of their address', async () => {
  const running = await runWithPipeline();
  const { port, host } = running.mcpUrl;
  const halves = Array.from({ length: 201 }, () => {
    const socket = netConnect(Number(port), '127.0.0.1');
    socket.on('error', () => undefined);
    const headers = `Host: ${host}\r\nContent-Type: application/json\r\nAccept: application/json, text/event-stream\r\n`;
    socket.write(`POST /mcp HTTP/1.1\r\n${headers}Content-Length: 500\r\n\r\n{"jsonrpc"`);
    return socket;
  });
  onTestFinished(() => halves.forEach((socket) => socket.destroy()));
  const refused = async () =>
    (await running.get('/metrics')).text.includes('http_status="503",error_type="too_many_sessions"} 1\n');
  await expect.poll(refused, { timeout: 20_000 }).toBe(true);
});

test('with authentication on, /mcp asks for the key', async () => {
  const running = await runWithPipeline({ apiKey: 'correct-horse-battery' });
  await expect(connect(running)).rejects.toThrow(/401|Unauthorized|unauthorized/);
  const { client } = await connect(running, { authorization: 'Bearer correct-horse-battery' });
  expect((await client.listTools()).tools.length).toBe(4);
});

test('a client that disconnects does not lose the count of its call', async () => {
  const running = await runWithPipeline({}, 30);
  const opened = await post(running.mcpUrl, initialize);
  await opened.text();
  const session = { 'mcp-session-id': opened.headers.get('mcp-session-id') ?? '' };
  await post(running.mcpUrl, { jsonrpc: '2.0', method: 'notifications/initialized' }, session);
  const call = {
    jsonrpc: '2.0',
    id: 1,
    method: 'tools/call',
    params: { name: 'version_keeper_scan', arguments: {} },
  };
  const pending = await post(running.mcpUrl, call, session);
  await pending.body?.cancel();
  const ended = async () => (await running.get('/metrics')).text;
  await expect
    .poll(ended, { timeout: 15_000 })
    .toMatch(
      /^mcp_server_operation_duration_seconds_count\{.*"version_keeper_scan".*error_type="cancelled".*\} 1$/m,
    );
  expect(await ended()).toMatch(/^mcp_server_operations_in_flight\{.*"version_keeper_scan"\} 0$/m);
});

test('a hundred times as many sessions as one address may have end its own oldest ones, and none of another', async () => {
  const limits: string[] = [];
  const endpoint = createMcpEndpoint({
    createServer: () => new McpServer({ name: 'theirs', version: '1' }),
    config: DEFAULT_CONFIG,
    onRefused: () => undefined,
    onLimit: (limit) => limits.push(limit),
    share: { max: 6, maxPerOwner: 3 },
  });
  const server = createServer((request, response) => void endpoint.handle(request, response)).listen(
    0,
    '127.0.0.1',
  );
  await once(server, 'listening');
  onTestFinished(async () => {
    await endpoint.close();
    server.close();
  });
  const { port } = server.address() as AddressInfo;
  const send = (from: string, body: object, headers: object = {}) =>
    new Promise<IncomingMessage>((resolve, reject) => {
      const own = { 'content-type': 'application/json', accept: 'application/json, text/event-stream' };
      const options = { port, host: '127.0.0.1', localAddress: from, method: 'POST', agent: false };
      httpRequest({ ...options, headers: { ...own, ...headers } }, resolve)
        .on('error', reject)
        .end(JSON.stringify(body));
    });
  const open = async (from: string) => {
    const response = await send(from, initialize);
    response.resume();
    await once(response, 'end');
    return String(response.headers['mcp-session-id']);
  };
  const statusOf = async (from: string, id: string) => {
    const response = await send(from, { jsonrpc: '2.0', id: 1, method: 'ping' }, { 'mcp-session-id': id });
    response.resume();
    return response.statusCode;
  };
  const real = await open('127.0.0.3');
  const flood: string[] = [];
  for (let i = 0; i < 300; i++) flood.push(await open('127.0.0.2'));
  expect(await statusOf('127.0.0.3', real)).toBe(200);
  expect(await statusOf('127.0.0.2', flood[296] ?? '')).toBe(404);
  expect(await statusOf('127.0.0.2', flood[299] ?? '')).toBe(200);
  expect(limits).toEqual(Array.from({ length: 297 }, () => 'mcp_sessions'));
});
