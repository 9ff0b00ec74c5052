import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';

import { describe, expect, onTestFinished, test, vi } from 'vitest';

import type { SessionsBody } from '../../src/api/answers.ts';
import { CLI, forProxy, hub } from '../support/cli-process.ts';
import { samplesOf, total as totalOf } from '../support/exposition.ts';
import { FeedViewer } from '../support/feed-viewer.ts';
import { startWebhookReceiver } from '../support/webhook-receiver.ts';

const DURATIONS = 'mcp_server_operation_duration_seconds_count';
const OPERATIONS = 'pipeline_operation_duration_seconds_count';

/** A stdio server whose tools are ways to end; `wait` answers after 300 ms, `hang` never. */
const MORTAL = `
  const say = (message) => process.stdout.write(JSON.stringify({ jsonrpc: '2.0', ...message }) + '\\n');
  const tools = {
    exit: ({ code }) => process.exit(code),
    signal: ({ signal }) => process.kill(process.pid, signal),
    half: () => process.stdout.write('{"jsonrpc":"2.0","id":1,"res', () => process.exit(1)),
    mute: () => require('node:fs').closeSync(1),
    wait: (_, id) => setTimeout(() => say({ id, result: { content: [] } }), 300),
    hang: () => undefined,
  };
  if (process.argv.includes('deaf')) setInterval(() => undefined, 1000);
  if (process.argv.includes('cross')) process.stdin.on('end', () => process.exit(1));
  process.on('SIGTERM', () => process.argv.includes('deaf') || process.exit(7));
  require('node:readline').createInterface(process.stdin).on('line', (line) => {
    const { id, method, params } = JSON.parse(line);
    if (method === 'tools/call') tools[params.name](params.arguments, id);
    else if (method === 'tools/list') say({ id, result: { tools: Object.keys(tools).map((name) => ({ name })) } });
    else if (id !== undefined) say({ id, result: { protocolVersion: '2025-11-25', capabilities: { tools: {} }, serverInfo: { name: 'mortal', version: '1' } } });
  });
`;

const initialize = { id: 'i', method: 'initialize', params: { protocolVersion: '2025-11-25' } };
const list = { id: 'l', method: 'tools/list' };
const call = (name: string, args: object = {}, id: unknown = 1) => ({
  id,
  method: 'tools/call',
  params: { name, arguments: args },
});

/** A server behind a proxy that reports to `base`, and its client. */
function proxied(base: URL, command = [process.execPath, '-e', MORTAL]) {
  const args = [CLI, 'proxy', '--name', 'mortal', '--hub', base.href, '--', ...command];
  const child = spawn(process.execPath, args, {
    env: { PATH: process.env['PATH'], ...forProxy({ MONITORING_LOG_LEVEL: 'silent' }) },
    stdio: ['pipe', 'pipe', 'ignore'],
  });
  onTestFinished(() => void child.kill('SIGKILL'));
  child.stdin.on('error', () => undefined);
  const lines = createInterface(child.stdout);
  return {
    child,
    ended: once(child, 'exit'),
    say: (...messages: object[]) => {
      for (const message of messages)
        child.stdin.write(`${JSON.stringify({ jsonrpc: '2.0', ...message })}\n`);
    },
    /** Resolves when the server has answered to `tools/list`. */
    ready: new Promise<void>((resolve) =>
      lines.on('line', (line) => void (line.includes('"tools":[') && resolve())),
    ),
  };
}

async function watchedHub(env: Record<string, string> = {}) {
  const { base } = await hub(env);
  return {
    base,
    json: async (path: string) => (await fetch(new URL(path, base))).json(),
    total: async (name: string, labels: Record<string, string> = {}) =>
      totalOf(samplesOf(await (await fetch(new URL('/metrics', base))).text()), name, labels),
  };
}
type WatchedHub = Awaited<ReturnType<typeof watchedHub>>;

/** The sessions of the hub when one of them has `state`. */
async function sessionsWith({ json }: WatchedHub, state: string) {
  const { sessions } = await vi.waitUntil(
    async () => {
      const body = (await json('/api/v1/sessions')) as SessionsBody;
      return body.sessions.some(({ server_state }) => server_state === state) && body;
    },
    { timeout: 10_000, interval: 50 },
  );
  return sessions;
}

