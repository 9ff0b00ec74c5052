import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { buffer } from 'node:stream/consumers';

import * as v2 from '@modelcontextprotocol/client';
import * as v2Stdio from '@modelcontextprotocol/client/stdio';
import { Client } from '@modelcontextprotocol/sdk/client/index.js';
import { SSEClientTransport } from '@modelcontextprotocol/sdk/client/sse.js';
import { StdioClientTransport } from '@modelcontextprotocol/sdk/client/stdio.js';
import { StreamableHTTPClientTransport } from '@modelcontextprotocol/sdk/client/streamableHttp.js';
import { describe, expect, onTestFinished, test } from 'vitest';

import { CLI, forProxy, runCli } from '../support/cli-process.ts';
import { countTraffic, type ClientCount } from '../support/counted-client.ts';
import { EVERYTHING, FILESYSTEM, serveEverything } from '../support/everything.ts';
import { samplesOf, total, type Sample } from '../support/exposition.ts';

const ENV = { PATH: process.env['PATH'] ?? '' };
const INFO = { name: 'stranger', version: '1' };
const DURATIONS = 'mcp_server_operation_duration_seconds_count';

/** Where a client connects, and where the metrics of it are, if there is a proxy. */
interface Place {
  readonly transport: object;
  readonly scrape?: () => Promise<Sample[]>;
}
type Sdk = 'v1' | 'v2';

async function scrape(url: string): Promise<Sample[]> {
  return samplesOf(await (await fetch(url)).text());
}

/** A server behind stdio, by itself or behind the proxy; with the client's side of it. */
async function overStdio(sdk: Sdk, args: string[], isProxied: boolean): Promise<Place> {
  const proxied = [CLI, 'proxy', '--name', 'theirs', '--', process.execPath, ...args];
  const Transport = sdk === 'v1' ? StdioClientTransport : v2Stdio.StdioClientTransport;
  const transport = new Transport({
    command: process.execPath,
    args: isProxied ? proxied : args,
    env: ENV,
    stderr: 'pipe',
  });
  if (!isProxied) return { transport };
  let said = '';
  const metricsUrl = new Promise<string>((resolve) => {
    transport.stderr?.on('data', (data: Buffer) => {
      said += data.toString();
      const [, url] = /"metrics":"([^"]+)"/.exec(said) ?? [];
      if (url !== undefined) resolve(url);
    });
  });
  return { transport, scrape: async () => scrape(await metricsUrl) };
}

/** The same over HTTP, where all clients share one server. */
async function overHttp(sdk: Sdk, kind: 'sse' | 'streamableHttp', isProxied: boolean): Promise<Place> {
  const { url } = await serveEverything(kind);
  const options = isProxied ? await proxied(url) : { url };
  const [v1Transport, v2Transport] =
    kind === 'sse'
      ? [SSEClientTransport, v2.SSEClientTransport]
      : [StreamableHTTPClientTransport, v2.StreamableHTTPClientTransport];
  const transport = sdk === 'v1' ? new v1Transport(options.url) : new v2Transport(options.url);
  return { ...options, transport };
}

async function proxied(upstream: URL) {
  const cli = runCli(['proxy', '--upstream', upstream.href, '--name', 'theirs', '--port', '0'], {});
  const url = new URL(await cli.printed('stdout', /MCP endpoint +(\S+)/));
  return { url, scrape: () => scrape(new URL('/metrics', url).href) };
}

async function connect(sdk: Sdk, place: Place) {
  const { transport, count } = countTraffic(place.transport);
  const capabilities = { capabilities: { sampling: {}, roots: { listChanged: true } } };
  const client = sdk === 'v1' ? new Client(INFO, capabilities) : new v2.Client(INFO, capabilities);
  await (client as Client).connect(transport as never);
  onTestFinished(() => client.close());
  return { client: client as Client, count };
}

