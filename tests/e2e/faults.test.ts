import { once } from 'node:events';
import { mkdtempSync, openSync, closeSync, readFileSync, rmSync } from 'node:fs';
import { createServer as createHttpServer } from 'node:http';
import { createServer, type AddressInfo } from 'node:net';
import { spawn } from 'node:child_process';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

import { StreamableHTTPClientTransport } from '@modelcontextprotocol/sdk/client/streamableHttp.js';
import { beforeAll, describe, expect, onTestFinished, test } from 'vitest';

import { CLI, forProxy } from '../support/cli-process.ts';
import { freePort } from '../support/everything.ts';
import { RecordedProcess, work } from '../support/faults/recorded-client.ts';

const ROUNDS = 8;
const support = (file: string) => fileURLToPath(new URL(`../support/faults/${file}`, import.meta.url));
const SERVER = ['--import', 'tsx', support('server.ts')];
const SOURCE = fileURLToPath(new URL('../../src/cli.ts', import.meta.url));
const INJECT = ['--import', 'tsx', '--import', support('inject.ts')];

interface Fault {
  /** For the injected ones, the name of the fault; see tests/support/faults/inject.ts. */
  readonly inject?: string;
  readonly args?: readonly string[];
  readonly env?: () => Promise<Record<string, string>> | Record<string, string>;
  /** The part that is counted in `mcp_exporter_faults_total`; null if the fault is counted elsewhere. */
  readonly part: string | null;
  /** Whether /metrics can be read all the same. */
  readonly isServed?: boolean;
}

/** A fault is injected into the source: what is built has no modules to break. */
const programFor = ({ inject }: Fault) => (inject === undefined ? CLI : SOURCE);

/** Listens at a port, so that the exporter cannot. */
async function holdPort(): Promise<string> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  onTestFinished(() => void server.close());
  return String((server.address() as AddressInfo).port);
}

