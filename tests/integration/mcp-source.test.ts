import type { RequestListener } from 'node:http';

import {
  Client as ClientV2,
  StreamableHTTPClientTransport as HttpTransportV2,
} from '@modelcontextprotocol/client';
import { toNodeHandler } from '@modelcontextprotocol/node';
import { Client } from '@modelcontextprotocol/sdk/client/index.js';
import { StreamableHTTPClientTransport } from '@modelcontextprotocol/sdk/client/streamableHttp.js';
import { McpServer } from '@modelcontextprotocol/sdk/server/mcp.js';
import { createMcpHandler, McpServer as McpServerV2 } from '@modelcontextprotocol/server';
import pino from 'pino';
import { expect, onTestFinished, test } from 'vitest';
import { z } from 'zod';

import {
  createExporter,
  monitorMcpServer,
  serveMcp,
  type McpSource,
  type ServedMcp,
} from '../../src/index.ts';
import { samplesOf, total } from '../support/exposition.ts';
import { runExporter } from '../support/running-exporter.ts';

function createGreeter(): McpServer {
  const server = new McpServer({ name: 'greeter', version: '1.0.0' });
  server.registerTool('greet', { inputSchema: { name: z.string() } }, ({ name }) => ({
    content: [{ type: 'text', text: `Hello, ${name}` }],
  }));
  return server;
}

const greetersV2: McpSource = (exporter) => {
  const handler = createMcpHandler(() => {
    const server = new McpServerV2({ name: 'greeter', version: '2.0.0' });
    server.registerTool('greet', { inputSchema: z.object({ name: z.string() }) }, ({ name }) => ({
      content: [{ type: 'text', text: `Hello, ${name}` }],
    }));
    return monitorMcpServer(server, { exporter });
  });
  monitorMcpServer(handler, { exporter, serverName: 'greeter' });
  const handle = toNodeHandler(handler) as RequestListener;
  return { serverName: 'greeter', countsRefusals: true, handle };
};

async function connect(url: string | null): Promise<Client> {
  const client = new Client({ name: 'test', version: '1' });
  await client.connect(new StreamableHTTPClientTransport(new URL(url ?? '')));
  onTestFinished(() => client.close());
  return client;
}

const GREETED = { mcp_server_name: 'greeter', gen_ai_tool_name: 'greet', error_type: '' };

async function callsOf(get: (path: string) => Promise<{ text: string }>): Promise<number> {
  const samples = samplesOf((await get('/metrics')).text);
  return total(samples, 'mcp_server_operation_duration_seconds_count', GREETED);
}

async function refusalsOf(get: (path: string) => Promise<{ text: string }>): Promise<number> {
  const samples = samplesOf((await get('/metrics')).text);
  return total(samples, 'mcp_server_rejections_total', { mcp_server_name: 'greeter' });
}

/** An exporter that is not strict, and the faults that its log has. */
function lenient(mcp: McpSource, isStdioServed = false) {
  const faults: string[] = [];
  const write = (line: string) => {
    const { part, err } = JSON.parse(line) as { part?: string; err?: { message: string } };
    if (part !== undefined) faults.push(`${part}: ${err?.message}`);
  };
  const config = { httpPort: 0, feedPort: 0 };
  const exporter = createExporter({
    mcp,
    isStdioServed,
    config,
    logger: pino({ level: 'error' }, { write }),
  });
  onTestFinished(() => exporter.close());
  return { exporter, faults };
}

test('a server of one’s own is served at /mcp, with a session for each client, and watched', async () => {
  let made = 0;
  const { urls, get, exporter } = await runExporter({ mcp: serveMcp(() => (made++, createGreeter())) });
  for (const client of [await connect(urls.mcp), await connect(urls.mcp)]) {
    const { content } = await client.callTool({ name: 'greet', arguments: { name: 'Ada' } });
    expect(content).toEqual([{ type: 'text', text: 'Hello, Ada' }]);
  }
  expect(await callsOf(get)).toBe(2);
  expect(exporter.sessions.list().map(({ serverName }) => serverName)).toEqual(['greeter', 'greeter']);
  expect(made).toBe(2);
});

