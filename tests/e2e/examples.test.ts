import { spawn } from 'node:child_process';

import { Client as ClientV2, StreamableHTTPClientTransport } from '@modelcontextprotocol/client';
import { Client } from '@modelcontextprotocol/sdk/client/index.js';
import { StdioClientTransport } from '@modelcontextprotocol/sdk/client/stdio.js';
import { expect, onTestFinished, test } from 'vitest';

import { FREE_PORTS, hub } from '../support/cli-process.ts';
import { freePort } from '../support/everything.ts';
import { samplesOf, total } from '../support/exposition.ts';
import { FeedViewer } from '../support/feed-viewer.ts';

const ENV = { PATH: process.env['PATH'] ?? '', MONITORING_LOG_LEVEL: 'warn', ...FREE_PORTS };

const metricsOf = async (url: string | URL) => samplesOf(await (await fetch(url)).text());

function isAlive(pid: number | null): boolean {
  try {
    return process.kill(pid ?? 0, 0);
  } catch {
    return false;
  }
}

/** An example, running; with what `pattern` finds in what it prints. */
function runExample(file: string, env: Record<string, string> = {}) {
  const args = file.endsWith('.ts') ? ['--import', 'tsx', `examples/${file}`] : [`examples/${file}`];
  const child = spawn(process.execPath, args, {
    env: { ...ENV, ...env },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  onTestFinished(() => void child.kill('SIGKILL'));
  let said = '';
  const exited = new Promise<number | null>((resolve) => child.once('exit', resolve));
  const printed = (pattern: RegExp) =>
    new Promise<string>((resolve, reject) => {
      const look = () => {
        const match = pattern.exec(said);
        if (match) resolve(match[1] ?? match[0]);
      };
      child.stdout.on('data', (data: Buffer) => {
        said += data.toString();
        look();
      });
      void exited.then((code) =>
        reject(new Error(`${file} ended with ${code} before it printed ${pattern}`)),
      );
      look();
    });
  return { child, printed, exited };
}

test('stdio-server reports to a hub what its client calls', async () => {
  const { base } = await hub();
  const client = new Client({ name: 'test', version: '1' });
  await client.connect(
    new StdioClientTransport({
      command: process.execPath,
      args: ['--import', 'tsx', 'examples/typescript-server/stdio-server.ts'],
      env: { ...ENV, MONITORING_HUB_URL: base.href },
    }),
  );
  onTestFinished(() => client.close());
  await client.callTool({ name: 'roll', arguments: { sides: 20 } });
  const rolled = { mcp_server_name: 'dice', gen_ai_tool_name: 'roll', error_type: '' };
  await expect
    .poll(async () =>
      total(
        await metricsOf(new URL('/metrics', base)),
        'mcp_server_operation_duration_seconds_count',
        rolled,
      ),
    )
    .toBe(1);
});

test('served-server answers a client on stdio and clients over HTTP, and both are watched', async () => {
  const transport = new StdioClientTransport({
    command: process.execPath,
    args: ['--import', 'tsx', 'examples/typescript-server/served-server.ts'],
    env: ENV,
    stderr: 'pipe',
  });
  let said = '';
  transport.stderr?.on('data', (data: Buffer) => (said += data.toString()));
  const overStdio = new Client({ name: 'test', version: '1' });
  await overStdio.connect(transport);
  onTestFinished(() => overStdio.close());
  await expect.poll(() => said).toContain('page');
  const address = (name: string) => new URL(new RegExp(`${name} +(\\S+)`).exec(said)?.[1] ?? '');
  const overHttp = new ClientV2({ name: 'test', version: '1' });
  await overHttp.connect(new StreamableHTTPClientTransport(address('MCP')));
  onTestFinished(() => overHttp.close());
  for (const client of [overStdio, overHttp]) await client.callTool({ name: 'roll', arguments: {} });
  const samples = await metricsOf(address('metrics'));
  for (const network_transport of ['pipe', 'tcp']) {
    const rolled = { mcp_server_name: 'dice', gen_ai_tool_name: 'roll', error_type: '', network_transport };
    expect(total(samples, 'mcp_server_operation_duration_seconds_count', rolled)).toBe(1);
  }
  const { pid } = transport;
  await overStdio.close();
  await expect.poll(() => isAlive(pid)).toBe(false);
});

test('http-server-sdk-v2 is watched in both protocol eras', async () => {
  const { printed } = runExample('typescript-server/http-server-sdk-v2.ts', { PORT: '0' });
  const mcp = await printed(/MCP +(\S+)/);
  const metrics = await printed(/metrics +(\S+)/);
  for (const mode of ['legacy', { pin: '2026-07-28' }] as const) {
    const client = new ClientV2({ name: 'test', version: '1' }, { versionNegotiation: { mode } });
    await client.connect(new StreamableHTTPClientTransport(new URL(mcp)));
    await client.callTool({ name: 'forecast', arguments: { city: 'Bergen' } });
    await client.close();
  }
  const asked = { mcp_server_name: 'weather', gen_ai_tool_name: 'forecast', error_type: '' };
  await expect
    .poll(async () => total(await metricsOf(metrics), 'mcp_server_operation_duration_seconds_count', asked))
    .toBe(2);
});

test('express-app has page, feed and both kinds of metrics below its own path', async () => {
  const { child, printed, exited } = runExample('typescript-server/express-app.ts', { PORT: '0' });
  const page = new URL(await printed(/page +(\S+)/));
  expect(await (await fetch(page)).text()).toContain('<title>mcp-exporter</title>');
  // The slash at the end is added where it lacks.
  expect((await fetch(new URL('/monitoring', page))).url).toBe(page.href);
  const feed = await FeedViewer.live(new URL('ws', page).href.replace('http', 'ws'));
  expect((await fetch(new URL('/orders', page), { method: 'POST' })).status).toBe(201);
  await feed.until(() => feed.events.some(({ kind }) => kind === 'completed'));
  const samples = await metricsOf(new URL('metrics', page));
  expect(total(samples, 'shop_orders_total')).toBe(1);
  const taken = { operation: 'take_order', status: 'completed' };
  expect(total(samples, 'pipeline_operation_duration_seconds_count', taken)).toBe(1);
  expect((await fetch(new URL('health', page))).status).toBe(200);
  expect((await fetch(new URL('/nothing', page))).status).toBe(404);
  const passedOn = await fetch(new URL('nothing', page));
  expect([passedOn.status, passedOn.headers.get('referrer-policy')]).toEqual([404, null]);
  child.kill('SIGTERM');
  expect(await exited).toBe(0);
});

test('report-to-hub has its operation counted by the hub', async () => {
  const { base } = await hub();
  const { exited } = runExample('report-to-hub/report-to-hub.mjs', { HUB: base.href });
  expect(await exited).toBe(0);
  const imported = { operation: 'import', status: 'completed' };
  const samples = await metricsOf(new URL('/metrics', base));
  expect(total(samples, 'pipeline_operation_duration_seconds_sum', imported)).toBe(12.5);
});

const CALLS = 'mcp_server_operation_duration_seconds_count';
test.each([
  ['proxy-stdio', { mcp_server_name: 'everything', gen_ai_tool_name: 'get-sum' }],
  ['proxy-http', { mcp_server_name: 'everything', gen_ai_tool_name: 'get-sum' }],
  ['typescript-server', { mcp_server_name: 'weather', gen_ai_tool_name: 'forecast' }],
  ['pipeline-server', { mcp_server_name: 'mcp-exporter-pipeline', gen_ai_tool_name: 'version_keeper_scan' }],
])('%s runs with one command: its page has calls that succeed and calls that fail', async (folder, tool) => {
  const env = {
    MONITORING_DASHBOARD_PORT: String(await freePort()),
    PORT: '0',
    SERVER_PORT: String(await freePort()),
  };
  const { child, printed, exited } = runExample(`${folder}/run.ts`, env);
  const metrics = await printed(/metrics +(\S+)/);
  const page = await printed(/page +(\S+)/);
  // The server's own process listens a moment after its client is connected.
  const pageText = () => fetch(page).then((response) => response.text());
  await expect.poll(() => pageText().catch(() => '')).toContain('<title>mcp-exporter</title>');
  for (const error_type of ['', 'tool_error'])
    await expect
      .poll(async () => total(await metricsOf(metrics), CALLS, { ...tool, error_type }))
      .toBeGreaterThan(0);
  child.kill('SIGTERM');
  expect(await exited).toBe(0);
  await expect(fetch(page)).rejects.toThrow();
});
