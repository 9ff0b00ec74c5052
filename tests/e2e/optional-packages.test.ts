import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import {
  cpSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { expect, onTestFinished, test } from 'vitest';

import { FREE_PORTS } from '../support/cli-process.ts';
import { TINY_SERVER } from '../support/tiny-server.ts';

const SDK_SCOPE = '@modelcontextprotocol';
const SDK_V1 = `${SDK_SCOPE}/sdk`;

const PEER_RANGES = (
  JSON.parse(readFileSync('package.json', 'utf8')) as { peerDependencies: Record<string, string> }
).peerDependencies;

/** The built package in a folder that has its dependencies, and of the optional packages only those that are named. */
function installWith(optional: string[]): { folder: string; cli: string } {
  const folder = mkdtempSync(join(tmpdir(), 'optional-packages-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  const modules = join(folder, 'node_modules');
  const own = join(modules, 'mcp-exporter');
  mkdirSync(join(modules, SDK_SCOPE), { recursive: true });
  mkdirSync(own);
  cpSync('dist', join(own, 'dist'), { recursive: true });
  cpSync('package.json', join(own, 'package.json'));
  for (const name of readdirSync('node_modules')) {
    if (name !== SDK_SCOPE && name !== 'oxlint' && !name.startsWith('.'))
      symlinkSync(join(process.cwd(), 'node_modules', name), join(modules, name));
  }
  for (const name of optional) symlinkSync(join(process.cwd(), 'node_modules', name), join(modules, name));
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
  ['v1', SDK_V1, '@modelcontextprotocol/sdk/server/mcp.js'],
  ['v2', '@modelcontextprotocol/server', '@modelcontextprotocol/server'],
])('a server of SDK %s is watched where the other SDK is absent', (_title, name, entry) => {
  const { folder } = installWith([name]);
  writeFileSync(join(folder, 'watch.mjs'), WATCH(entry));
  expect(run(folder, ['watch.mjs'])).toEqual({ status: 0, stdout: 'true\n', stderr: '' });
});

test('without optional packages the proxy and the hub serve, and --help is printed', async () => {
  const { folder, cli } = installWith([]);
  const ping = '{"jsonrpc":"2.0","id":1,"method":"ping"}\n';
  const proxied = run(folder, [cli, 'proxy', '--', process.execPath, ...TINY_SERVER], ping);
  expect(proxied).toMatchObject({ status: 0, stdout: '{"jsonrpc":"2.0","id":1,"result":{}}\n' });
  expect(run(folder, [cli, '--help']).status).toBe(0);
  const hub = spawn(process.execPath, [cli, 'hub'], { cwd: folder, env: FREE_PORTS });
  onTestFinished(() => void hub.kill('SIGKILL'));
  const [greeting] = (await once(hub.stdout, 'data')) as [Buffer];
  const metrics = await fetch(/metrics +(\S+)/.exec(greeting.toString())?.[1] ?? '');
  expect(await metrics.text()).toContain('mcp_exporter_build_info');
});

test.each([
  [[], [SDK_V1, 'oxlint']],
  [[SDK_V1], ['oxlint']],
  [['oxlint'], [SDK_V1]],
])('with %j of its packages the pipeline server says in one line what to install', (optional, missing) => {
  const { folder, cli } = installWith(optional);
  const { status, stderr } = run(folder, [cli, 'serve']);
  const packages = missing.map((name) => `${name}@${PEER_RANGES[name]}`).join(' ');
  expect(status).toBe(2);
  expect(stderr).toMatch(/^mcp-exporter: .*\n$/);
  expect(stderr).toContain(`npm install ${packages} (with -g`);
});