test('a refused request is counted under the server’s name, before the first client comes', async () => {
  const { urls, get } = await runExporter({ mcp: serveMcp(createGreeter) });
  expect((await fetch(urls.mcp ?? '', { method: 'PUT' })).status).toBe(405);
  expect(await refusalsOf(get)).toBe(1);
});

test('the options of serveMcp are those of the hook', async () => {
  const { urls, exporter } = await runExporter({
    mcp: serveMcp(createGreeter, { serverName: 'theirs', sessionOf: () => 'shared' }),
  });
  const client = await connect(urls.mcp);
  await client.callTool({ name: 'greet', arguments: { name: 'Ada' } });
  expect(exporter.sessions.list()).toMatchObject([{ sessionId: 'shared', serverName: 'theirs' }]);
});

test('a key that is required is required of the clients of a server, too', async () => {
  const apiKey = 'a-secret-key-of-32-characters';
  const { urls, get } = await runExporter({ mcp: serveMcp(createGreeter), config: { apiKey } });
  await expect(connect(urls.mcp)).rejects.toThrow();
  const { text } = await get('/metrics', { authorization: `Bearer ${apiKey}` });
  expect(total(samplesOf(text), 'mcp_server_rejections_total', { http_status: '401' })).toBe(1);
});

test.each(['legacy', { pin: '2026-07-28' }] as const)(
  'a handler of SDK v2 is served, and nothing of it is counted twice: %j',
  async (mode) => {
    const { urls, get } = await runExporter({ mcp: greetersV2 });
    const client = new ClientV2({ name: 'test', version: '1' }, { versionNegotiation: { mode } });
    await client.connect(new HttpTransportV2(new URL(urls.mcp ?? '')));
    onTestFinished(() => client.close());
    await client.callTool({ name: 'greet', arguments: { name: 'Ada' } });
    expect(await callsOf(get)).toBe(1);
    const before = await refusalsOf(get);
    const refused = await fetch(urls.mcp ?? '', { method: 'POST', body: 'no JSON' });
    expect(refused.status).toBeGreaterThanOrEqual(400);
    await expect.poll(() => refusalsOf(get)).toBe(before + 1);
  },
);

test('a server that cannot be opened is reported, and everything else is served', async () => {
  const broken = () => {
    throw new Error('no database');
  };
  for (const mcp of [broken, serveMcp(broken), () => Promise.reject(new Error('no database'))]) {
    const { exporter, faults } = lenient(mcp);
    const urls = await exporter.start();
    expect(urls).toMatchObject({ mcp: null, metrics: expect.stringContaining('http') as string });
    expect(faults).toEqual(['mcp: no database']);
    await expect(runExporter({ mcp })).rejects.toThrow('no database');
  }
});

test('an option mcp that is no function, or that opens no server, is reported', async () => {
  const expected = {
    'mcp: expected a function that returns an object with serverName and handle': (() => ({})) as never,
    'serveMcp: expected a function that returns an McpServer, received object': serveMcp(
      (() => ({})) as never,
    ),
  };
  for (const [message, mcp] of Object.entries(expected)) {
    const { exporter, faults } = lenient(mcp);
    expect((await exporter.start()).mcp).toBeNull();
    expect(faults).toEqual([`mcp: ${message}`]);
  }
  const { faults } = lenient({} as never);
  expect(faults).toEqual(['settings: mcp: expected a function, such as the result of serveMcp or proxyMcp']);
});

test('a server that cannot speak on stdin and stdout is served over HTTP all the same', async () => {
  const { exporter, faults } = lenient(greetersV2, true);
  expect((await exporter.start()).mcp).toContain('/mcp');
  expect(faults).toEqual(['mcp: isStdioServed: expected an MCP server with a method serveStdio']);
});

test.each([
  ['rejects', () => Promise.reject(new Error('still busy')), ['mcp: still busy']],
  ['never ends', () => new Promise<void>(() => undefined), []],
])('a server whose close %s keeps nothing open', async (_how, close, expected) => {
  const served: ServedMcp = { serverName: 'theirs', handle: (_, response) => void response.end(), close };
  const { exporter, faults } = lenient(() => served);
  const { metrics } = await exporter.start();
  await exporter.close();
  await expect(fetch(metrics ?? '')).rejects.toThrow('fetch failed');
  expect(faults).toEqual(expected);
});
