import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';

import { Client } from '@modelcontextprotocol/sdk/client/index.js';
import { StdioClientTransport } from '@modelcontextprotocol/sdk/client/stdio.js';
import { expect, onTestFinished, test } from 'vitest';

import { CLI, forProxy, hub } from '../support/cli-process.ts';
import { countTraffic, type ClientCount } from '../support/counted-client.ts';
import { samplesOf, total, type Sample } from '../support/exposition.ts';
import { filesOf, NPM_SERVERS, resetFolder, type NpmServer } from '../support/npm-servers.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

const PATH = process.env['PATH'] ?? '';
const DURATIONS = 'mcp_server_operation_duration_seconds_count';
const INFO = { name: 'stranger', version: '1' };

/** The lines that a client says to a server, one at a time. */
function conversation(server: NpmServer, folder: string): string[] {
  const initialize = { protocolVersion: '2025-11-25', capabilities: {}, clientInfo: INFO };
  const calls = server.calls(folder).map(([name, args]) => ['tools/call', { name, arguments: args }]);
  const requests = [['tools/list', {}], ...calls, ['what/ever', {}]];
  return [
    { id: 0, method: 'initialize', params: initialize },
    { method: 'notifications/initialized' },
    ...requests.map(([method, params], at) => ({ id: `${at}`, method, params })),
  ].map((message) => `${JSON.stringify({ jsonrpc: '2.0', ...message })}\n`);
}

/** All that a server says and writes during a conversation, and how it ends. */
async function talk(server: NpmServer, folder: string, isProxied: boolean) {
  resetFolder(folder);
  const argv = server.argv(folder);
  const before = isProxied ? [CLI, 'proxy', '--', process.execPath] : [];
  const child = spawn(process.execPath, [...before, ...argv], {
    env: { PATH, ...server.env?.(folder), ...forProxy({ MONITORING_LOG_LEVEL: 'silent' }) },
  });
  onTestFinished(() => void child.kill('SIGKILL'));
  const said = { stdout: '', stderr: '' };
  for (const name of ['stdout', 'stderr'] as const) {
    child[name].on('data', (chunk: Buffer) => (said[name] += chunk.toString('latin1')));
  }
  const lines = createInterface({ input: child.stdout });
  for (const line of conversation(server, folder)) {
    child.stdin.write(line);
    const { id } = JSON.parse(line) as { id?: unknown };
    if (id !== undefined) await responseTo(id, lines);
  }
  child.stdin.end();
  const [code, signal] = await once(child, 'close');
  return { ...said, code, signal, files: filesOf(folder) };
}

function responseTo(id: unknown, lines: NodeJS.EventEmitter): Promise<void> {
  return new Promise((resolve) => {
    const onLine = (line: string) => {
      const message = JSON.parse(line) as { id?: unknown; method?: unknown };
      if (message.id !== id || message.method !== undefined) return;
      lines.off('line', onLine);
      resolve();
    };
    lines.on('line', onLine);
  });
}

test.each(NPM_SERVERS)(
  '$name says and writes the same bytes behind the proxy as without it, and ends the same',
  async (server) => {
    const folder = temporaryFolder(join(tmpdir(), 'npm-server-'));
    const direct = await talk(server, folder, false);
    expect(direct.stdout.split('\n').length).toBeGreaterThan(server.calls(folder).length);
    expect(await talk(server, folder, true)).toEqual(direct);
  },
);

interface Place {
  readonly server: NpmServer;
  readonly folder: string;
}

