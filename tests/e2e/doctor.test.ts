import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { expect, onTestFinished, test } from 'vitest';

import { CLI, FREE_PORTS, hub, runCli } from '../support/cli-process.ts';
import { freePort } from '../support/everything.ts';
import { repositoryPath } from '../support/repository-file.ts';

interface Report {
  readonly version: string;
  readonly isHealthy: boolean;
  readonly checks: readonly Readonly<Record<string, string>>[];
}

function createHome(hubUrl: string): string {
  const home = mkdtempSync(join(tmpdir(), 'home-'));
  onTestFinished(() => rmSync(home, { recursive: true, force: true }));
  const args = [CLI, 'proxy', '--name', 'files', '--hub', hubUrl, '--', 'files-mcp'];
  mkdirSync(join(home, '.cursor'));
  writeFileSync(
    join(home, '.cursor/mcp.json'),
    JSON.stringify({ mcpServers: { files: { command: process.execPath, args } } }),
  );
  return home;
}

test('a running hub and its clients are fine, and doctor exits with 0 and changes nothing', async () => {
  const { base } = await hub();
  const home = createHome(base.href);
  const { code, stdout, stderr } = await runCli(['doctor'], { ...FREE_PORTS, HOME: home }).ended;
  expect(stderr).toBe('');
  expect(stdout).toMatch(/^ok +hub http:\/\/127\.0\.0\.1:\d+: answers, used by files$/m);
  expect(stdout).toMatch(/^ok +Cursor: .*mcp\.json: 1 of 1 servers behind a proxy$/m);
  expect(stdout).not.toMatch(/^problem/m);
  expect(code).toBe(0);
  expect(readdirSync(home)).toEqual(['.cursor']);
});

test('a hub that does not run is a problem with its fix and its section, and doctor exits with 1', async () => {
  const hubUrl = `http://127.0.0.1:${await freePort()}`;
  const run = (...args: string[]) =>
    runCli(['doctor', ...args], { ...FREE_PORTS, HOME: createHome(hubUrl) }).ended;
  const link = `${repositoryPath('docs/troubleshooting.md')}#hub-unreachable-buffering-events`;
  const fix = `Run: mcp-exporter hub --port ${new URL(hubUrl).port}`;

  const human = await run();
  expect(human).toMatchObject({ code: 1, stderr: '' });
  expect(human.stdout).toContain(`\n         ${fix}\n         See ${link}\n`);
  expect(human.stdout).toMatch(/\n1 problem, \d warnings?\n$/);

  const { code, stdout, stderr } = await run('--json');
  expect({ code, stderr }).toEqual({ code: 1, stderr: '' });
  const { isHealthy, checks } = JSON.parse(stdout) as Report;
  expect(isHealthy).toBe(false);
  expect(checks.filter(({ status }) => status === 'problem')).toEqual([
    { name: `hub ${hubUrl}`, status: 'problem', message: expect.any(String), fix, link },
  ]);
});

test('--hub and --port choose what is checked', async () => {
  const { base } = await hub();
  const args = ['doctor', '--json', '--hub', new URL('metrics', base).href, '--port', base.port];
  const { code, stdout } = await runCli(args, { HOME: tmpdir() }).ended;
  expect(code).toBe(0);
  const { checks } = JSON.parse(stdout) as Report;
  const messages = new Map(checks.map(({ name, message }) => [name, message]));
  expect(messages.get(`port ${base.port}`)).toBe('in use by an exporter');
  expect(messages.get(`hub ${base.origin}`)).toBe('answers, used by these settings');
});

test.each([
  [{}, true],
  [{ NO_COLOR: '1' }, false],
  [{ NO_COLOR: '1', FORCE_COLOR: '1' }, false],
  [{ TERM: 'dumb' }, false],
])('a terminal with %j shows colors: %s', (env, isColored) => {
  const variables = { PATH: process.env['PATH'], TERM: 'xterm', HOME: tmpdir(), ...FREE_PORTS, ...env };
  // script(1) runs the command in a terminal of its own.
  const output = execFileSync(
    'script',
    ['--quiet', '--command', `${process.execPath} ${CLI} doctor`, '/dev/null'],
    {
      env: variables,
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'pipe'],
    },
  );
  expect(output).toContain('Node.js: v');
  expect(output.includes('\u001B[32mok')).toBe(isColored);
  expect(output.includes('\u001B')).toBe(isColored);
});

test('without a terminal there are no colors, even with FORCE_COLOR', async () => {
  const { stdout } = await runCli(['doctor'], { ...FREE_PORTS, FORCE_COLOR: '1', HOME: tmpdir() }).ended;
  expect(stdout).toContain('Node.js: v');
  expect(stdout).not.toContain('\u001B');
});

test.each([[['--prot', '1']], [['--port', 'x']], [['now']]])('the arguments %j end with 2', async (args) => {
  const { code, stdout, stderr } = await runCli(['doctor', ...args], { HOME: tmpdir() }).ended;
  expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
  expect(stderr).toMatch(/^mcp-exporter: .*\nmcp-exporter: see mcp-exporter doctor --help\n$/);
});
