import { chmodSync } from 'node:fs';
import { join } from 'node:path';

import { Client } from '@modelcontextprotocol/sdk/client/index.js';
import { StdioClientTransport } from '@modelcontextprotocol/sdk/client/stdio.js';
import { expect, it, onTestFinished } from 'vitest';

import { CLI, FREE_PORTS } from '../support/cli-process.ts';
import { withOrdinaryPermissions } from '../support/ordinary-permissions.ts';
import { tempWorkspace } from '../unit/pipeline/temp-workspace.ts';

const FIXABLE = 'export let a: String;\n';
const FILES = {
  'package.json': '{"name":"w","version":"1.0.0"}',
  'package-lock.json': '{"name":"w","version":"1.0.0"}',
  'open.js': 'export const a = 1;\n',
  'lib/closed.ts': FIXABLE,
};

/** The built server for a workspace in which `path` may not be read. */
async function connect(path: string) {
  const { root } = tempWorkspace(FILES);
  chmodSync(join(root, path), 0);
  onTestFinished(() => chmodSync(join(root, path), 0o755));
  const transport = new StdioClientTransport({
    ...withOrdinaryPermissions(process.execPath, [CLI, 'serve', '--stdio', '--workspace', root]),
    env: { PATH: process.env['PATH'] ?? '', ...FREE_PORTS },
    stderr: 'pipe',
  });
  let stderr = '';
  transport.stderr?.on('data', (chunk: Buffer) => (stderr += chunk.toString()));
  const client = new Client({ name: 'test', version: '1' });
  onTestFinished(() => client.close());
  return { client, transport, root, stderr: () => stderr };
}

async function call(path: string, name: string) {
  const { client, transport } = await connect(path);
  await client.connect(transport);
  const result = await client.callTool({ name, arguments: { session_id: 's', output_format: 'text' } });
  const [content] = result.content as { text: string }[];
  return { text: content?.text ?? '', data: result.structuredContent as Record<string, unknown> };
}

it.each(['lib/closed.ts', 'lib'])(
  'a scan reports that %s cannot be read, and gives no full score',
  async (path) => {
    const shown = path === 'lib' ? 'lib/' : path;
    const { text, data } = await call(path, 'version_keeper_scan');
    expect(data).toMatchObject({
      files_scanned: 1,
      errors: 1,
      quality_score: 50,
      issues: [{ path: shown, severity: 'error', message: 'cannot be read: permission denied (EACCES)' }],
    });
    expect(text).toMatch(/note: 1 file or folder cannot be read .*: give the user that runs mcp-exporter/);
  },
);

it('a scan does not call the versions right if a file with versions cannot be read', async () => {
  const { data } = await call('package-lock.json', 'version_keeper_scan');
  expect(data['versions_ok']).toBe(false);
  const withoutPackage = await call('package.json', 'version_keeper_scan');
  expect(withoutPackage.data['versions_ok']).toBe(false);
  expect(withoutPackage.data['quality_score']).not.toBe(100);
});

it('a fix reports what it cannot read', async () => {
  const { text, data } = await call('lib/closed.ts', 'quality_patcher_fix');
  expect(data['failures']).toEqual([
    { path: 'lib/closed.ts', fixes: 0, reason: 'cannot be read: permission denied (EACCES)' },
  ]);
  expect(text).toContain('lib/closed.ts: cannot be read: permission denied (EACCES)');
});

it('a run does not end without issues if a file cannot be read', async () => {
  const { data } = await call('lib/closed.ts', 'pipeline_run_full');
  expect(data).toMatchObject({ stop_reason: 'nothing_fixable', issues_remaining: 1, quality_score: 50 });
});

it('the server does not start for a workspace that may not be read, and says what to do', async () => {
  const { client, transport, root, stderr } = await connect('.');
  await expect(client.connect(transport)).rejects.toThrow('Connection closed');
  expect(stderr()).toContain(`cannot open the workspace "${root}": EACCES: permission denied`);
  expect(stderr()).toContain('give the user that runs mcp-exporter');
});
