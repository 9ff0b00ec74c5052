import { once } from 'node:events';
import { closeSync, openSync, readFileSync } from 'node:fs';
import { connect } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';

import { describe, expect, onTestFinished, test } from 'vitest';

import { COMMANDS } from '../../src/commands/command-table.ts';
import { usage } from '../../src/commands/usage.ts';
import { forProxy, FREE_PORTS, runCli, serve } from '../support/cli-process.ts';
import { FeedViewer } from '../support/feed-viewer.ts';
import { createLintedWorkspace } from '../support/linted-workspace.ts';
import { repositoryPath } from '../support/repository-file.ts';

describe('mcp-exporter', () => {
  test('--help lists the commands', async () => {
    const { code, stdout, stderr } = await runCli(['--help']).ended;
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    expect(stdout).toBe(usage('overview'));
  });

  test('without arguments prints the same help on stderr and exits with 2', async () => {
    expect(await runCli([]).ended).toEqual({ code: 2, stdout: '', stderr: usage('overview') });
  });

  test.each([
    [['hub', '--help'], 'hub'],
    [['proxy', '-h', '--', 'node', '-v'], 'proxy'],
    [['help', 'wrap-config'], 'wrap-config'],
    [['help', 'settings'], 'settings'],
    [['help'], 'overview'],
  ] as const)('%j prints the help of one topic', async (args, topic) => {
    expect(await runCli([...args]).ended).toEqual({ code: 0, stdout: usage(topic), stderr: '' });
  });

  test('--version is the package’s', async () => {
    const { version } = JSON.parse(readFileSync('package.json', 'utf8')) as { version: string };
    expect(await runCli(['--version']).ended).toEqual({ code: 0, stdout: `${version}\n`, stderr: '' });
  });

  test.each([
    [['sreve']],
    [['help', 'sreve']],
    [['sreve', '--help']],
    [['serve', 'twice']],
    [['serve', '--prot', '1']],
    [['hub', '--port', 'x']],
    [['proxy']],
    [['proxy', 'node']],
    [['proxy', '--upstream', 'ftp://x']],
    [['wrap-config']],
    [['wrap-config', '--undo', '--hub', 'http://127.0.0.1:1', 'mcp.json']],
  ])('the arguments %j end with 2 and a line that says what is expected', async (args) => {
    const { code, stdout, stderr } = await runCli(args).ended;
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
    const help = Object.hasOwn(COMMANDS, args[0] ?? '') ? `${args[0]} --help` : '--help';
    expect(stderr).toMatch(new RegExp(`^mcp-exporter: .*\\nmcp-exporter: see mcp-exporter ${help}\\n$`));
  });
});

test('a misspelled variable is logged with the closest setting', async () => {
  const { child, ended } = await serve([], {
    MONITORING_DASBOARD_PORT: '9',
    MONITORING_API_KEY: 'a-secret-key-of-32-characters',
  });
  child.kill('SIGTERM');
  const { stderr } = await ended;
  const lines = stderr
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as Record<string, unknown>);
  const warnings = lines.filter(({ msg }) => msg === 'setting ignored');
  expect(warnings.map(({ variable, reason }) => [variable, reason])).toEqual([
    ['MONITORING_DASBOARD_PORT', 'unknown name, did you mean MONITORING_DASHBOARD_PORT?'],
    ['MONITORING_API_KEY', 'clients need no key unless MONITORING_REQUIRE_AUTH is true'],
  ]);
});

/** The second line of an error that docs/troubleshooting.md explains. */
const seeSection = (anchor: string) =>
  `mcp-exporter: see ${repositoryPath('docs/troubleshooting.md')}#${anchor}\n`;