/** A hub that takes every report and never answers, or answers without an end. */
async function badHub(isEndless: boolean): Promise<string> {
  const server = createHttpServer((_request, response) => {
    if (!isEndless) return;
    response.writeHead(200, { 'content-type': 'application/json' });
    const more = setInterval(() => response.write('x'.repeat(65_536)), 1);
    response.once('close', () => clearInterval(more));
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

const FAULTS: Readonly<Record<string, Fault>> = {
  'an observer that throws': { inject: 'observer', part: 'observer' },
  'a collector that throws': { inject: 'collector', part: 'collector' },
  'a history that throws': { inject: 'history', part: 'history' },
  'a feed that throws': { inject: 'feed', part: 'feed' },
  'a wall clock that jumps by an hour': { inject: 'clock', part: null },
  'a setting that is not valid': { env: () => ({ METRICS_RETENTION_DAYS: 'soon' }), part: 'settings' },
  'the port of the feed in use': {
    env: async () => ({ MONITORING_WS_PORT: await holdPort() }),
    part: 'listener',
  },
  'the port of everything in use': {
    env: async () => ({ MONITORING_DASHBOARD_PORT: await holdPort() }),
    part: 'listener',
    isServed: false,
  },
  'a hub that hangs': {
    env: async () => ({ MONITORING_HUB_URL: await badHub(false) }),
    part: null,
    isServed: false,
  },
  'a hub whose answer never ends': {
    env: async () => ({ MONITORING_HUB_URL: await badHub(true) }),
    part: null,
    isServed: false,
  },
};

let expected: { results: unknown[]; lines: string[] };

beforeAll(async () => {
  const bare = new RecordedProcess([process.execPath, ...SERVER], {}, 'ignore');
  expected = { results: await work(bare, ROUNDS), lines: bare.lines.toSorted() };
  expect(expected.lines.length).toBeGreaterThan(ROUNDS * 5);
});

/** Works through a watched server while `fault` is there, and returns what a person sees of it. */
async function workWith(fault: Fault, way: 'hook' | 'stdio proxy', stderr: string | number = 'pipe') {
  const port = String(await freePort());
  const settings = { MONITORING_DASHBOARD_PORT: port, MONITORING_WS_PORT: port, ...(await fault.env?.()) };
  const env = {
    ...(way === 'hook' ? settings : forProxy(settings)),
    ...(fault.inject === undefined ? undefined : { FAULT: fault.inject }),
  };
  const server = [process.execPath, ...SERVER];
  const command =
    way === 'hook'
      ? [process.execPath, ...INJECT, support('server.ts')]
      : [process.execPath, ...INJECT, programFor(fault), 'proxy', ...(fault.args ?? []), '--', ...server];
  const watched = new RecordedProcess(command, { WATCHED: String(way === 'hook'), ...env }, stderr as 'pipe');
  onTestFinished(() => void watched.child.kill('SIGKILL'));
  let log = '';
  if (stderr === 'pipe') watched.child.stderr?.on('data', (chunk: Buffer) => (log += chunk.toString()));
  let metrics = '';
  const close = watched.close.bind(watched);
  watched.close = async () => {
    if (fault.isServed !== false) metrics = await (await fetch(`http://127.0.0.1:${port}/metrics`)).text();
    await close();
  };
  const results = await work(watched, ROUNDS);
  return { results, lines: watched.lines.toSorted(), metrics, log, exitCode: watched.child.exitCode };
}

describe.each(['hook', 'stdio proxy'] as const)('through the %s', (way) => {
  test.each(Object.entries(FAULTS))(
    '%s changes no byte, is counted, and logged once',
    async (_name, fault) => {
      const seen = await workWith(fault, way);
      expect(seen.results).toEqual(expected.results);
      expect(seen.lines).toEqual(expected.lines);
      expect(seen.exitCode).toBe(0);
      if (fault.part === null) return;
      const logged = seen.log.split('\n').filter((line) => line.includes(`"part":"${fault.part}"`));
      expect(logged).toHaveLength(1);
      if (fault.isServed === false) return;
      const count = new RegExp(`^mcp_exporter_faults_total\\{part="${fault.part}"\\} (\\d+)`, 'm').exec(
        seen.metrics,
      );
      expect(Number(count?.[1])).toBeGreaterThan(0);
    },
  );

  test('a stderr on a full disk changes no byte', async () => {
    const full = openSync('/dev/full', 'w');
    onTestFinished(() => closeSync(full));
    const seen = await workWith(FAULTS['a collector that throws'] ?? { part: null }, way, full);
    expect(seen.results).toEqual(expected.results);
    expect(seen.lines).toEqual(expected.lines);
    expect(seen.exitCode).toBe(0);
    expect(seen.metrics).toMatch(/^mcp_exporter_log_lines_dropped_total [1-9]/m);
  });

  test('a stderr that nobody reads changes no byte', async () => {
    const fault = { inject: 'collector', env: () => ({ MONITORING_LOG_LEVEL: 'trace' }), part: null };
    // Given as a pipe, and never listened to.
    const seen = await workWith(fault, way, 'overlapped');
    expect(seen.results).toEqual(expected.results);
    expect(seen.lines).toEqual(expected.lines);
    expect(seen.exitCode).toBe(0);
  });
});

test.each([
  ['subscriber that throws', 'subscriber'],
  ['MCP server that cannot be opened', 'mcp'],
])('a program’s own %s changes no byte, is counted, and logged once', async (_what, part) => {
  const seen = await workWith({ inject: part, part }, 'hook');
  expect(seen.results).toEqual(expected.results);
  expect(seen.lines).toEqual(expected.lines);
  expect(seen.log.split('\n').filter((line) => line.includes(`"part":"${part}"`))).toHaveLength(1);
  expect(seen.metrics).toMatch(new RegExp(`^mcp_exporter_faults_total\\{part="${part}"\\} [1-9]`, 'm'));
});

test('a subscriber that throws a new and long error each time fills a stderr that nobody reads, and stops nothing', async () => {
  const seen = await workWith({ inject: 'noisy subscriber', part: 'subscriber' }, 'hook', 'overlapped');
  expect(seen.results).toEqual(expected.results);
  expect(seen.lines).toEqual(expected.lines);
  expect(seen.exitCode).toBe(0);
  expect(seen.metrics).toMatch(/^mcp_exporter_log_lines_dropped_total [1-9]/m);
});

test('a folder for Prometheus that cannot be written to changes no byte, and is logged once', async () => {
  const fault = { args: ['--sd-dir', '/proc/none'], part: null };
  const seen = await workWith(fault, 'stdio proxy');
  expect(seen.results).toEqual(expected.results);
  expect(seen.lines).toEqual(expected.lines);
  expect(seen.log.match(/file_sd target not written/g)).toHaveLength(1);
});

describe('through the HTTP proxy', () => {
  async function startUpstream(): Promise<URL> {
    const child = spawn(process.execPath, [...SERVER, 'http'], { stdio: ['ignore', 'pipe', 'inherit'] });
    onTestFinished(() => void child.kill('SIGKILL'));
    const [port] = (await once(child.stdout, 'data')) as [Buffer];
    return new URL(`http://127.0.0.1:${port.toString().trim()}/mcp`);
  }

  const IN_PROCESS = Object.entries(FAULTS).filter(
    ([, { inject, isServed }]) => inject !== undefined && isServed !== false,
  );

  test.each([
    ...IN_PROCESS,
    ['the port of the feed in use', FAULTS['the port of the feed in use']],
    ['an observer that throws at each message', { inject: 'observer of messages', part: 'observer' }],
  ] as [string, Fault][])('%s changes no answer, is counted, and logged once', async (_name, fault) => {
    const upstream = await startUpstream();
    const direct = await work(new StreamableHTTPClientTransport(upstream), ROUNDS);
    const port = String(await freePort());
    const folder = mkdtempSync(join(tmpdir(), 'faults-'));
    const file = join(folder, 'stderr');
    const stderr = openSync(file, 'w');
    onTestFinished(() => {
      closeSync(stderr);
      rmSync(folder, { recursive: true });
    });
    const env = { MONITORING_DASHBOARD_PORT: port, MONITORING_WS_PORT: port, ...(await fault.env?.()) };
    const proxy = spawn(
      process.execPath,
      [...INJECT, programFor(fault), 'proxy', '--upstream', upstream.href],
      {
        env: { PATH: process.env['PATH'], ...env, ...(fault.inject ? { FAULT: fault.inject } : undefined) },
        stdio: ['ignore', 'pipe', stderr],
      },
    );
    onTestFinished(() => void proxy.kill('SIGKILL'));
    await once(proxy.stdout as NodeJS.ReadableStream, 'data');
    const base = `http://127.0.0.1:${port}`;
    const through = await work(new StreamableHTTPClientTransport(new URL(`${base}/mcp`)), ROUNDS);
    expect(through).toEqual(direct);
    if (fault.part === null) return;
    expect(await (await fetch(`${base}/metrics`)).text()).toMatch(
      new RegExp(`^mcp_exporter_faults_total\\{part="${fault.part}"\\} [1-9]`, 'm'),
    );
    const logged = readFileSync(file, 'utf8')
      .split('\n')
      .filter((line) => line.includes(`"part":"${fault.part}"`));
    expect(logged).toHaveLength(1);
  });
});
