import { once } from 'node:events';
import { createServer, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';

import {
  Client as ClientV2,
  type InMemoryTransport as ClientSide,
  StreamableHTTPClientTransport,
} from '@modelcontextprotocol/client';
import { Client } from '@modelcontextprotocol/sdk/client/index.js';
import { StreamableHTTPClientTransport as HttpTransportV1 } from '@modelcontextprotocol/sdk/client/streamableHttp.js';
import { InMemoryTransport } from '@modelcontextprotocol/sdk/inMemory.js';
import { McpServer } from '@modelcontextprotocol/sdk/server/mcp.js';
import {
  createMcpHandler,
  InMemoryTransport as InMemoryTransportV2,
  McpServer as McpServerV2,
} from '@modelcontextprotocol/server';
import { describe, expect, onTestFinished, test } from 'vitest';
import { z } from 'zod';

import { proxyMcp } from '../../../src/exporter/proxy-mcp.ts';
import { SessionRegistry } from '../../../src/monitor/session-registry.ts';
import { monitorMcpServer } from '../../../src/mcp/hook/monitor-server.ts';
import { pipelineServer } from '../../../src/pipeline/pipeline-source.ts';
import { runExporter } from '../../support/running-exporter.ts';
import { tempWorkspace } from '../../unit/pipeline/temp-workspace.ts';

const TRACE_ID = '0af7651916cd43dd8448eb211c80319c';
const TRACEPARENT = `00-${TRACE_ID}-b7ad6b7169203331-01`;
const SECRET = 'hunter2hunter2';
const GIVEN = { user: 'ann', password: SECRET };
const ANSWER = { content: [{ type: 'text' as const, text: `hello ann, your token=${SECRET}` }] };
const DETAILS = {
  arguments: { user: 'ann', password: '[redacted]' },
  result: { content: [{ type: 'text', text: 'hello ann, your token=[redacted]' }] },
};
const inputSchema = z.object({ user: z.string(), password: z.string() });

type Exporter = Awaited<ReturnType<typeof runExporter>>;

function greeterV1(): McpServer {
  const server = new McpServer({ name: 'greeter', version: '1' });
  server.registerTool('greet', { inputSchema: inputSchema.shape }, () => ANSWER);
  return server;
}

function greeterV2(): McpServerV2 {
  const server = new McpServerV2({ name: 'greeter', version: '1' });
  server.registerTool('greet', { inputSchema }, () => ANSWER);
  return server;
}

/** A server that speaks HTTP, and answers every call the same, as JSON or in a stream. */
async function serveAnswers(answer: object, isStream = false): Promise<URL> {
  const server = createServer((request, response) => {
    void text(request).then((body) => {
      const { id } = JSON.parse(body) as { id: number };
      say(response, JSON.stringify({ jsonrpc: '2.0', id, result: answer }), isStream);
    });
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  onTestFinished(() => {
    server.close();
    server.closeAllConnections();
  });
  return new URL(`http://127.0.0.1:${(server.address() as AddressInfo).port}/mcp`);
}

function say(response: ServerResponse, json: string, isStream: boolean): void {
  response.writeHead(200, { 'content-type': isStream ? 'text/event-stream' : 'application/json' });
  response.end(isStream ? `event: message\ndata: ${json}\n\n` : json);
}

async function postCall(url: URL | string, args: object): Promise<unknown> {
  const response = await fetch(url, {
    method: 'POST',
    headers: { 'content-type': 'application/json', traceparent: TRACEPARENT },
    body: JSON.stringify({
      jsonrpc: '2.0',
      id: 1,
      method: 'tools/call',
      params: { name: 'greet', arguments: args },
    }),
  });
  return response.text();
}

const NOT_CAPTURED: unknown = expect.stringMatching(/^\[300,0\d\d bytes: not captured\]$/);

/** How calls come to be watched; each makes one call of `greet`. */
const WAYS: Record<string, (config: object, hubUrl?: string) => Promise<Exporter>> = {
  'a server of SDK v1': async (config) => {
    const running = await runExporter({ config });
    const server = running.exporter.monitor(greeterV1());
    const [clientSide, serverSide] = InMemoryTransport.createLinkedPair();
    const client = new Client({ name: 'test', version: '1' });
    await Promise.all([server.connect(serverSide), client.connect(clientSide)]);
    await client.callTool({ name: 'greet', arguments: GIVEN, _meta: { traceparent: TRACEPARENT } });
    return running;
  },
  'a server of SDK v2': async (config) => {
    const running = await runExporter({ config });
    const server = running.exporter.monitor(greeterV2());
    const [clientSide, serverSide] = InMemoryTransportV2.createLinkedPair();
    const client = new ClientV2({ name: 'test', version: '1' });
    await Promise.all([client.connect(clientSide as unknown as ClientSide), server.connect(serverSide)]);
    await client.callTool({ name: 'greet', arguments: GIVEN, _meta: { traceparent: TRACEPARENT } });
    return running;
  },
  'a handler of SDK v2': async (config) => {
    const running = await runExporter({ config });
    const handler = running.exporter.monitor(createMcpHandler(greeterV2));
    const client = new ClientV2({ name: 'test', version: '1' });
    const transport = new StreamableHTTPClientTransport(new URL('http://greeter.test/mcp'), {
      fetch: (url, init) => {
        const request = new Request(url, init);
        request.headers.set('traceparent', TRACEPARENT);
        return handler.fetch(request);
      },
    });
    await client.connect(transport);
    onTestFinished(() => client.close());
    await client.callTool({ name: 'greet', arguments: GIVEN });
    return running;
  },
  'a proxy over HTTP whose answers are JSON': async (config) => {
    const url = await serveAnswers(ANSWER);
    const running = await runExporter({ config, mcp: proxyMcp({ url, serverName: 'greeter' }) });
    await postCall(running.urls.mcp ?? '', GIVEN);
    return running;
  },
  'a proxy over HTTP whose answers stream': async (config) => {
    const url = await serveAnswers(ANSWER, true);
    const running = await runExporter({ config, mcp: proxyMcp({ url, serverName: 'greeter' }) });
    await postCall(running.urls.mcp ?? '', GIVEN);
    return running;
  },
};

async function lastOperation({ get }: Pick<Exporter, 'get'>) {
  const ended = async () =>
    ((await get('/api/v1/operations?status=completed')).json() as { operations: { details: object }[] })
      .operations;
  await expect.poll(async () => (await ended()).length).toBeGreaterThan(0);
  return (await ended())[0]?.details;
}

describe.each(Object.entries(WAYS))('%s', (_title, callThrough) => {
  test('a captured call shows its arguments and result without secrets, and its trace', async () => {
    const running = await callThrough({ isCapturingPayloads: true });
    expect(await lastOperation(running)).toMatchObject({ ...DETAILS, trace_id: TRACE_ID });
  });

  test('a call shows only its trace without the setting', async () => {
    const running = await callThrough({});
    const operations = [...running.exporter.sessions.monitors()].flatMap((monitor) => [
      ...monitor.operations.values(),
    ]);
    expect(operations).toMatchObject([{ details: { trace_id: TRACE_ID } }]);
    expect(JSON.stringify(operations)).not.toMatch(/ann|hunter2/);
    expect(await lastOperation(running)).not.toHaveProperty('arguments');
  });
});

test.each(['a server of SDK v1', 'a proxy over HTTP whose answers are JSON'])(
  '%s tells a hub, whose own setting is another',
  async (way) => {
    const hub = await runExporter();
    await WAYS[way]?.({ isCapturingPayloads: true, hubUrl: hub.urls.metrics.replace('metrics', '') });
    expect(await lastOperation(hub)).toMatchObject({ ...DETAILS, trace_id: TRACE_ID });
  },
);

test('a hub shows nothing that it was not told, whatever its own setting is', async () => {
  const hub = await runExporter({ config: { isCapturingPayloads: true } });
  await WAYS['a server of SDK v1']?.({ hubUrl: hub.urls.metrics.replace('metrics', '') });
  expect(await lastOperation(hub)).toEqual({ trace_id: TRACE_ID });
});

test('what was captured arrives uncut at a hub, as long as it may be', async () => {
  const hub = await runExporter();
  const long = { text: 'x'.repeat(1900), list: Array.from({ length: 50 }, (_, i) => i), b: 'y'.repeat(1000) };
  const url = await serveAnswers({ content: [{ type: 'text', text: JSON.stringify(long) }, long] });
  const { urls, exporter } = await runExporter({
    config: { isCapturingPayloads: true, hubUrl: hub.urls.metrics.replace('metrics', '') },
    mcp: proxyMcp({ url, serverName: 'greeter' }),
  });
  await postCall(urls.mcp ?? '', long);
  const told = await lastOperation(hub);
  const [captured] = exporter.sessions.monitors()[0]?.endedOperations(1) ?? [];
  expect(told).toEqual(captured?.details);
  expect(told).toMatchObject({ arguments: long });
  expect(JSON.stringify(told).length).toBeGreaterThan(6000);
});

test.each([
  [200_000, { text: `${'x'.repeat(2000)}…` }, { content: [{ type: 'text', text: `${'x'.repeat(2000)}…` }] }],
  [300_000, NOT_CAPTURED, NOT_CAPTURED],
])('a call of %i bytes through a proxy is shown as far as it is read', async (length, given, answered) => {
  const long = 'x'.repeat(length);
  const url = await serveAnswers({ content: [{ type: 'text', text: long }] });
  const running = await runExporter({
    config: { isCapturingPayloads: true },
    mcp: proxyMcp({ url, serverName: 'greeter' }),
  });
  const answer = await postCall(running.urls.mcp ?? '', { text: long });
  expect(answer).toContain(long);
  expect(await lastOperation(running)).toMatchObject({ arguments: given, result: answered });
});

test('the pipeline server shows what it was asked, and what it found', async () => {
  const { root } = tempWorkspace({ 'a.js': 'let a = 1;\n' });
  const running = await runExporter({
    mcp: pipelineServer({ workspaceDir: root }),
    config: { isCapturingPayloads: true },
  });
  const client = new Client({ name: 'test', version: '1' });
  await client.connect(new HttpTransportV1(new URL(running.urls.mcp ?? '')));
  onTestFinished(() => client.close());
  await client.callTool({ name: 'pipeline_status', arguments: {} });
  expect(await lastOperation(running)).toMatchObject({
    arguments: {},
    result: { content: [{ type: 'text' }] },
  });
});

test('one server’s own option goes before the exporter’s setting', async () => {
  const sessions = new SessionRegistry();
  const exporter = { sessions, config: { isCapturingPayloads: true } };
  const server = monitorMcpServer(greeterV1(), { exporter, isCapturingPayloads: false });
  const [clientSide, serverSide] = InMemoryTransport.createLinkedPair();
  const client = new Client({ name: 'test', version: '1' });
  await Promise.all([server.connect(serverSide), client.connect(clientSide)]);
  await client.callTool({ name: 'greet', arguments: GIVEN });
  expect(sessions.monitors()[0]?.endedOperations(1)).toMatchObject([{ operationName: 'greet', details: {} }]);
  expect(JSON.stringify(sessions.monitors()[0]?.endedOperations(1))).not.toContain('ann');
});