/** What a person would try of server-everything; what comes back is told, without what changes from time to time. */
async function exercise(client: Client): Promise<unknown[]> {
  const call = (name: string, args: object = {}, options: object = {}) =>
    (client.callTool as unknown as (...given: unknown[]) => Promise<unknown>)(
      { name, arguments: args },
      ...optionsOf(client, options),
    );
  const results: unknown[] = [
    client.getServerVersion(),
    await client.listTools(),
    await client.listPrompts(),
    await client.listResources(),
    await client.listResourceTemplates(),
    await client.ping(),
    await call('echo', { message: 'hällo 😀 "quoted" \\ {}[]' }),
    await call('echo', { message: 'x'.repeat(200_000) }),
    await call('get-sum', { a: 2, b: 40 }),
    await call('get-tiny-image'),
    await call('get-structured-content', { location: 'Chicago' }),
    await call('echo', {}).catch(codeOf),
    await call('there-is-no-such-tool').catch(codeOf),
    await client.getPrompt({ name: 'simple-prompt' }),
    await client.getPrompt({ name: 'there-is-no-such-prompt' }).catch(codeOf),
    await client.readResource({ uri: 'there-is://no-such-resource' }).catch(codeOf),
  ];
  const progress: number[] = [];
  const onprogress = ({ progress: step }: { progress: number }) => progress.push(step);
  // Steps far enough apart that a machine which stands still does not bring the second with the result.
  const long = await call('trigger-long-running-operation', { duration: 0.9, steps: 3 }, { onprogress });
  // Of progress that comes together with its result, the SDKs' clients do not tell.
  results.push(long, progress.slice(0, 2));
  const cancel = new AbortController();
  const cancelled = call(
    'trigger-long-running-operation',
    { duration: 60, steps: 600 },
    { signal: cancel.signal, onprogress: () => cancel.abort('enough') },
  );
  results.push(await cancelled.catch(() => 'cancelled'));
  return results;
}

/** v1 takes a schema before the options, v2 does not. */
function optionsOf(client: Client, options: object): unknown[] {
  return client instanceof Client ? [undefined, options] : [options];
}

const codeOf = (error: unknown) => `error ${String((error as { code?: unknown }).code)}`;

/** What the client has counted itself, as `/metrics` must have it. */
async function expectSame(
  scrapeNow: () => Promise<Sample[]>,
  { requests, outcomes, notifications }: ClientCount,
) {
  // The last answers may be a moment away.
  await expect.poll(async () => total(await scrapeNow(), 'mcp_server_operations_in_flight', {})).toBe(0);
  const samples = await scrapeNow();
  const ofName = (name: string) => {
    const [method = '', tool] = name.split(' ');
    // Nobody vouches for this one.
    const known = tool === 'there-is-no-such-tool' ? '_OTHER' : tool;
    return { mcp_method_name: method, ...(known === undefined ? undefined : { gen_ai_tool_name: known }) };
  };
  const counted = Object.fromEntries(
    [...requests.keys()].map((name) => [name, total(samples, DURATIONS, ofName(name))]),
  );
  expect(counted).toEqual(Object.fromEntries(requests));
  for (const [key, number] of outcomes) {
    const [, name = '', errorType = ''] = /^(.*) (\S*)$/.exec(key) ?? [];
    const labels = { ...ofName(name), error_type: errorType };
    expect([key, total(samples, DURATIONS, labels)]).toEqual([key, number]);
  }
  for (const [method, number] of notifications) {
    const labels = { mcp_method_name: method, direction: 'client_to_server' };
    expect([method, total(samples, 'mcp_server_notifications_total', labels)]).toEqual([method, number]);
  }
  const cancelled = { error_type: 'cancelled', gen_ai_tool_name: 'trigger-long-running-operation' };
  expect(total(samples, DURATIONS, cancelled)).toBe(1);
  const all = [...requests.values()].reduce((sum, number) => sum + number, 0);
  expect(total(samples, DURATIONS)).toBe(all);
  expect(
    new Set(samples.filter(({ name }) => name === DURATIONS).map(({ labels }) => labels['mcp_server_name'])),
  ).toEqual(new Set(['theirs']));
}

describe.each(['v1', 'v2'] as const)('server-everything, with a client of SDK %s', (sdk) => {
  test.each([
    ['stdio', (isProxied: boolean) => overStdio(sdk, [EVERYTHING, 'stdio'], isProxied)],
    ['Streamable HTTP', (isProxied: boolean) => overHttp(sdk, 'streamableHttp', isProxied)],
    ['HTTP+SSE', (isProxied: boolean) => overHttp(sdk, 'sse', isProxied)],
  ])(
    'server-everything over %s answers through the proxy as without it, and is counted as the client counts',
    async (_title, place) => {
      const direct = await connect(sdk, await place(false));
      const expected = await exercise(direct.client);
      const behind = await place(true);
      const { client, count } = await connect(sdk, behind);
      expect(await exercise(client)).toEqual(expected);
      expect(count.requests).toEqual(direct.count.requests);
      if (!behind.scrape) throw new Error('a proxy has metrics');
      await expectSame(behind.scrape, count);
    },
  );
});