describe('a bad setting ends the start with 2, one line, and the section that explains it', () => {
  test.each([
    [
      { MONITORING_DASHBOARD_PORT: 'abc' },
      'MONITORING_DASHBOARD_PORT: expected an integer from 0 to 65535; 0 takes any free port, got "abc"',
    ],
    [
      { SLOW_OPERATION_THRESHOLD: '-1' },
      'SLOW_OPERATION_THRESHOLD: expected a number above 0, up to 86400, got "-1"',
    ],
    [{ METRICS_RETENTION_DAYS: '0' }, 'METRICS_RETENTION_DAYS: expected an integer from 1 to 3650, got "0"'],
    [{ MONITORING_REQUIRE_AUTH: 'true' }, 'MONITORING_API_KEY: not set'],
  ])('%j', async (env, message) => {
    const { code, stdout, stderr } = await runCli(['serve'], { ...FREE_PORTS, ...env }).ended;
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
    expect(stderr).toMatch(/^[^\n]+\n[^\n]+\n$/);
    expect(stderr).toContain(message);
    expect(stderr).toContain(`\n${seeSection('name-expected--got-')}`);
  });

  test('a workspace that does not exist ends with 2 and an error that names it', async () => {
    const { code, stderr } = await runCli(['serve', '--workspace', '/no/such/folder']).ended;
    expect(code).toBe(2);
    expect(stderr).toMatch(/^mcp-exporter: [^\n]*\/no\/such\/folder[^\n]*\n[^\n]*\n$/);
    expect(stderr).toContain(`\n${seeSection('cannot-open-the-workspace-')}`);
  });
});

describe('proxy -- COMMAND starts the server with the server’s own flags and settings', () => {
  const SERVER = [
    '--',
    process.execPath,
    '-e',
    "process.stdin.on('data', (line) => process.stdout.write(line))",
  ];

  test.each([
    ['a hub without a scheme', ['--hub', '127.0.0.1:3001'], {}, '--hub: expected an http or https URL'],
    ['a port that is none', ['--port', 'x'], {}, '--port: expected'],
    ['an unknown flag', ['--prot', '1'], {}, 'proxy: unknown option --prot, did you mean'],
    ['a flag that was renamed', ['--sd-file', 'x'], {}, '--sd-dir'],
    ['a flag without its value', ['--port'], {}, "proxy: Option '--port <value>' argument missing"],
    ['an empty name', ['--name', ''], {}, '--name: expected'],
    ['a word before the --', ['node'], {}, 'expected -- before the command'],
    ['an upstream, too', ['--upstream', 'http://127.0.0.1:1'], {}, '--upstream is ignored'],
    ['a bad setting', [], { METRICS_RETENTION_DAYS: 'x' }, 'MCP_EXPORTER_METRICS_RETENTION_DAYS: expected'],
    ['a missing key', [], { MONITORING_REQUIRE_AUTH: 'true' }, 'MCP_EXPORTER_MONITORING_API_KEY: not set'],
    ['a bad hub setting', [], { MONITORING_HUB_URL: 'hub' }, 'MCP_EXPORTER_MONITORING_HUB_URL: expected'],
    ['a bad log level', [], { MONITORING_LOG_LEVEL: 'loud' }, 'MCP_EXPORTER_MONITORING_LOG_LEVEL: expected'],
  ])('%s', async (_case, flags, env, message) => {
    const { child, printed, ended } = runCli(['proxy', ...flags, ...SERVER], forProxy(env));
    child.stdin.write('{"jsonrpc":"2.0","id":1,"method":"ping"}\n');
    await printed('stdout', /^\{"jsonrpc":"2.0","id":1,"method":"ping"\}\n/);
    child.stdin.end();
    const { code, stderr } = await ended;
    expect(code).toBe(0);
    expect(stderr).toContain(message);
  });
});

test('an empty command ends with 2 and an error that states the expected argument', async () => {
  const { code, stderr } = await runCli(['proxy', '--', '']).ended;
  expect(code).toBe(2);
  expect(stderr).toContain('mcp-exporter: proxy: expected a command after --, got an empty string\n');
});

test('keeps running while stderr is on a full disk', async () => {
  const { base, child } = await serve([], {}, fullDisk());
  expect((await fetch(new URL('metrics', base))).status).toBe(200);
  child.kill('SIGTERM');
  const [code] = (await once(child, 'exit')) as [number];
  expect(code).toBe(0);
});

function fullDisk(): number {
  const full = openSync('/dev/full', 'w');
  onTestFinished(() => closeSync(full));
  return full;
}

test('a port in use ends the start with 1, one line, and the section that explains it', async () => {
  const { base } = await serve();
  const { code, stderr } = await runCli(['serve'], { ...FREE_PORTS, MONITORING_DASHBOARD_PORT: base.port })
    .ended;
  expect(code).toBe(1);
  expect(stderr).toBe(
    `mcp-exporter: port ${base.port} on localhost is in use: stop the program that uses it, or set MONITORING_DASHBOARD_PORT (or --port)\n` +
      seeSection('port--on--is-in-use'),
  );
});

