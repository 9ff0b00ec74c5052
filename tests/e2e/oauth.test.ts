import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { Client } from '@modelcontextprotocol/sdk/client/index.js';
import { StdioClientTransport } from '@modelcontextprotocol/sdk/client/stdio.js';
import { expect, onTestFinished, test } from 'vitest';

import { hub, runCli } from '../support/cli-process.ts';
import { samplesOf, total } from '../support/exposition.ts';
import { startOAuthMcpServer } from '../support/oauth-mcp-server.ts';

function createFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'oauth-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

/** The entry that wrap-config offers for a server with an OAuth login. */
async function offeredEntry(url: URL, hubUrl: URL): Promise<{ command: string; args: string[] }> {
  const file = join(createFolder(), 'mcp.json');
  writeFileSync(file, JSON.stringify({ mcpServers: { private: { url: url.href } } }));
  const { stderr } = await runCli(['wrap-config', '--hub', hubUrl.href, file], {}).ended;
  const [line = ''] = /^ {2}"private": .*mcp-remote.*$/m.exec(stderr) ?? [];
  return (JSON.parse(`{${line}}`) as { private: { command: string; args: string[] } }).private;
}

test('a server with an OAuth login is watched by the entry that wrap-config offers', async () => {
  const server = await startOAuthMcpServer();
  const { base } = await hub();
  const { command, args } = await offeredEntry(server.url, base);
  const transport = new StdioClientTransport({
    command,
    args,
    // npx finds mcp-remote in this package.
    cwd: process.cwd(),
    env: { PATH: process.env['PATH'] ?? '', MCP_REMOTE_CONFIG_DIR: createFolder(), BROWSER: 'true' },
    stderr: 'pipe',
  });
  let stderr = '';
  const authorization = new Promise<string>((resolve) => {
    transport.stderr?.on('data', (data: Buffer) => {
      stderr += data.toString();
      const [, url] = /visiting:\s+(http\S+)\s/.exec(stderr) ?? [];
      if (url !== undefined) resolve(url);
    });
  });
  const client = new Client({ name: 'test', version: '1.0.0' });
  onTestFinished(() => client.close());
  const connected = client.connect(transport, { timeout: 60_000 });
  // What the user does in the browser.
  const url = await authorization;
  const signIn = () =>
    fetch(url).then(
      ({ status }) => status,
      // mcp-remote prints the URL before it listens for the redirect.
      () => null,
    );
  await expect.poll(signIn, { timeout: 30_000 }).toBe(200);
  await connected;
  const { content } = await client.callTool({ name: 'greet' });
  expect(content).toEqual([{ type: 'text', text: 'hello' }]);
  expect(server.signIns()).toBe(1);
  const countCalls = async () => {
    const samples = samplesOf(await (await fetch(new URL('metrics', base))).text());
    return total(samples, 'mcp_server_operation_duration_seconds_count', {
      mcp_server_name: 'private',
      gen_ai_tool_name: 'greet',
      error_type: '',
    });
  };
  await expect.poll(countCalls).toBe(1);
}, 120_000);