describe('the page of a hub shows', () => {
  test.each([
    ['a command that does not exist', ['no-such-command'], 127],
    ['a server that crashes as it starts', [process.execPath, '-e', 'process.exit(3)'], 3],
  ] as const)('%s', async (_what, command, code) => {
    const watched = await watchedHub();
    const { say, ended } = proxied(watched.base, [...command]);
    say(initialize);
    expect(await ended).toEqual([code, null]);
    expect(await sessionsWith(watched, 'never_initialized')).toMatchObject([
      {
        server_name: 'mortal',
        status: 'closed',
        server_state_reason: `ended with exit code ${code} before it was initialized`,
        total_operations: 0,
      },
    ]);
  });

  test('a server from its start to its end, and when it was started', async () => {
    const watched = await watchedHub();
    const startedAtMs = Date.now();
    const { child, say, ready } = proxied(watched.base);
    expect(await sessionsWith(watched, 'starting')).toMatchObject([{ status: 'idle', client_name: null }]);
    say({ ...initialize, params: { ...initialize.params, clientInfo: { name: 'bot', version: '1' } } }, list);
    await ready;
    const [session] = await sessionsWith(watched, 'ready');
    expect(session).toMatchObject({ client_name: 'bot', client_version: '1', total_operations: 0 });
    const [opened, active] = [session?.opened_at ?? '', session?.last_activity_at ?? ''].map(Date.parse);
    expect(opened).toBeGreaterThanOrEqual(startedAtMs);
    expect(active).toBeGreaterThanOrEqual(opened ?? Infinity);
    child.stdin.end();
    expect(await sessionsWith(watched, 'exited')).toMatchObject([
      {
        status: 'closed',
        opened_at: session?.opened_at,
        server_state_reason: 'the client closed the connection',
      },
    ]);
  });
});

/** Starts a server and leaves it with a call in flight. */
async function inFlight(base: URL, total: WatchedHub['total'], toCall: object, ...argv: string[]) {
  const it = proxied(base, [process.execPath, '-e', MORTAL, '--', ...argv]);
  it.say(initialize, list);
  await it.ready;
  it.say(toCall);
  await expect.poll(() => total('mcp_server_operations_in_flight')).toBe(1);
  return it;
}

async function expectOutcome({ total, json }: WatchedHub, outcome: 'failed' | 'cancelled', error: RegExp) {
  const isFailure = outcome === 'failed';
  await expect.poll(() => total(OPERATIONS, { status: outcome })).toBe(1);
  expect(await total(OPERATIONS)).toBe(1);
  const errorType = isFailure ? 'server_exited' : 'cancelled';
  expect(await total(DURATIONS, { mcp_method_name: 'tools/call', error_type: errorType })).toBe(1);
  const calls = { mcp_method_name: 'tools/call' };
  expect(await total('mcp_server_cancellations_total', calls)).toBe(isFailure ? 0 : 1);
  expect(await total('mcp_server_operations_in_flight')).toBe(0);
  const { operations } = (await json('/api/v1/operations')) as { operations: object[] };
  expect(operations).toMatchObject([{ status: outcome, error: expect.stringMatching(error) }]);
}

describe('a call in flight when its server', () => {
  test.each<[string, object, RegExp]>([
    ['exits with 1', call('exit', { code: 1 }), /ended with exit code 1 /],
    ['exits with 0', call('exit', { code: 0 }), /ended with exit code 0 /],
    ['crashes', call('signal', { signal: 'SIGSEGV' }), /ended by SIGSEGV /],
    ['is killed', call('signal', { signal: 'SIGKILL' }), /ended by SIGKILL /],
    ['is ended by somebody else', call('signal', { signal: 'SIGTERM' }), /ended with exit code 7 /],
    ['dies in the middle of its response', call('half'), /ended with exit code 1 /],
  ])('%s has failed', async (_, toCall, error) => {
    const it = await watchedHub();
    const { say, ended } = proxied(it.base);
    say(initialize, list, toCall);
    await ended;
    await expectOutcome(it, 'failed', error);
  });

  test('a call whose server crashes after the client closed stdin has failed', async () => {
    const it = await watchedHub();
    const { child, say, ended } = proxied(it.base);
    // As `printf … | mcp-exporter proxy -- server` does.
    say(initialize, list, call('exit', { code: 1 }));
    child.stdin.end();
    await ended;
    await expectOutcome(it, 'failed', /ended with exit code 1 /);
  });

  test('a call whose server closes stdout has failed, also if the client stops the server because of it', async () => {
    const it = await watchedHub();
    const { child, say, ended } = proxied(it.base);
    say(initialize, list, call('mute'));
    await once(child.stdout, 'end');
    child.stdin.end();
    child.kill('SIGTERM');
    await ended;
    // The signal may arrive while Node exits, when the server's handler is already gone.
    await expectOutcome(it, 'failed', /ended (?:with exit code \d|by SIGTERM) /);
  });

  test('a call whose server closes stdout and keeps running has failed', async () => {
    const { base, total } = await watchedHub();
    const { say } = proxied(base);
    say(initialize, list, call('mute'));
    await expect.poll(() => total(DURATIONS, { error_type: 'connection_closed' })).toBe(1);
    expect(await total(OPERATIONS, { status: 'failed' })).toBe(1);
    expect(await total('mcp_server_sessions_active')).toBe(1);
  });
});

