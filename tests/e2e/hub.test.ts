import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { Client } from '@modelcontextprotocol/sdk/client/index.js';
import { StdioClientTransport } from '@modelcontextprotocol/sdk/client/stdio.js';
import { expect, onTestFinished, test } from 'vitest';

import { CLI, forProxy, hub, runCli } from '../support/cli-process.ts';
import { freePort } from '../support/everything.ts';
import { samplesOf, total } from '../support/exposition.ts';
import { FeedViewer } from '../support/feed-viewer.ts';
import { startForwardProxy } from '../support/forward-proxy.ts';
import { runPrometheus } from '../support/prometheus-process.ts';
import { TINY_SERVER } from '../support/tiny-server.ts';

const DURATIONS = 'mcp_server_operation_duration_seconds_count';
const PATH = process.env['PATH'] ?? '';

function watching(base: URL, headers: Record<string, string> = {}) {
  return async (name: string, labels: Record<string, string> = {}) =>
    total(samplesOf(await (await fetch(new URL('/metrics', base), { headers })).text()), name, labels);
}

/** A client whose server is behind a proxy that reports to `base`; the proxy's child is found by its parent. */
async function clientOf(name: string, base: URL, env: Record<string, string> = {}) {
  const transport = new StdioClientTransport({
    command: process.execPath,
    args: [CLI, 'proxy', '--name', name, '--hub', base.href, '--', process.execPath, ...TINY_SERVER],
    env: { PATH, ...env },
    stderr: 'pipe',
  });
  let said = '';
  transport.stderr?.on('data', (data: Buffer) => (said += data.toString()));
  const client = new Client({ name: 'test', version: '1' });
  await client.connect(transport);
  onTestFinished(() => client.close());
  const add = (a: number, b: number) => client.callTool({ name: 'add', arguments: { a, b } });
  return { client, add, proxyPid: transport.pid ?? 0, said: () => said };
}

function childOf(pid: number): number {
  const [child = ''] = readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').split(' ');
  return Number(child);
}

/** A hub at a port that stays the same when it is started again. */
async function hubAt(port: number) {
  return hub({ MONITORING_DASHBOARD_PORT: String(port), MONITORING_WS_PORT: String(port) });
}

test('servers of many clients are on one page and one /metrics, each under its own name, and outlive their processes', async () => {
  const { base } = await hub();
  const total = watching(base);
  const viewer = await FeedViewer.live(new URL('/ws', base).href.replace('http', 'ws'));
  const names = ['one', 'two', 'three'];
  const clients = await Promise.all(names.map((name) => clientOf(name, base)));
  await Promise.all(
    clients.map(async ({ client, add }, i) => {
      await client.listTools();
      for (let n = 0; n <= i; n++) await add(n, 1);
      await client.callTool({ name: 'fail', arguments: {} });
    }),
  );
  for (const [i, name] of names.entries()) {
    const call = { mcp_server_name: name, mcp_method_name: 'tools/call' };
    await expect
      .poll(() => total(DURATIONS, { ...call, gen_ai_tool_name: 'add', error_type: '' }))
      .toBe(i + 1);
    await expect.poll(() => total(DURATIONS, { ...call, error_type: 'tool_error' })).toBe(1);
    expect(await total('mcp_server_sessions_active', { mcp_server_name: name })).toBe(1);
  }
  expect(await total('mcp_exporter_reporters')).toBe(3);
  await viewer.until(() => viewer.events.filter(({ kind }) => kind === 'failed').length === 3);
  const { sessions } = (await (await fetch(new URL('/api/v1/sessions', base))).json()) as {
    sessions: { server_name: string; client_name: string }[];
  };
  expect(sessions.map(({ server_name }) => server_name).toSorted()).toEqual(names.toSorted());
  expect(sessions.map(({ client_name }) => client_name)).toEqual(['test', 'test', 'test']);

  await Promise.all(clients.map(({ client }) => client.close()));
  await expect.poll(() => total('mcp_server_sessions_active')).toBe(0);
  await expect.poll(() => total('mcp_exporter_reporters')).toBe(0);
  expect(await total(DURATIONS, { gen_ai_tool_name: 'add', error_type: '' })).toBe(6);
  expect(await total('mcp_proxy_child_exits_total', { reason: 'success' })).toBe(3);
});