describe.each(['SIGTERM', 'SIGINT'] as const)('%s', (signal) => {
  test('a stop signal closes the feed with 1001, ends MCP sessions, and exits with 0', async () => {
    const { base, child, ended } = await serve(['--workspace', createLintedWorkspace(1)]);
    const viewer = await FeedViewer.live(new URL('ws', base).href.replace('http', 'ws'));
    const closed = viewer.closed();
    const streaming = await fetch(new URL('mcp', base), {
      method: 'POST',
      headers: { 'content-type': 'application/json', accept: 'application/json, text/event-stream' },
      body: JSON.stringify({
        jsonrpc: '2.0',
        id: 0,
        method: 'initialize',
        params: {
          protocolVersion: '2025-11-25',
          capabilities: {},
          clientInfo: { name: 'raw', version: '1' },
        },
      }),
    });
    const headers = {
      'mcp-session-id': streaming.headers.get('mcp-session-id') ?? '',
      accept: 'text/event-stream',
    };
    const stream = await fetch(new URL('mcp', base), { headers });
    expect(stream.status).toBe(200);
    child.kill(signal);
    expect(await closed).toMatchObject({ code: 1001 });
    await stream.text().catch(() => undefined);
    expect((await ended).code).toBe(0);
  });

  test('a stop signal in the middle of a scan exits with 0', async () => {
    const { base, child, ended } = await serve(['--workspace', createLintedWorkspace(200)]);
    const { Client } = await import('@modelcontextprotocol/sdk/client/index.js');
    const { StreamableHTTPClientTransport } =
      await import('@modelcontextprotocol/sdk/client/streamableHttp.js');
    const client = new Client({ name: 'test', version: '1' });
    await client.connect(new StreamableHTTPClientTransport(new URL('mcp', base)));
    await new Promise<void>((resolve) => {
      const options = { onprogress: () => resolve() };
      client
        .callTool({ name: 'version_keeper_scan', arguments: {} }, undefined, options)
        .catch(() => undefined);
    });
    child.kill(signal);
    expect((await ended).code).toBe(0);
    await client.close();
  });
});

test.each(['serve', 'hub'])('%s ends with 0 on each signal that asks it to stop', async (command) => {
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP', 'SIGQUIT'] as const) {
    const { child, ended, printed } = runCli([command]);
    await printed('stdout', /metrics/);
    child.kill(signal);
    expect(await ended).toMatchObject({ code: 0 });
  }
});

test('a signal at any moment of the start ends it with 0, or by itself before the program runs', async () => {
  for (let delayMs = 50; delayMs <= 1000; delayMs += 50) {
    const { child, ended } = runCli(['serve']);
    const exited = once(child, 'exit');
    await delay(delayMs);
    child.kill('SIGTERM');
    expect([
      [0, null],
      [null, 'SIGTERM'],
    ]).toContainEqual(await exited);
    await ended;
  }
});

test('a second signal ends it at once, with 1', async () => {
  const { base, child, ended } = await serve(['--workspace', createLintedWorkspace(1)]);
  // Its close waits for this connection, for a while.
  const held = connect(Number(base.port), base.hostname).on('error', () => undefined);
  onTestFinished(() => void held.destroy());
  held.write('GET /metrics HTTP/1.1\r\n');
  await once(held, 'connect');
  const viewer = await FeedViewer.live(new URL('ws', base).href.replace('http', 'ws'));
  const closed = viewer.closed();
  child.kill('SIGTERM');
  // Only then has it heard the first one.
  await closed;
  child.kill('SIGTERM');
  expect((await ended).code).toBe(1);
});

test('logs are JSON lines on stderr, and never carry what a caller sent', async () => {
  const workspace = createLintedWorkspace(1);
  const { base, child, ended } = await serve(['--workspace', workspace], { MONITORING_LOG_LEVEL: 'debug' });
  await fetch(new URL('/%0a{"level":60}\n<script>', base));
  await fetch(new URL('/metrics', base), { headers: { authorization: 'Bearer hunter2' } });
  child.kill('SIGTERM');
  const { stderr } = await ended;
  const lines = stderr.trim().split('\n');
  expect(lines.length).toBeGreaterThan(0);
  for (const line of lines) expect(() => JSON.parse(line) as unknown).not.toThrow();
  expect(stderr).not.toContain('hunter2');
});
