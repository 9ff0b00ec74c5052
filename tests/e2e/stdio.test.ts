import { Client } from '@modelcontextprotocol/sdk/client/index.js';
import { StdioClientTransport } from '@modelcontextprotocol/sdk/client/stdio.js';
import { expect, onTestFinished, test } from 'vitest';

import { CLI, FREE_PORTS, runCli } from '../support/cli-process.ts';
import { samplesOf, total } from '../support/exposition.ts';
import { FeedViewer } from '../support/feed-viewer.ts';
import { createLintedWorkspace } from '../support/linted-workspace.ts';
import { installEslint, tempWorkspace } from '../unit/pipeline/temp-workspace.ts';

test('a client on stdio uses every tool, and metrics, summary and feed agree with what it did', async () => {
  // So many that a scan is not over before it can be cancelled.
  const workspace = createLintedWorkspace(200);
  const transport = new StdioClientTransport({
    command: process.execPath,
    args: [CLI, 'serve', '--stdio', '--workspace', workspace],
    env: { PATH: process.env['PATH'] ?? '', ...FREE_PORTS },
    stderr: 'pipe',
  });
  let logs = '';
  const started = new Promise<string>((resolve) => {
    transport.stderr?.on('data', (chunk: Buffer) => {
      logs += chunk.toString();
      const metricsUrl = /"metrics":"([^"]+)"/.exec(logs)?.[1];
      if (metricsUrl !== undefined) resolve(metricsUrl);
    });
  });
  const client = new Client({ name: 'test', version: '1' });
  onTestFinished(() => client.close());
  await client.connect(transport);
  const metricsUrl = await started;
  const viewer = await FeedViewer.live(metricsUrl.replace('http', 'ws').replace('/metrics', '/ws'));
  const call = (name: string, args: object = {}, options: object = {}) =>
    client.callTool({ name, arguments: { session_id: 'over-stdio', ...args } }, undefined, options);

  const { tools } = await client.listTools();
  expect(tools.map(({ name }) => name).toSorted()).toEqual([
    'pipeline_run_full',
    'pipeline_status',
    'quality_patcher_fix',
    'version_keeper_scan',
  ]);
  const progress: number[] = [];
  const onprogress = (step: { progress: number }) => void progress.push(step.progress);
  const scan = await call('version_keeper_scan', {}, { onprogress });
  expect(scan.structuredContent).toMatchObject({ session_id: 'over-stdio', files_scanned: 200 });
  expect(progress.length).toBeGreaterThan(10);
  expect(progress).toEqual(progress.toSorted((a, b) => a - b));
  await call('quality_patcher_fix', { max_fixes: 3, auto_apply: true });
  await call('pipeline_run_full', { max_cycles: 1, auto_apply: false });
  await call('pipeline_status');
  expect((await call('version_keeper_scan', { target_files: ['/etc/passwd'] })).isError).toBe(true);
  const cancel = new AbortController();
  const cancelled = call(
    'version_keeper_scan',
    {},
    { signal: cancel.signal, onprogress: () => cancel.abort() },
  );
  await expect(cancelled).rejects.toThrow();
  const active = () => viewer.events.filter(({ kind }) => kind === 'started').length;
  const ended = () =>
    viewer.events.filter(({ kind }) => ['completed', 'failed', 'cancelled'].includes(kind)).length;
  await viewer.until(() => viewer.events.some(({ kind }) => kind === 'cancelled') && active() === ended());

  const metrics = await (await fetch(metricsUrl)).text();
  const countOf = (status: string) =>
    total(samplesOf(metrics), 'pipeline_operation_duration_seconds_count', {
      operation: 'version_keeper_scan',
      status,
    });
  expect([countOf('completed'), countOf('failed'), countOf('cancelled')]).toEqual([1, 1, 1]);
  expect(metrics).toMatch(/^pipeline_fixes_total\{result="applied"\} 3$/m);
  expect(metrics).toMatch(
    /^mcp_server_operation_duration_seconds_count\{.*"version_keeper_scan".*"pipe".*\} 1$/m,
  );
  const summary = (await (await fetch(new URL('/api/v1/summary', metricsUrl))).json()) as {
    operations: Record<string, object>;
  };
  expect(summary.operations['version_keeper_scan']).toMatchObject({
    count: 3,
    success_count: 1,
    failure_count: 1,
    cancelled_count: 1,
  });
  const scans = viewer.events.filter(({ operation_name }) => operation_name === 'version_keeper_scan');
  expect(scans.filter(({ kind }) => kind !== 'progressed').map(({ kind }) => kind)).toEqual([
    'started',
    'completed',
    'started',
    'failed',
    'started',
    'cancelled',
  ]);
  expect(scans.filter(({ kind }) => kind === 'progressed').length).toBeGreaterThan(0);
});

test('stdout carries MCP and nothing else, and the end of stdin ends the program with 0', async () => {
  const { child, output, ended, printed } = runCli([
    'serve',
    '--stdio',
    '--workspace',
    createLintedWorkspace(1),
  ]);
  await printed('stderr', /"msg":"started"/);
  const say = speakTo(child.stdin);
  say(INITIALIZE);
  say({ method: 'notifications/initialized' });
  child.stdin.write('this is not JSON\n');
  say({ id: 2, method: 'tools/call', params: { name: 'version_keeper_scan', arguments: {} } });
  await printed('stdout', /"id":2/);
  const metricsUrl = await printed('stderr', /"metrics":"([^"]+)"/);
  const metrics = await (await fetch(metricsUrl)).text();
  expect(metrics).toMatch(/^mcp_server_transport_errors_total\{.*kind="parse"\} 1$/m);
  child.stdin.end();
  expect((await ended).code).toBe(0);
  for (const line of output.stdout.trim().split('\n'))
    expect(JSON.parse(line)).toHaveProperty('jsonrpc', '2.0');
});

test('a trusted workspace’s configuration cannot print to the client, nor end the exporter', async () => {
  const workspace = tempWorkspace({
    'a.js': 'export const a = 1;\n',
    'eslint.config.js': 'console.log("hello from the config"); process.exit();\n',
    'package.json': '{ "type": "module" }',
  });
  installEslint(workspace);
  const args = ['serve', '--stdio', '--workspace', workspace.root, '--trust-workspace'];
  const { child, output, ended, printed } = runCli(args);
  await printed('stderr', /"metrics":"([^"]+)"/);
  const say = speakTo(child.stdin);
  say(INITIALIZE);
  for (const id of [2, 3]) {
    say({ id, method: 'tools/call', params: { name: 'version_keeper_scan', arguments: {} } });
    await printed('stdout', new RegExp(`"id":${id}`));
  }
  child.stdin.end();
  expect((await ended).code).toBe(0);
  const lines = output.stdout
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as object);
  for (const line of lines) expect(line).toHaveProperty('jsonrpc', '2.0');
  expect(lines.filter((line) => 'id' in line).slice(1)).toMatchObject(
    [2, 3].map((id) => ({
      id,
      result: { isError: true, content: [{ text: expect.stringMatching(/^worker_crashed: .*exit code 0/) }] },
    })),
  );
});

const INITIALIZE = {
  id: 1,
  method: 'initialize',
  params: { protocolVersion: '2025-11-25', capabilities: {}, clientInfo: { name: 'raw', version: '1' } },
};

/** Says JSON-RPC messages, a line each. */
function speakTo(stdin: NodeJS.WritableStream) {
  return (message: object) => stdin.write(`${JSON.stringify({ jsonrpc: '2.0', ...message })}\n`);
}