test('what calls were given and answered with is shown by the hub, where the proxy is told to capture it', async () => {
  const { base } = await hub();
  const capturing = await clientOf('capturing', base, forProxy({ MONITORING_CAPTURE_PAYLOADS: 'true' }));
  const silent = await clientOf('silent', base);
  const args = { a: 1, b: 2, password: 'hunter2', long: 'x'.repeat(50_000) };
  for (const { client } of [capturing, silent]) await client.callTool({ name: 'add', arguments: args });
  const operations = async () => {
    const response = await fetch(new URL('/api/v1/operations?status=completed', base));
    const body = (await response.json()) as { operations: { details: Record<string, unknown> }[] };
    return body.operations.map(({ details }) => details);
  };
  await expect.poll(async () => (await operations()).length).toBe(2);
  const captured = (await operations()).filter((details) => 'arguments' in details);
  expect(captured).toEqual([
    {
      requested_tool: 'add',
      arguments: { ...args, password: '[redacted]', long: `${'x'.repeat(2000)}…` },
      result: { content: [{ type: 'text', text: '3' }] },
    },
  ]);
  expect(JSON.stringify(await operations())).not.toContain('hunter2');
});

test('a server that is killed has failed its calls, and the client sees it die', async () => {
  const { base } = await hub();
  const total = watching(base);
  const { client, proxyPid } = await clientOf('one', base);
  const closed = new Promise<void>((resolve) => (client.onclose = resolve));
  const hanging = client.callTool({ name: 'hang', arguments: {} });
  await expect.poll(() => total('pipeline_operations_active', { operation: '_OTHER' })).toBe(1);
  process.kill(childOf(proxyPid), 'SIGKILL');
  await expect(hanging).rejects.toThrow();
  await closed;
  await expect
    .poll(() => total(DURATIONS, { mcp_method_name: 'tools/call', error_type: 'server_exited' }))
    .toBe(1);
  expect(await total('mcp_proxy_child_exits_total', { mcp_server_name: 'one', reason: 'signal' })).toBe(1);
  expect(await total('pipeline_operations_active')).toBe(0);
  expect(await total('mcp_server_sessions_active')).toBe(0);
});

test('a client that is killed takes its server with it, and nothing is left open', async () => {
  const { base } = await hub();
  const total = watching(base);
  const client = spawn(process.execPath, ['--input-type=module', '-e', CLIENT_THAT_HANGS, CLI, base.href], {
    env: { PATH, TINY: JSON.stringify(TINY_SERVER) },
    stdio: 'inherit',
  });
  onTestFinished(() => void client.kill('SIGKILL'));
  await expect
    .poll(() => total('mcp_server_operations_in_flight', { mcp_method_name: 'tools/call' }))
    .toBe(1);
  client.kill('SIGKILL');
  await expect.poll(() => total('mcp_server_operations_in_flight')).toBe(0);
  await expect.poll(() => total('mcp_server_sessions_active')).toBe(0);
  await expect.poll(() => total('mcp_exporter_reporters')).toBe(0);
  expect(await total(DURATIONS, { error_type: 'cancelled' })).toBe(1);
});

const CLIENT_THAT_HANGS = `
  import { Client } from '@modelcontextprotocol/sdk/client/index.js';
  import { StdioClientTransport } from '@modelcontextprotocol/sdk/client/stdio.js';
  const [cli, hub] = process.argv.slice(1);
  const client = new Client({ name: 'test', version: '1' });
  const server = [process.execPath, ...JSON.parse(process.env.TINY)];
  const args = [cli, 'proxy', '--name', 'one', '--hub', hub, '--', ...server];
  await client.connect(new StdioClientTransport({ command: process.execPath, args, stderr: 'ignore' }));
  await client.callTool({ name: 'hang', arguments: {} });
`;

