import * as v2 from '@modelcontextprotocol/client';
import * as v2Stdio from '@modelcontextprotocol/client/stdio';
import { Client } from '@modelcontextprotocol/sdk/client/index.js';
import { SSEClientTransport } from '@modelcontextprotocol/sdk/client/sse.js';
import { StdioClientTransport } from '@modelcontextprotocol/sdk/client/stdio.js';
import { StreamableHTTPClientTransport } from '@modelcontextprotocol/sdk/client/streamableHttp.js';
import { describe, expect, onTestFinished, test } from 'vitest';

import { CLI, runCli } from '../support/cli-process.ts';
import { countTraffic, type ClientCount } from '../support/counted-client.ts';
import { EVERYTHING, serveEverything } from '../support/everything.ts';
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
