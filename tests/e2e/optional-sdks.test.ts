import { spawnSync } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, readdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { expect, onTestFinished, test } from 'vitest';

import { FREE_PORTS } from '../support/cli-process.ts';
import { TINY_SERVER } from '../support/tiny-server.ts';

const SDK_SCOPE = '@modelcontextprotocol';

/** The built package in a folder that has its dependencies, and of the MCP SDKs only those that are named. */
function installWith(sdks: string[]): { folder: string; cli: string } {
  const folder = mkdtempSync(join(tmpdir(), 'optional-sdks-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  const modules = join(folder, 'node_modules');
  const own = join(modules, 'mcp-exporter');
  mkdirSync(join(modules, SDK_SCOPE), { recursive: true });
  mkdirSync(own);
  cpSync('dist', join(own, 'dist'), { recursive: true });
  cpSync('package.json', join(own, 'package.json'));
  for (const name of readdirSync('node_modules')) {
    if (name !== SDK_SCOPE && !name.startsWith('.'))
      symlinkSync(join(process.cwd(), 'node_modules', name), join(modules, name));
  }
  for (const name of sdks) {
    symlinkSync(join(process.cwd(), 'node_modules', SDK_SCOPE, name), join(modules, SDK_SCOPE, name));
  }
  return { folder, cli: join(own, 'dist', 'cli.js') };
}

function run(folder: string, args: string[], input = '') {
  const env = { PATH: process.env['PATH'], MONITORING_LOG_LEVEL: 'warn', ...FREE_PORTS };
  const { status, stdout, stderr } = spawnSync(process.execPath, args, {
    cwd: folder,
    env,
    input,
    encoding: 'utf8',
  });
  return { status, stdout, stderr };
}

const WATCH = (entry: string) => `
  import { createExporter } from 'mcp-exporter';
  import { McpServer } from '${entry}';
  const exporter = createExporter();
  const server = exporter.monitor(new McpServer({ name: 'mine', version: '1.0.0' }));
  server.registerTool('add', {}, () => ({ content: [] }));
  const wire = { start: async () => {}, close: async () => {}, send: async () => answered() };
  const answer = new Promise((resolve) => (globalThis.answered = resolve));
  await server.connect(wire);
  wire.onmessage({ jsonrpc: '2.0', id: 1, method: 'ping' });
  await answer;
  await new Promise(setImmediate);
  const { body } = await exporter.metrics.expose();
  console.log(/^mcp_server_operation_duration_seconds_count\\{mcp_server_name="mine".*\\} 1$/m.test(body));
`;

test.each([
  ['v1', 'sdk', '@modelcontextprotocol/sdk/server/mcp.js'],
  ['v2', 'server', '@modelcontextprotocol/server'],
])('a server of SDK %s is watched where the other SDK is absent', (_title, name, entry) => {
  const { folder } = installWith([name]);
  writeFileSync(join(folder, 'watch.mjs'), WATCH(entry));
  expect(run(folder, ['watch.mjs'])).toEqual({ status: 0, stdout: 'true\n', stderr: '' });
});

test('without any SDK the proxy serves, and the pipeline server says what it lacks', () => {
  const { folder, cli } = installWith([]);
  const ping = '{"jsonrpc":"2.0","id":1,"method":"ping"}\n';
  const proxied = run(folder, [cli, 'proxy', '--', process.execPath, ...TINY_SERVER], ping);
  expect(proxied).toMatchObject({ status: 0, stdout: '{"jsonrpc":"2.0","id":1,"result":{}}\n' });
  expect(run(folder, [cli, '--help']).status).toBe(0);
  const served = run(folder, [cli, 'serve']);
  expect(served.status).toBe(2);
  expect(served.stderr).toMatch(/^mcp-exporter: .*npm install @modelcontextprotocol\/sdk\n$/);
});
