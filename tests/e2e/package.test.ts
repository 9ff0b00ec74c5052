import { execFileSync, spawnSync } from 'node:child_process';
import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { afterAll, beforeAll, expect, onTestFinished, test } from 'vitest';

import { TSC } from '../support/compiler.ts';
import { parseMount, readComposeFile } from '../support/compose-file.ts';
import { npm, packPackage } from '../support/packed-package.ts';

const MAX_MEGABYTES = 20;
const MAX_TARBALL_KILOBYTES = 600;
const MAX_PACKAGES = 100;
/** What a file system allocates at once. */
const BLOCK_BYTES = 4096;

const folder = mkdtempSync(join(tmpdir(), 'package-'));
const modules = join(folder, 'node_modules');
const own = join(modules, 'mcp-exporter');
let packed: string[] = [];
let tarballBytes = 0;

/** The package as its users get it: packed, and installed into an empty folder. */
beforeAll(() => {
  const { tarball, files, sizeBytes } = packPackage(folder);
  packed = files;
  tarballBytes = sizeBytes;
  writeFileSync(join(folder, 'package.json'), '{ "private": true, "type": "module" }');
  npm(['install', tarball], folder);
}, 240_000);

afterAll(() => rmSync(folder, { recursive: true, force: true }));

const filesBelow = (path: string) =>
  readdirSync(path, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name));

test(`an installation takes at most ${MAX_MEGABYTES} MB and ${MAX_PACKAGES} packages, and compiles and runs nothing`, () => {
  const lock = JSON.parse(readFileSync(join(modules, '.package-lock.json'), 'utf8')) as {
    packages: Record<string, { hasInstallScript?: boolean }>;
  };
  const packages = Object.entries(lock.packages);
  expect(packages.length).toBeGreaterThan(20);
  expect(packages.length).toBeLessThanOrEqual(MAX_PACKAGES);
  expect(packages.filter(([, { hasInstallScript }]) => hasInstallScript)).toEqual([]);
  const files = filesBelow(modules);
  expect(files.filter((path) => path.endsWith('.node'))).toEqual([]);
  const blocks = files.map((path) => Math.ceil(statSync(path).size / BLOCK_BYTES));
  const megabytes = (blocks.reduce((sum, count) => sum + count, 0) * BLOCK_BYTES) / 1024 / 1024;
  expect(megabytes).toBeGreaterThan(5);
  expect(megabytes).toBeLessThanOrEqual(MAX_MEGABYTES);
});

test('the package has what it runs and declares, with the licenses of what it bundles, and no sources or source maps', () => {
  expect(packed).toEqual(
    expect.arrayContaining([
      'LICENSE',
      'README.md',
      'dist/cli.js',
      'dist/hook.d.ts',
      'dist/index.d.ts',
      'dist/metrics.d.ts',
      'dist/pipeline/worker/lint/default-rules.json',
      'dist/pipeline/worker/main.js',
      'dist/feed/page/index.html',
    ]),
  );
  expect(packed.filter((path) => /^src\/|\.map$|(?<!\.d)\.ts$|test/.test(path))).toEqual([]);
  const pointing = packed.filter((path) =>
    readFileSync(join(own, path), 'utf8').includes('sourceMappingURL='),
  );
  expect(pointing).toEqual([]);
  const licenses = readFileSync(join(own, 'dist/third-party-licenses.txt'), 'utf8');
  for (const name of ['diff', 'jsonc-parser', 'semver', 'zod']) {
    expect(existsSync(join(modules, name))).toBe(false);
    expect(licenses).toMatch(new RegExp(`^${name} \\d\\S+ \\(`, 'm'));
  }
});

test('the package has all files that the monitoring stack and its operators need, and no others besides dist', () => {
  const rules = ['anomaly', 'burn-rate', 'health', 'recording', 'threshold'];
  const dashboards = ['exporter', 'overview', 'pipeline', 'slo', 'tools'];
  expect(packed.filter((path) => !path.startsWith('dist/')).toSorted()).toEqual(
    [
      'CHANGELOG.md',
      'LICENSE',
      'README.md',
      'package.json',
      'docker-compose.monitoring.yml',
      'docs/asyncapi.json',
      'docs/openapi.json',
      'docs/runbooks.md',
      'docs/troubleshooting.md',
      ...dashboards.map((name) => `grafana/dashboards/mcp-${name}.json`),
      'grafana/provisioning/dashboards/dashboards.yml',
      'grafana/provisioning/datasources/datasources.yml',
      'prometheus.yml',
      'prometheus/alertmanager.yml',
      ...rules.map((name) => `prometheus/rules/${name}.yml`),
    ].toSorted(),
  );
  // What compose mounts is where compose looks for it.
  for (const { volumes } of Object.values(readComposeFile().services)) {
    for (const { source } of volumes.map(parseMount).filter(({ source }) => source.startsWith('./')))
      expect(existsSync(join(own, source)), source).toBe(true);
  }
});

