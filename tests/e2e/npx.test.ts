import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, dirname, isAbsolute, join, sep } from 'node:path';

import { Client } from '@modelcontextprotocol/sdk/client/index.js';
import { StdioClientTransport } from '@modelcontextprotocol/sdk/client/stdio.js';
import { afterAll, beforeAll, expect, onTestFinished, test } from 'vitest';

import { hub } from '../support/cli-process.ts';
import { FILESYSTEM } from '../support/everything.ts';
import { samplesOf, total } from '../support/exposition.ts';
import { packPackage } from '../support/packed-package.ts';

const DURATIONS = 'mcp_server_operation_duration_seconds_count';

const folder = realpathSync(mkdtempSync(join(tmpdir(), 'npx-')));
// npm's cache, so that a machine that has installed the dependencies once needs no network.
const env = { ...process.env, npm_config_prefer_offline: 'true' } as Record<string, string>;
const { version } = JSON.parse(readFileSync('package.json', 'utf8')) as { version: string };
let byNpx: string[] = [];
/** The folder into which npx has installed the package. */
let installation: string | undefined;

beforeAll(() => {
  const { tarball } = packPackage(folder);
  byNpx = ['-y', `--package=${tarball}`];
  const program = npx(['-c', 'command -v mcp-exporter']).trim();
  installation = program.slice(0, program.indexOf(`${sep}node_modules${sep}`));
}, 240_000);

afterAll(() => {
  rmSync(folder, { recursive: true, force: true });
  if (installation !== undefined) rmSync(installation, { recursive: true, force: true });
});

const npx = (args: string[]) =>
  execFileSync('npx', [...byNpx, ...args], { cwd: folder, env, encoding: 'utf8', stdio: 'pipe' });

test('npx runs the proxy from the tarball, and a client’s calls are counted', async () => {
  const { base } = await hub();
  const name = 'notes.txt';
  writeFileSync(join(folder, name), 'buy milk');
  const client = new Client({ name: 'test', version: '1.0.0' });
  onTestFinished(() => client.close());
  const server = [process.execPath, FILESYSTEM, folder];
  await client.connect(
    new StdioClientTransport({
      command: 'npx',
      args: [...byNpx, 'mcp-exporter', 'proxy', '--name', 'files', '--hub', base.href, '--', ...server],
      cwd: folder,
      env,
    }),
  );
  const result = await client.callTool({ name: 'read_text_file', arguments: { path: join(folder, name) } });
  expect(result.content).toEqual([{ type: 'text', text: 'buy milk' }]);
  const labels = { mcp_server_name: 'files', gen_ai_tool_name: 'read_text_file', error_type: '' };
  const countCalls = async () =>
    total(samplesOf(await (await fetch(new URL('metrics', base))).text()), DURATIONS, labels);
  await expect.poll(countCalls).toBe(1);
});

test('npx runs wrap-config, which writes npx and never the path of its cache', () => {
  expect(dirname(installation ?? '')).toMatch(/_npx$/);
  const file = join(folder, 'mcp.json');
  writeFileSync(
    file,
    '{"mcpServers":{"notes":{"command":"notes-mcp"},"docs":{"url":"https://docs.example/mcp"}}}',
  );
  const wrapped = npx(['mcp-exporter', 'wrap-config', file]);
  expect(wrapped).not.toContain('_npx');
  const { mcpServers } = JSON.parse(wrapped) as {
    mcpServers: { notes: { command: string; args: string[] } };
  };
  const proxy = ['proxy', '--name', 'notes', '--hub', 'http://127.0.0.1:3001', '--', 'notes-mcp'];
  const byNpx = ['-y', `mcp-exporter@${version}`, ...proxy];
  const { command, args } = mcpServers.notes;
  expect({ isAbsolute: isAbsolute(command), name: basename(command), args }).toEqual({
    isAbsolute: true,
    name: 'npx',
    args: byNpx,
  });
});