/** What an SDK client gets from a server, and what it counts itself. */
async function useServer({ server, folder }: Place, hubUrl: URL | null) {
  resetFolder(folder);
  const argv = server.argv(folder);
  const proxy = [CLI, 'proxy', '--name', server.name, '--hub', hubUrl?.href ?? '', '--', process.execPath];
  const { transport, count } = countTraffic(
    new StdioClientTransport({
      command: process.execPath,
      args: hubUrl ? [...proxy, ...argv] : argv,
      env: { PATH, ...server.env?.(folder) },
      stderr: 'ignore',
    }),
  );
  const client = new Client(INFO);
  await client.connect(transport);
  const results: unknown[] = [client.getServerVersion(), await client.listTools()];
  for (const [name, args] of server.calls(folder)) {
    const call = client.callTool({ name, arguments: { ...args } });
    results.push(await call.catch((error: { code?: unknown }) => `error ${String(error.code)}`));
  }
  await client.close();
  return { results, count };
}

/** What a client counted. The hub knows no name that no server lists. */
function countsOf({ requests, outcomes, notifications }: ClientCount) {
  const isKnown = ([name]: [string, number]) => !name.includes('there-is-no-such-tool');
  return {
    requests: Object.fromEntries([...requests].filter(isKnown)),
    outcomes: Object.fromEntries([...outcomes].filter(isKnown)),
    notifications: Object.fromEntries(notifications),
  };
}

/** The same from the hub's metrics. */
function countedByHub(samples: Sample[], server: string, { requests, outcomes, notifications }: ClientCount) {
  const sum = (labels: Record<string, string>, name = DURATIONS) =>
    total(samples, name, { mcp_server_name: server, ...labels });
  const labelsOf = (name: string) => {
    const [method = '', tool] = name.split(' ');
    return { mcp_method_name: method, ...(tool === undefined ? undefined : { gen_ai_tool_name: tool }) };
  };
  const outcomeLabels = (key: string) => {
    const at = key.lastIndexOf(' ');
    return { ...labelsOf(key.slice(0, at)), error_type: key.slice(at + 1) };
  };
  return countsOf({
    requests: new Map([...requests.keys()].map((name) => [name, sum(labelsOf(name))])),
    outcomes: new Map([...outcomes.keys()].map((key) => [key, sum(outcomeLabels(key))])),
    notifications: new Map(
      [...notifications.keys()].map((method) => [
        method,
        sum({ mcp_method_name: method, direction: 'client_to_server' }, 'mcp_server_notifications_total'),
      ]),
    ),
  });
}

test('five servers behind proxies serve an SDK client as without them, and a hub counts as the clients do', async () => {
  const { base } = await hub();
  const places = NPM_SERVERS.map((server) => ({
    server,
    folder: temporaryFolder(join(tmpdir(), `npm-${server.name}-`)),
  }));
  const direct = await Promise.all(places.map((place) => useServer(place, null)));
  const proxied = await Promise.all(places.map((place) => useServer(place, base)));
  expect(proxied).toEqual(direct);

  const scrape = async () => samplesOf(await (await fetch(new URL('/metrics', base))).text());
  const requests = proxied.flatMap((each) => [...(each as { count: ClientCount }).count.requests.values()]);
  const all = requests.reduce((sum, number) => sum + number, 0);
  // The hub holds the events of proxies for a moment, because their servers may report the same.
  await expect.poll(async () => total(await scrape(), DURATIONS, {})).toBe(all);
  await expect.poll(async () => total(await scrape(), 'mcp_server_sessions_active', {})).toBe(0);
  const samples = await scrape();
  for (const [at, { server }] of places.entries()) {
    const { count } = proxied[at] as { count: ClientCount };
    expect([server.name, countedByHub(samples, server.name, count)]).toEqual([server.name, countsOf(count)]);
    const ofServer = [...count.requests.values()].reduce((sum, number) => sum + number, 0);
    expect(total(samples, DURATIONS, { mcp_server_name: server.name })).toBe(ofServer);
  }
  expect(total(samples, 'mcp_server_operations_in_flight', {})).toBe(0);
  expect(total(samples, 'mcp_server_unobserved_requests_total', {})).toBe(0);
  expect(total(samples, 'mcp_server_transport_errors_total', {})).toBe(0);
});
