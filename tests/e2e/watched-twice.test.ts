import { Client } from '@modelcontextprotocol/sdk/client/index.js';
import { StdioClientTransport } from '@modelcontextprotocol/sdk/client/stdio.js';
import { StreamableHTTPClientTransport } from '@modelcontextprotocol/sdk/client/streamableHttp.js';
import { expect, onTestFinished, test } from 'vitest';

import { CLI, FREE_PORTS, hub as startHub, runCli } from '../support/cli-process.ts';
import { samplesOf, total } from '../support/exposition.ts';
import { startInstrumentedServer, writeInstrumentedServer } from '../support/instrumented-server.ts';

const CALLS = 'mcp_server_operation_duration_seconds_count';
const OPERATIONS = 'pipeline_operation_duration_seconds_count';
const REPORTED = 'mcp_exporter_reported_events_total';

interface Listed {
  readonly session_id: string;
  readonly server_name: string;
  readonly proxy_name: string | null;
}

function read(base: URL) {
  const json = async (path: string) => (await fetch(new URL(path, base))).json();
  return {
    total: async (name: string, labels: Record<string, string> = {}) =>
      total(samplesOf(await (await fetch(new URL('/metrics', base))).text()), name, labels),
    sessions: async () => ((await json('/api/v1/sessions')) as { sessions: Listed[] }).sessions,
    operations: async () =>
      ((await json('/api/v1/operations')) as { operations: Record<string, unknown>[] }).operations,
  };
}

/** A proxy in front of an HTTP server, and the address for its clients. */
async function startProxy(upstream: URL, hub: URL) {
  const args = ['proxy', '--upstream', upstream.href, '--name', 'front', '--hub', hub.href];
  const proxy = runCli(args, FREE_PORTS);
  return new URL(await proxy.printed('stderr', /"mcp":"([^"]+)"/));
}

async function connect(transport: StdioClientTransport | StreamableHTTPClientTransport) {
  const client = new Client({ name: 'test', version: '1' });
  onTestFinished(() => client.close());
  await client.connect(transport);
  return client;
}

/** A success, a failure and a cancelled call. */
async function callAll(client: Client) {
  await client.callTool({ name: 'add' });
  await client.callTool({ name: 'fail' });
  const cancel = new AbortController();
  const hanging = client.callTool({ name: 'hang' }, undefined, { signal: cancel.signal });
  setTimeout(() => cancel.abort('enough'), 200);
  await expect(hanging).rejects.toThrow();
}

async function expectEachOnce(base: URL) {
  const { total, operations } = read(base);
  const call = { mcp_method_name: 'tools/call' };
  await expect.poll(() => total(CALLS, { ...call, error_type: 'cancelled' })).toBe(1);
  await expect.poll(() => total(REPORTED, { result: 'duplicate' })).toBeGreaterThan(10);
  expect(await total(CALLS, { ...call, error_type: '' })).toBe(1);
  expect(await total(CALLS, { ...call, error_type: 'tool_error' })).toBe(1);
  expect(await total(CALLS, { mcp_method_name: 'initialize' })).toBe(1);
  expect(await total(CALLS, { mcp_server_name: 'front' })).toBe(0);
  expect(await total('mcp_server_sessions_active')).toBe(1);
  for (const [operation, status] of Object.entries({ add: 'completed', fail: 'failed', hang: 'cancelled' })) {
    expect(await total(OPERATIONS, { operation })).toBe(1);
    expect(await total(OPERATIONS, { operation, mcp_server_name: 'real' })).toBe(1);
    expect(await total(OPERATIONS, { operation, status })).toBe(1);
  }
  const calls = (await operations()).filter(({ parent_id: parent }) => parent === null);
  expect(calls.map(({ operation_name: name }) => String(name)).toSorted()).toEqual(['add', 'fail', 'hang']);
}

test('an HTTP server and a proxy in front of it count each call once at their hub', async () => {
  const hub = await startHub();
  const server = await startInstrumentedServer(hub.base, 'sessions');
  const mcp = await startProxy(server.url, hub.base);
  const client = await connect(new StreamableHTTPClientTransport(mcp));
  await callAll(client);
  await expectEachOnce(hub.base);
  const { sessions, operations, total } = read(hub.base);
  expect(await sessions()).toMatchObject([{ server_name: 'real', proxy_name: 'front' }]);
  const stage = (await operations()).find(({ operation_name: name }) => name === 'stage');
  const add = (await operations()).find(({ operation_name: name }) => name === 'add');
  expect(stage?.['parent_id']).toBe(add?.['operation_id']);
  expect(await total('mcp_proxy_upstream_up', { mcp_server_name: 'front' })).toBe(1);
  const lines = hub.output.stdout + hub.output.stderr;
  expect(lines.match(/"server":"real","proxy":"front"/g)).toHaveLength(1);

  // The server is killed without a last report. The calls that fail from now on are counted once, too.
  server.child.kill('SIGKILL');
  await expect(client.callTool({ name: 'add' })).rejects.toThrow();
  await expect.poll(() => total(CALLS, { mcp_method_name: 'tools/call' }), { timeout: 20_000 }).toBe(4);
  expect(await total(CALLS, { mcp_server_name: 'front' })).toBe(0);
  expect(await total(OPERATIONS, { operation: 'add' })).toBe(2);
});

test('a stdio server and the proxy that starts it count each call once at their hub', async () => {
  const hub = await startHub();
  const command = [process.execPath, writeInstrumentedServer()];
  const transport = new StdioClientTransport({
    command: process.execPath,
    args: [CLI, 'proxy', '--name', 'front', '--hub', hub.base.href, '--', ...command],
    env: { PATH: process.env['PATH'] ?? '', MONITORING_HUB_URL: hub.base.href },
    stderr: 'ignore',
  });
  const client = await connect(transport);
  await callAll(client);
  await expectEachOnce(hub.base);
  const sessions = await read(hub.base).sessions();
  expect(sessions.map((each) => [each.server_name, each.proxy_name])).toContainEqual(['real', 'front']);
});

test('a stateless HTTP server and a proxy in front of it each count under their own names', async () => {
  const hub = await startHub();
  const server = await startInstrumentedServer(hub.base, 'stateless');
  const client = await connect(new StreamableHTTPClientTransport(await startProxy(server.url, hub.base)));
  await client.callTool({ name: 'fail' });
  const { total } = read(hub.base);
  for (const mcp_server_name of ['real', 'front']) {
    await expect.poll(() => total(CALLS, { mcp_server_name, error_type: 'tool_error' })).toBe(1);
  }
});
