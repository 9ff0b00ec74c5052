import { mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { Client } from '@modelcontextprotocol/sdk/client/index.js';
import { StdioClientTransport } from '@modelcontextprotocol/sdk/client/stdio.js';
import { describe, expect, onTestFinished, test } from 'vitest';

import { runCli } from '../support/cli-process.ts';

interface Entry {
  readonly command: string;
  readonly args?: string[];
  readonly env?: Record<string, string>;
}

const SERVER = `
  require('node:readline').createInterface(process.stdin).on('line', (line) => {
    const { id, method } = JSON.parse(line);
    const results = {
      initialize: {
        protocolVersion: '2025-06-18',
        capabilities: { tools: {} },
        serverInfo: { name: 's', version: '1' },
      },
      'tools/call': { content: [{ type: 'text', text: JSON.stringify(process.env) }] },
    };
    if (id !== undefined) console.log(JSON.stringify({ jsonrpc: '2.0', id, result: results[method] }));
  });
`;

function createFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'wrapped-entry-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

/** Starts an entry as a client does. Returns the server's environment. */
async function environmentOf({ command, args = [], env = {} }: Entry): Promise<Record<string, string>> {
  const client = new Client({ name: 'test', version: '1' });
  await client.connect(new StdioClientTransport({ command, args, env, stderr: 'ignore' }));
  onTestFinished(() => client.close());
  const { content } = await client.callTool({ name: 'env' });
  return JSON.parse((content as { text: string }[])[0]?.text ?? '') as Record<string, string>;
}

async function wrap(entry: Entry): Promise<Entry> {
  const file = join(createFolder(), 'mcp.json');
  const before = { mcpServers: { it: entry } };
  writeFileSync(file, JSON.stringify(before));
  const { ended } = runCli(['wrap-config', '--hub', 'http://127.0.0.1:9', '--write', file], {});
  expect(await ended).toMatchObject({ code: 0 });
  const after = JSON.parse(readFileSync(file, 'utf8')) as typeof before;
  expect(await runCli(['wrap-config', '--undo', file], {}).ended).toMatchObject({ code: 0 });
  expect(JSON.parse(readFileSync(file, 'utf8'))).toEqual(before);
  return after.mcpServers.it;
}

describe('a wrapped entry starts its server as before, with the same environment', () => {
  test.each<[string, (folder: string) => Record<string, string>]>([
    ['a PATH with nothing but the server', (folder) => ({ PATH: folder })],
    ['a PATH that ends with the folders of the system', (folder) => ({ PATH: `${folder}:/usr/bin:/bin` })],
    ['a relative folder in its PATH', (folder) => ({ PATH: `./bin:${folder}` })],
  ])('%s', async (_title, envIn) => {
    const folder = createFolder();
    symlinkSync(process.execPath, join(folder, 'their-node'));
    const entry = { command: 'their-node', args: ['-e', SERVER], env: envIn(folder) };
    const wrapped = await wrap(entry);
    expect(await environmentOf(wrapped)).toEqual(await environmentOf(entry));
    expect(wrapped.args?.slice(-3)).toEqual(['their-node', '-e', SERVER]);
  });
});

test('a module that an entry loads into its server by NODE_OPTIONS is not loaded into the proxy', async () => {
  const folder = createFolder();
  const log = join(folder, 'log');
  writeFileSync(
    join(folder, 'preload.cjs'),
    `require('node:fs').appendFileSync(process.env.LOG, 'loaded\\n')`,
  );
  const env = {
    LOG: log,
    NODE_OPTIONS: `--require ${join(folder, 'preload.cjs')} --no-warnings`,
    NODE_EXTRA_CA_CERTS: join(folder, 'no-such-file.pem'),
  };
  const entry = { command: process.execPath, args: ['-e', SERVER], env };
  const wrapped = await wrap(entry);
  expect(await environmentOf(wrapped)).toMatchObject(env);
  expect(readFileSync(log, 'utf8')).toBe('loaded\n');
});