test(`the tarball has at most ${MAX_TARBALL_KILOBYTES} kB`, () => {
  expect(tarballBytes).toBeGreaterThan(100_000);
  expect(tarballBytes).toBeLessThanOrEqual(MAX_TARBALL_KILOBYTES * 1000);
});

test.each([
  [
    'hook',
    `import { McpServer } from '@modelcontextprotocol/sdk/server/mcp.js';
     import { monitorMcpServer, SessionRegistry } from 'mcp-exporter/hook';
     const sessions = new SessionRegistry();
     sessions.subscribe((event) => event.type === 'request_ended' && console.log('seen', event.request.method));
     const server = new McpServer({ name: 'mine', version: '1.0.0' });
     monitorMcpServer(server, { exporter: { sessions } });
     const wire = { start: async () => {}, close: async () => {}, send: async () => {} };
     await server.connect(wire);
     wire.onmessage({ jsonrpc: '2.0', id: 1, method: 'ping' });`,
    'seen ping',
  ],
  [
    'metrics',
    `import { MetricsCollector } from 'mcp-exporter/metrics';
     const collector = new MetricsCollector();
     collector.recordMetric({ operationType: 'import', duration: 2.5 });
     const { body } = await collector.expose();
     console.log(/^pipeline_operation_duration_seconds_count.*$/m.exec(body)[0]);`,
    'operation="import"',
  ],
])('mcp-exporter/%s works where express and ws are not installed', (entry, program, printed) => {
  const without = mkdtempSync(join(tmpdir(), `${entry}-`));
  onTestFinished(() => rmSync(without, { recursive: true, force: true }));
  cpSync(modules, join(without, 'node_modules'), { recursive: true });
  for (const name of ['express', 'ws']) rmSync(join(without, 'node_modules', name), { recursive: true });
  const sdk = '@modelcontextprotocol/sdk';
  mkdirSync(join(without, 'node_modules/@modelcontextprotocol'));
  symlinkSync(join(process.cwd(), 'node_modules', sdk), join(without, 'node_modules', sdk));
  writeFileSync(join(without, 'program.mjs'), program);
  const run = (args: string[]) => execFileSync(process.execPath, args, { cwd: without, encoding: 'utf8' });
  expect(run(['program.mjs'])).toContain(printed);
  // They are not there, as the whole library notices.
  expect(() => run(['--input-type=module', '-e', "import 'mcp-exporter'"])).toThrow(
    /Cannot find package '(express|ws)'/,
  );
});

test('the types of every entry are checked without the packages that are bundled', () => {
  const program = `
    import { createExporter, type ClientMessage, type Config } from 'mcp-exporter';
    import { SessionRegistry, monitorMcpServer, type MonitorEvent } from 'mcp-exporter/hook';
    import { MetricsCollector } from 'mcp-exporter/metrics';
    export const port: number | undefined = ({} as Partial<Config>).httpPort;
    export const message: ClientMessage = { type: 'ping' };
    export const collector = new MetricsCollector();
    const sessions = new SessionRegistry();
    sessions.subscribe((event: MonitorEvent) => collector.onEvent(event));
    export const watched = [createExporter, monitorMcpServer];
    // @ts-expect-error It is a number, and not any type.
    export const wrong: string = ({} as Config).httpPort;
    // @ts-expect-error There is no such message.
    export const unknown: ClientMessage = { type: 'pong' };
  `;
  writeFileSync(join(folder, 'types.ts'), program);
  const types = ['--typeRoots', join(process.cwd(), 'node_modules/@types'), '--types', 'node'];
  const options = ['--noEmit', '--strict', '--module', 'NodeNext', '--target', 'ES2023', ...types];
  const { stdout } = spawnSync(process.execPath, [TSC, ...options, 'types.ts'], {
    cwd: folder,
    encoding: 'utf8',
  });
  expect(stdout).toBe('');
});
