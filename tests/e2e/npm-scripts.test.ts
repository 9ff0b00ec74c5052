import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { afterAll, expect, onTestFinished, test } from 'vitest';

import { descendantsOf, isRunning, type KnownProcess } from '../../src/processes/process-tree.ts';
import { FREE_PORTS } from '../support/cli-process.ts';

const STACK_PORTS = ['exporter', 'feed', 'prometheus', 'alertmanager', 'grafana'];

/** `npm run` in a session of its own, so that signals reach npm alone; with every process that it has started. */
function runNpm(...args: string[]) {
  const folder = mkdtempSync(join(tmpdir(), 'npm-scripts-'));
  const child = spawn('npm', ['run', ...args], {
    env: { ...process.env, ...FREE_PORTS, TMPDIR: folder },
    stdio: ['ignore', 'pipe', 'pipe'],
    detached: true,
  });
  const { pid } = child;
  if (pid === undefined) throw new Error('npm was not started');
  const started = new Map<number, KnownProcess>();
  const look = () => descendantsOf(pid).forEach((each) => started.set(each.pid, each));
  const timer = setInterval(look, 20);
  onTestFinished(() => {
    clearInterval(timer);
    child.kill('SIGKILL');
    for (const each of [...started.values()].filter(isRunning)) process.kill(each.pid, 'SIGKILL');
    rmSync(folder, { recursive: true, force: true });
  });
  let output = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream.on('data', (chunk: Buffer) => (output += chunk.toString()));
  }
  return {
    child,
    ended: once(child, 'exit'),
    printed: (text: string) => expect.poll(() => output).toContain(text),
    started: (count: number) => expect.poll(() => started.size).toBeGreaterThanOrEqual(count),
    /** Waits until all have ended that npm had started. */
    nothingLeft: async () => {
      look();
      clearInterval(timer);
      await expect.poll(() => [...started.values()].filter(isRunning)).toEqual([]);
      // Its last act is to remove what it has written.
      expect(readdirSync(folder).filter((name) => name.startsWith('mcp-exporter'))).toEqual([]);
    },
  };
}

const STACK = ['stack', '--', ...STACK_PORTS.flatMap((name) => [`--${name}-port`, '0'])];
const STARTED = { start: 'MCP endpoint', demo: 'The exporter watches', stack: 'Ctrl-C stops' };

test.each([
  ['SIGINT', 'start', ['start']],
  ['SIGTERM', 'start', ['start']],
  ['SIGHUP', 'start', ['start']],
  ['SIGKILL', 'start', ['start']],
  ['SIGTERM', 'demo', ['demo']],
  ['SIGKILL', 'demo', ['demo']],
  ['SIGINT', 'stack', STACK],
  ['SIGKILL', 'stack', STACK],
] as const)('%s to npm run %s leaves nothing', async (signal, name, args) => {
  const { child, printed, ended, nothingLeft } = runNpm(...args);
  await printed(STARTED[name]);
  child.kill(signal);
  await ended;
  await nothingLeft();
});

// What was built by half is built again for other tests.
afterAll(() => void execFileSync('npm', ['run', '--silent', 'build']));

test.each(['SIGTERM', 'SIGKILL'] as const)('%s to npm while it builds leaves nothing', async (signal) => {
  const { child, started, ended, nothingLeft } = runNpm('start');
  // The build, and the step that runs.
  await started(2);
  child.kill(signal);
  await ended;
  await nothingLeft();
});

test.each([
  ['the demo', ['demo/demo.ts'], STARTED.demo],
  ['the stack', ['scripts/stack/main.ts', ...STACK.slice(2)], STARTED.stack],
])('SIGKILL to %s itself ends its programs', async (_, args, text) => {
  const child = spawn(process.execPath, ['--import', 'tsx', ...args], {
    env: { ...process.env, ...FREE_PORTS },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  let output = '';
  child.stdout.on('data', (chunk: Buffer) => (output += chunk.toString()));
  await expect.poll(() => output).toContain(text);
  const programs = descendantsOf(child.pid ?? 0);
  onTestFinished(() => programs.filter(isRunning).forEach(({ pid }) => process.kill(pid, 'SIGKILL')));
  expect(programs.length).toBeGreaterThan(0);
  child.kill('SIGKILL');
  await expect.poll(() => programs.filter(isRunning)).toEqual([]);
});