describe('a call in flight when the client', () => {
  test('a call is cancelled when the client closes stdin and the server ends', async () => {
    const it = await watchedHub();
    const { child, ended } = await inFlight(it.base, it.total, call('hang'));
    child.stdin.end();
    await ended;
    await expectOutcome(it, 'cancelled', /client closed the connection/);
  });

  test('a call is cancelled when the client stops the proxy', async () => {
    const it = await watchedHub();
    const { child, ended } = await inFlight(it.base, it.total, call('hang'));
    child.kill('SIGTERM');
    expect(await ended).toEqual([7, null]);
    await expectOutcome(it, 'cancelled', /client closed the connection/);
  });

  test('a call is cancelled before the client’s SIGKILL of a server that does not end', async () => {
    const it = await watchedHub();
    const { child } = await inFlight(it.base, it.total, call('hang'), 'deaf');
    child.stdin.end();
    child.kill('SIGTERM');
    await expectOutcome(it, 'cancelled', /client closed the connection/);
    expect(child.exitCode).toBe(null);
  });

  test('a call is cancelled when the client is killed, however its server ends then', async () => {
    const it = await watchedHub();
    const args = [CLI, 'proxy', '--name', 'mortal', '--hub', it.base.href, '--'];
    const messages = [initialize, list, call('hang')];
    const script = `
      const { spawn } = require('node:child_process');
      const [messages, ...args] = JSON.parse(process.argv[1]);
      const proxy = spawn(process.execPath, args, { stdio: ['pipe', 'pipe', 'ignore'] });
      for (const message of messages) proxy.stdin.write(JSON.stringify({ jsonrpc: '2.0', ...message }) + '\\n');
    `;
    const server = [process.execPath, '-e', MORTAL, '--', 'cross'];
    const client = spawn(process.execPath, ['-e', script, JSON.stringify([messages, ...args, ...server])], {
      stdio: 'ignore',
    });
    onTestFinished(() => void client.kill('SIGKILL'));
    await expect
      .poll(() => it.total('mcp_server_operations_in_flight', { mcp_method_name: 'tools/call' }))
      .toBe(1);
    client.kill('SIGKILL');
    await expectOutcome(it, 'cancelled', /client closed the connection/);
  });

  test('a response after the end of stdin is a success', async () => {
    const { base, total } = await watchedHub();
    const { child, say, ended } = proxied(base);
    say(initialize, list, call('wait'));
    child.stdin.end();
    await ended;
    await expect.poll(() => total(OPERATIONS, { status: 'completed' })).toBe(1);
    expect(await total(OPERATIONS)).toBe(1);
  });
});

test('a tool that crashes its server on every call has a failure rate of 100 %, everywhere', async () => {
  const webhook = await startWebhookReceiver(200);
  const { base, total, json } = await watchedHub({
    MONITORING_ALERTING_ENABLED: 'true',
    MONITORING_ALERT_WEBHOOK_URL: webhook.url,
  });
  const viewer = await FeedViewer.live(new URL('/ws', base).href.replace('http', 'ws'));
  for (let i = 0; i < 6; i++) {
    const { say, ready, ended } = proxied(base);
    say(initialize, list);
    await ready;
    say(call('exit', { code: 1 }));
    await ended;
  }
  await expect.poll(() => total(OPERATIONS, { status: 'failed' })).toBe(6);
  expect(await json('/api/v1/summary?hours=1')).toMatchObject({
    operations: { exit: { count: 6, failure_count: 6, cancelled_count: 0, success_rate: 0 } },
  });
  const endings = () => viewer.events.filter(({ kind }) => kind === 'failed' || kind === 'cancelled');
  await expect.poll(endings).toHaveLength(6);
  for (const event of endings()) expect(event).toMatchObject({ kind: 'failed' });
  expect(await webhook.message(0)).toMatchObject({
    status: 'firing',
    alerts: [{ labels: { alertname: 'McpHighErrorRate', operation: 'exit' } }],
  });
});
