import { readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

import { Client } from '@modelcontextprotocol/sdk/client/index.js';
import { StreamableHTTPClientTransport } from '@modelcontextprotocol/sdk/client/streamableHttp.js';
import { expect, onTestFinished, test } from 'vitest';

import { serve } from '../support/cli-process.ts';
import { createLintedWorkspace } from '../support/linted-workspace.ts';
import { groupOf, workersOf } from '../support/worker-processes.ts';
import { installEslint, STALLING_CONFIG, tempWorkspace } from '../unit/pipeline/temp-workspace.ts';

const FOREVER = 'for (;;);';

async function connect(base: URL) {
  const client = new Client({ name: 'test', version: '1' });
  await client.connect(new StreamableHTTPClientTransport(new URL('mcp', base)));
  onTestFinished(() => client.close().catch(() => undefined));
  return (name: string, args: object = {}) =>
    client.callTool({ name, arguments: { session_id: 's', ...args } });
}

/** `serve` over a trusted workspace, and a call whose worker runs for ever. */
async function serveStuck(config: string) {
  const workspace = tempWorkspace({ 'lib/a.js': 'use(outdated);\n', 'eslint.config.mjs': config });
  installEslint(workspace);
  const program = await serve(['--workspace', workspace.root, '--trust-workspace']);
  const pid = program.child.pid ?? 0;
  // The first worker removes stray files.
  await expect.poll(() => workersOf(pid)).toEqual([]);
  const call = (await connect(program.base))('quality_patcher_fix', {
    auto_apply: true,
    target_files: ['lib'],
  });
  call.catch(() => undefined);
  await expect.poll(() => workersOf(pid)).toHaveLength(1);
  return { ...program, workspace, pid, call, worker: workersOf(pid)[0] ?? 0 };
}

const strayFiles = (root: string) =>
  readdirSync(root, { recursive: true })
    .map(String)
    .filter((path) => path.includes('.mcp-exporter'));

test.each(['SIGKILL', 'SIGTERM', 'SIGINT'] as const)(
  'a worker that is stuck ends soon after its exporter ends by %s',
  async (signal) => {
    const { child, worker, ended } = await serveStuck(FOREVER);
    child.kill(signal);
    await ended;
    await expect.poll(() => groupOf(worker)).toEqual([]);
  },
);

test('a linter that is busy ends soon after its exporter is killed', async () => {
  const root = createLintedWorkspace(1);
  writeFileSync(join(root, 'long.js'), 'debugger;'.repeat(106_000));
  const { base, child, ended } = await serve(['--workspace', root]);
  const pid = child.pid ?? 0;
  await expect.poll(() => workersOf(pid)).toEqual([]);
  (await connect(base))('version_keeper_scan').catch(() => undefined);
  await expect.poll(() => workersOf(pid)).toHaveLength(1);
  const [worker = 0] = workersOf(pid);
  await expect.poll(() => groupOf(worker)).toHaveLength(2);
  child.kill('SIGKILL');
  await ended;
  await expect.poll(() => groupOf(worker)).toEqual([]);
});

test('temporary files of a write that was killed together with its exporter are removed at the next start', async () => {
  const { child, worker, workspace, ended } = await serveStuck(STALLING_CONFIG);
  await expect.poll(() => strayFiles(workspace.root)).toHaveLength(1);
  child.kill('SIGKILL');
  process.kill(-worker, 'SIGKILL');
  await ended;
  expect(readdirSync(join(workspace.root, 'lib'))).toEqual(['a.js']);
  await serve(['--workspace', workspace.root]);
  await expect.poll(() => strayFiles(workspace.root)).toEqual([]);
  expect(workspace.read('lib/a.js')).toBe('use(outdated);\n');
});

test('the exporter answers while a file takes long to lint, and serves on after a worker is killed', async () => {
  const root = createLintedWorkspace(2);
  writeFileSync(join(root, 'long.js'), 'debugger;'.repeat(106_000));
  const { base, child } = await serve(['--workspace', root]);
  const call = await connect(base);
  let isDone = false;
  const scan = call('version_keeper_scan').finally(() => (isDone = true));
  for (let i = 0; i < 20; i++) expect((await fetch(new URL('health', base))).status).toBe(200);
  expect(isDone).toBe(false);
  expect((await scan).structuredContent).toMatchObject({ files_scanned: 2, files_skipped: 1 });

  const killed = call('version_keeper_scan');
  const pid = child.pid ?? 0;
  await expect.poll(() => workersOf(pid)).toHaveLength(1);
  for (const worker of workersOf(pid)) process.kill(worker, 'SIGKILL');
  expect(await killed).toMatchObject({
    isError: true,
    content: [{ text: expect.stringMatching(/^worker_crashed: .*SIGKILL/) }],
  });
  expect((await call('version_keeper_scan', { target_files: ['src'] })).structuredContent).toMatchObject({
    files_scanned: 2,
  });
  const metrics = await (await fetch(new URL('metrics', base))).text();
  expect(metrics).toMatch(/^mcp_exporter_limit_reached_total\{limit="lint_duration"\} 1$/m);
});