test('a hub that is killed and comes back is told what is open, and the traffic notices nothing', async () => {
  const port = await freePort();
  const first = await hubAt(port);
  const { base } = first;
  const total = watching(base);
  const { client, add, said } = await clientOf('one', base);
  await client.listTools();
  client.callTool({ name: 'hang', arguments: {} }).catch(() => undefined);
  await expect.poll(() => total('pipeline_operations_active', { operation: 'hang' })).toBe(1);

  first.child.kill('SIGKILL');
  await first.ended;
  for (let n = 0; n < 50; n++) expect(await add(n, 1)).toMatchObject({ content: [{ text: String(n + 1) }] });
  await expect.poll(said).toMatch(/"level":40,.*hub/);

  await hubAt(port);
  // What happened meanwhile comes with what is open.
  await expect.poll(() => total(DURATIONS, { gen_ai_tool_name: 'add' }), { timeout: 20_000 }).toBe(50);
  await expect.poll(() => total('pipeline_operations_active', { operation: 'hang' })).toBe(1);
  await expect.poll(() => total('mcp_server_sessions_active', { mcp_server_name: 'one' })).toBe(1);
  expect(await total('mcp_exporter_reported_events_total', { result: 'lost' })).toBe(0);
  await add(1, 1);
  await expect.poll(() => total(DURATIONS, { gen_ai_tool_name: 'add' })).toBe(51);
});

test('without any hub the server serves its client, and the proxy ends when it should', async () => {
  const { client, add, proxyPid } = await clientOf('one', new URL(`http://127.0.0.1:${await freePort()}/`));
  expect(await add(1, 2)).toMatchObject({ content: [{ text: '3' }] });
  await client.close();
  await expect.poll(() => isAlive(proxyPid)).toBe(false);
});

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}

test('a hub that asks for a key is sent it, and one that is sent a wrong key takes nothing', async () => {
  const key = { MONITORING_API_KEY: 'a-key-of-enough-length' };
  const { base } = await hub({ ...key, MONITORING_REQUIRE_AUTH: 'true' });
  const total = watching(base, { authorization: 'Bearer a-key-of-enough-length' });
  const right = await clientOf('right', base, forProxy(key));
  const wrong = await clientOf(
    'wrong',
    base,
    forProxy({ MONITORING_API_KEY: 'another-key-of-enough-length' }),
  );
  await right.add(1, 2);
  await wrong.add(1, 2);
  await expect
    .poll(() => total(DURATIONS, { mcp_server_name: 'right', mcp_method_name: 'tools/call' }))
    .toBe(1);
  await expect.poll(wrong.said).toMatch(/"level":50,.*set MCP_EXPORTER_MONITORING_API_KEY/);
  expect(await total(DURATIONS, { mcp_server_name: 'wrong' })).toBe(0);
});

test('the server behind a proxy is not given the key, and everything else of the environment', async () => {
  const script = 'console.log(process.env.MCP_EXPORTER_MONITORING_API_KEY, process.env.THEIRS)';
  const run = async (args: string[]) => {
    const child = runCli(['proxy', ...args, '--', process.execPath, '-e', script], {
      ...forProxy({ MONITORING_API_KEY: 'a-key-of-enough-length' }),
      THEIRS: 'kept',
    });
    child.child.stdin.end();
    return (await child.ended).stdout;
  };
  expect(await run(['--hub', `http://127.0.0.1:${await freePort()}`])).toBe('undefined kept\n');
  expect(await run([])).toBe('undefined kept\n');
});

