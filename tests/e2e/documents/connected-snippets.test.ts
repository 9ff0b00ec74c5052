import { spawn } from 'node:child_process';

import { Client } from '@modelcontextprotocol/sdk/client/index.js';
import { StdioClientTransport } from '@modelcontextprotocol/sdk/client/stdio.js';
import { describe, expect, onTestFinished, test } from 'vitest';

import { hub } from '../../support/cli-process.ts';
import { createReader } from '../../support/reader.ts';
import { inLanguage } from '../../support/snippets.ts';

// The snippets that need an MCP client or a hub at the other end.

interface ServerEntry {
  readonly command: string;
  readonly args: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
}

interface ClientConfiguration {
  readonly mcpServers?: Readonly<Record<string, ServerEntry>>;
  readonly servers?: Readonly<Record<string, ServerEntry>>;
}

const configured = inLanguage('json')
  .flatMap(({ page, text }) => {
    const { mcpServers, servers } = JSON.parse(text) as ClientConfiguration;
    return Object.entries(mcpServers ?? servers ?? {}).map(([name, entry]) => ({ page, name, entry }));
  })
  // A message of the feed has `servers`, too. The tests have no Docker.
  .filter(({ entry }) => 'command' in entry && !entry.args.includes('docker'));

test('the documentation shows client configurations', () => {
  expect(configured.length).toBeGreaterThan(4);
});

describe.each(configured)('the server "$name" of a client configuration in $page', ({ entry }) => {
  test('starts, and lists its tools', async () => {
    const { project, env } = createReader();
    const client = new Client({ name: 'reader', version: '1.0.0' });
    onTestFinished(() => client.close());
    const args = entry.args.map((each) => (each === 'DIR' ? project : each));
    const transport = new StdioClientTransport({
      ...entry,
      args,
      cwd: project,
      env: { ...env, ...entry.env },
    });
    await client.connect(transport);
    expect((await client.listTools()).tools).not.toEqual([]);
  });
});

describe.each(inLanguage('js'))('the program in $page', ({ text }) => {
  test('prints the operations of a hub', async () => {
    const { base } = await hub();
    // Node.js 20 has no WebSocket of its own, unlike browsers.
    const browser = "globalThis.WebSocket = (await import('ws')).WebSocket;";
    const program = `${browser}\n${text.replace('127.0.0.1:3001', base.host)}`;
    const child = spawn(process.execPath, ['--input-type=module', '--eval', program]);
    onTestFinished(() => void child.kill('SIGKILL'));
    let printed = '';
    child.stdout.on('data', (data: Buffer) => (printed += data.toString()));
    await expect
      .poll(async () => {
        await reportOperation(base);
        return printed;
      })
      .toContain('completed import\n');
  });
});

async function reportOperation(base: URL): Promise<void> {
  const event = { type: 'operation', kind: 'completed', session_id: 'nightly', operation_id: '1' };
  await fetch(new URL('api/v1/report', base), {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({
      reporter_id: 'nightly-4711',
      events: [{ ...event, operation_name: 'import', duration: 1 }],
    }),
  });
}