/** What a server says to the same bytes, by itself and behind the proxy. */
async function transcript(args: string[], said: string, isProxied: boolean): Promise<Buffer> {
  const argv = isProxied ? [CLI, 'proxy', '--', process.execPath, ...args] : args;
  const child = spawn(process.execPath, argv, {
    env: { ...ENV, ...forProxy({ MONITORING_LOG_LEVEL: 'silent' }) },
    stdio: ['pipe', 'pipe', 'ignore'],
  });
  onTestFinished(() => void child.kill('SIGKILL'));
  const heard = buffer(child.stdout);
  child.stdin.write(said);
  // It is asked one thing at a time, so that what it says has one order.
  child.stdin.end();
  return heard;
}

describe('server-filesystem', () => {
  function createFolder(): string {
    const folder = mkdtempSync(join(tmpdir(), 'proxied-files-'));
    onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
    writeFileSync(join(folder, 'small.txt'), 'hällo\r\n');
    writeFileSync(join(folder, 'large.txt'), 'line "with" quotes \\ and ünicode 😀\n'.repeat(20_000));
    return folder;
  }

  test('server-filesystem sends the same bytes through the proxy as without it', async () => {
    const folder = createFolder();
    const messages = [
      {
        id: 0,
        method: 'initialize',
        params: { protocolVersion: '2025-11-25', capabilities: {}, clientInfo: INFO },
      },
      { method: 'notifications/initialized' },
      { id: 1, method: 'tools/list' },
      {
        id: '1',
        method: 'tools/call',
        params: { name: 'read_text_file', arguments: { path: join(folder, 'small.txt') } },
      },
      {
        id: 2,
        method: 'tools/call',
        params: { name: 'read_text_file', arguments: { path: join(folder, 'large.txt') } },
      },
      {
        id: 3,
        method: 'tools/call',
        params: { name: 'read_text_file', arguments: { path: '/not/allowed' } },
      },
      { id: 4, method: 'what/ever' },
    ];
    const said = messages.map((message) => `${JSON.stringify({ jsonrpc: '2.0', ...message })}\n`).join('');
    const lines = async (isProxied: boolean) =>
      (await transcript([FILESYSTEM, folder], said, isProxied)).toString('latin1').split('\n').toSorted();
    const expected = await lines(false);
    expect(expected.length).toBeGreaterThan(6);
    expect(await lines(true)).toEqual(expected);
  });

  test.each(['v1', 'v2'] as const)(
    'server-filesystem works for a client of SDK %s, and is counted as it counts',
    async (sdk) => {
      const folder = createFolder();
      const place = await overStdio(sdk, [FILESYSTEM, folder], true);
      const { client, count } = await connect(sdk, place);
      await client.listTools();
      const call = (name: string, args: object) => client.callTool({ name, arguments: { ...args } });
      const large = await call('read_text_file', { path: join(folder, 'large.txt') });
      expect(JSON.stringify(large).length).toBeGreaterThan(700_000);
      await call('write_file', { path: join(folder, 'new.txt'), content: 'z'.repeat(100_000) });
      expect(await call('read_text_file', { path: '/etc/passwd' })).toMatchObject({ isError: true });
      await call('list_directory', { path: folder });
      const samples = await place.scrape?.();
      for (const [name, number] of count.requests) {
        const [method = '', tool = ''] = name.split(' ');
        const labels = { mcp_method_name: method, ...(tool === '' ? undefined : { gen_ai_tool_name: tool }) };
        expect([name, total(samples ?? [], DURATIONS, labels)]).toEqual([name, number]);
      }
      const refused = { gen_ai_tool_name: 'read_text_file', error_type: 'tool_error' };
      expect(total(samples ?? [], DURATIONS, refused)).toBe(1);
      const sizes = { direction: 'server_to_client', mcp_method_name: 'tools/call' };
      expect(total(samples ?? [], 'mcp_server_message_size_bytes_sum', sizes)).toBeGreaterThan(700_000);
    },
  );
});