test('a proxy reports to its hub through the proxy of HTTP_PROXY, and ends with its client', async () => {
  const { base } = await hub({ MONITORING_ALLOWED_HOSTS: 'hub.test' });
  const forward = await startForwardProxy();
  const url = new URL(base.href.replace('127.0.0.1', 'hub.test'));
  const { client, add } = await clientOf('far', url, { HTTP_PROXY: forward.url });
  await add(1, 2);
  const call = { mcp_server_name: 'far', mcp_method_name: 'tools/call' };
  await expect.poll(() => watching(base)(DURATIONS, call)).toBe(1);
  expect(new Set(forward.requests)).toEqual(new Set([`POST ${url.href}api/v1/report`]));
  await client.close();
});

test('Prometheus finds each proxy with --sd-dir once the folder exists, and forgets one that was killed when the next starts', async () => {
  const parent = mkdtempSync(join(tmpdir(), 'file-sd-'));
  const folder = join(parent, 'targets');
  onTestFinished(() => rmSync(parent, { recursive: true, force: true }));
  const prometheus = await runPrometheus();
  prometheus.discover(join(folder, '*.json'));
  /** The servers of the targets, by the state of their scrapes. */
  const targets = async () => {
    const response = await fetch(`${prometheus.url}/api/v1/targets?state=active`);
    const { data } = (await response.json()) as {
      data: { activeTargets: { health: string; labels: { server: string } }[] };
    };
    return data.activeTargets.map(({ health, labels }) => `${labels.server} ${health}`).toSorted();
  };
  const start = (name: string): ChildProcess => {
    const child = spawn(
      process.execPath,
      [CLI, 'proxy', '--sd-dir', folder, '--name', name, '--', process.execPath, ...TINY_SERVER],
      { env: { PATH }, stdio: ['pipe', 'ignore', 'pipe'] },
    );
    onTestFinished(() => void child.kill('SIGKILL'));
    return child;
  };
  const one = start('one');
  await expect.poll(() => String(one.stderr?.read() ?? '')).toContain('file_sd target not written, retrying');
  mkdirSync(folder);
  const two = start('two');
  await expect.poll(targets, { timeout: 30_000 }).toEqual(['one up', 'two up']);
  one.kill('SIGKILL');
  await expect.poll(targets, { timeout: 30_000 }).toEqual(['one down', 'two up']);
  const three = start('three');
  await expect.poll(targets, { timeout: 30_000 }).toEqual(['three up', 'two up']);
  for (const child of [two, three]) {
    child.stdin?.end();
    await once(child, 'exit');
  }
  expect(readdirSync(folder)).toEqual([]);
  await expect.poll(targets, { timeout: 30_000 }).toEqual([]);
});

test('wrap-config’s output starts servers that report', async () => {
  const { base } = await hub();
  const folder = mkdtempSync(join(tmpdir(), 'wrapped-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  const file = join(folder, 'mcp.json');
  const original = {
    mcpServers: { tiny: { command: process.execPath, args: TINY_SERVER, env: { A: '1' } } },
  };
  writeFileSync(file, JSON.stringify(original, null, 2));
  const { ended } = runCli(['wrap-config', '--hub', base.href, file]);
  const { code, stdout } = await ended;
  expect(code).toBe(0);
  expect(JSON.parse(readFileSync(file, 'utf8'))).toEqual(original);
  const wrapped = JSON.parse(stdout) as {
    mcpServers: { tiny: { command: string; args: string[]; env: object } };
  };
  const { command, args, env } = wrapped.mcpServers.tiny;
  expect(env).toEqual({ A: '1' });
  const client = new Client({ name: 'test', version: '1' });
  await client.connect(new StdioClientTransport({ command, args, stderr: 'ignore' }));
  onTestFinished(() => client.close());
  await client.callTool({ name: 'add', arguments: { a: 1, b: 2 } });
  await expect
    .poll(() => watching(base)(DURATIONS, { mcp_server_name: 'tiny', mcp_method_name: 'tools/call' }))
    .toBe(1);
});
