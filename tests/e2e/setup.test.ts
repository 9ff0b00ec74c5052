import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { Client } from '@modelcontextprotocol/sdk/client/index.js';
import { StdioClientTransport } from '@modelcontextprotocol/sdk/client/stdio.js';
import { expect, onTestFinished, test } from 'vitest';

import { runCli } from '../support/cli-process.ts';
import { EVERYTHING, freePort } from '../support/everything.ts';
import { samplesOf, total } from '../support/exposition.ts';

const CONFIG = JSON.stringify(
  { mcpServers: { all: { command: process.execPath, args: [EVERYTHING] } } },
  null,
  2,
);

/** `mcp-exporter setup` in a home folder where Cursor has one server. */
function createHome() {
  const home = mkdtempSync(join(tmpdir(), 'home-'));
  const file = join(home, '.cursor', 'mcp.json');
  mkdirSync(join(home, '.cursor'));
  writeFileSync(file, CONFIG);
  const setup = (...args: string[]) => {
    const cli = runCli(['setup', ...args], { HOME: home });
    cli.child.stdin.end();
    return cli.ended;
  };
  onTestFinished(async () => {
    await setup('--undo', '--yes');
    rmSync(home, { recursive: true, force: true });
  });
  return { home, file, setup };
}

test('without a terminal, setup shows the differences and refuses to change a file', async () => {
  const { home, setup } = createHome();
  const { code, stdout, stderr } = await setup('--hub', `http://127.0.0.1:${await freePort()}`);
  expect(code).toBe(2);
  expect(stdout).toContain('+        "proxy",');
  expect(stderr).toContain(
    'setup: expected a terminal to ask on. Nothing was changed; pass --yes to confirm',
  );
  expect(readdirSync(home)).toEqual(['.cursor']);
  expect(readdirSync(join(home, '.cursor'))).toEqual(['mcp.json']);
});

test('from nothing to a page that shows a client’s calls, and back', async () => {
  const { home, file, setup } = createHome();
  const hubUrl = `http://127.0.0.1:${await freePort()}`;
  const first = await setup('--yes', '--hub', hubUrl);
  expect(first).toMatchObject({ code: 0, stderr: '' });
  expect(first.stdout).toContain(`Page: ${hubUrl}/\n`);
  const page = await fetch(hubUrl);
  expect(page.headers.get('content-type')).toContain('text/html');

  const { mcpServers } = JSON.parse(readFileSync(file, 'utf8')) as {
    mcpServers: { all: { command: string; args: string[] } };
  };
  const client = new Client({ name: 'test', version: '1.0.0' });
  await client.connect(new StdioClientTransport({ ...mcpServers.all, stderr: 'ignore' }));
  onTestFinished(() => client.close());
  await client.callTool({ name: 'echo', arguments: { message: 'hi' } });
  const labels = { mcp_server_name: 'all', gen_ai_tool_name: 'echo', error_type: '' };
  const countCalls = async () =>
    total(
      samplesOf(await (await fetch(`${hubUrl}/metrics`)).text()),
      'mcp_server_operation_duration_seconds_count',
      labels,
    );
  await expect.poll(countCalls).toBe(1);
  await client.close();

  const second = await setup('--yes');
  expect(second.stdout).toContain(`Nothing to change.\nPage: ${hubUrl}/\n`);

  const undone = await setup('--undo', '--yes');
  expect(undone).toMatchObject({ code: 0, stderr: '' });
  expect(readFileSync(file, 'utf8')).toBe(CONFIG);
  expect(readdirSync(join(home, '.cursor'))).toEqual(['mcp.json']);
  await expect(fetch(hubUrl)).rejects.toThrow('fetch failed');
  expect(await setup('--undo', '--yes')).toEqual({ code: 0, stdout: 'Nothing to undo.\n', stderr: '' });
});

test.each([
  [['--undo', '--service']],
  [['--undo', '--hub', 'http://127.0.0.1:1']],
  [['--hub', 'ftp://127.0.0.1']],
  [['now']],
])('the arguments %j end with 2 and a line that says what is expected', async (args) => {
  const { setup } = createHome();
  const { code, stdout, stderr } = await setup(...args);
  expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
  expect(stderr).toMatch(/^mcp-exporter: .*\nmcp-exporter: see mcp-exporter setup --help\n$/);
});
