import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

import { Client } from '@modelcontextprotocol/sdk/client/index.js';
import { StdioClientTransport } from '@modelcontextprotocol/sdk/client/stdio.js';
import { expect, onTestFinished, test } from 'vitest';

import { FREE_PORTS } from '../support/cli-process.ts';
import { typeCheck } from '../support/compiler.ts';

const README = readFileSync('README.md', 'utf8');
/** The README's first TypeScript block: the one line, and what it needs. */
const SNIPPET = /```ts\n([^]*?)```/.exec(README)?.[1] ?? '';

const SERVER = `
import { McpServer } from '@modelcontextprotocol/sdk/server/mcp.js';
import { StdioServerTransport } from '@modelcontextprotocol/sdk/server/stdio.js';
IMPORTS
const server = new McpServer({ name: 'watched', version: '1.0.0' });
server.registerTool('greet', {}, () => ({ content: [{ type: 'text', text: 'hello' }] }));
const transport = new StdioServerTransport();
BODY
`;

/** A server with the README's snippet, in the repository so that it finds the built package by its name. */
function writeServer(): string {
  const directory = mkdtempSync('.watched-server-');
  onTestFinished(() => rmSync(directory, { recursive: true, force: true }));
  const [imports = '', ...body] = SNIPPET.split('\n\n');
  const file = join(directory, 'server.ts');
  writeFileSync(file, SERVER.replace('IMPORTS', imports).replace('BODY', body.join('\n\n')));
  return file;
}

test('the README’s snippet type-checks as it stands', () => {
  typeCheck([writeServer()]);
});

test('a stdio server with the README’s snippet is measured, and ends when its client does', async () => {
  const args = ['--import', 'tsx', writeServer()];
  const env = { PATH: process.env['PATH'] ?? '', ...FREE_PORTS };
  const client = new Client({ name: 'test', version: '1' });
  const transport = new StdioClientTransport({ command: process.execPath, args, env });
  await client.connect(transport);
  expect((await client.callTool({ name: 'greet' })).content).toEqual([{ type: 'text', text: 'hello' }]);
  await client.close();

  const child = spawn(process.execPath, args, { env, stdio: ['pipe', 'pipe', 'inherit'] });
  onTestFinished(() => void child.kill('SIGKILL'));
  child.stdin.write('{"jsonrpc":"2.0","id":1,"method":"ping"}\n');
  const [answer] = (await once(child.stdout, 'data')) as [Buffer];
  expect(JSON.parse(answer.toString())).toMatchObject({ id: 1, result: {} });
  child.stdin.end();
  expect(await once(child, 'exit')).toEqual([0, null]);
});

test('a server whose port is taken serves its client all the same', async () => {
  const env = { PATH: process.env['PATH'] ?? '', ...FREE_PORTS };
  const args = ['--import', 'tsx', writeServer()];
  const other = spawn(process.execPath, ['-e', HOLDER], { stdio: ['ignore', 'pipe', 'inherit'] });
  onTestFinished(() => void other.kill('SIGKILL'));
  const [port] = (await once(other.stdout, 'data')) as [Buffer];
  const taken = { ...env, MONITORING_DASHBOARD_PORT: port.toString().trim() };
  const client = new Client({ name: 'test', version: '1' });
  onTestFinished(() => client.close());
  await client.connect(
    new StdioClientTransport({ command: process.execPath, args, env: taken, stderr: 'ignore' }),
  );
  expect((await client.callTool({ name: 'greet' })).content).toEqual([{ type: 'text', text: 'hello' }]);
});

const HOLDER = `
  const server = require('node:net').createServer().listen(0, '127.0.0.1', () => console.log(server.address().port));
`;
