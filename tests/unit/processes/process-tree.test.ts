import { spawn } from 'node:child_process';
import { once } from 'node:events';

import { expect, onTestFinished, test } from 'vitest';

import { descendantsOf, isRunning } from '../../../src/processes/process-tree.ts';

test('descendants are found at every level, and known not to run after their end', async () => {
  // Two commands: a shell replaces itself by a single one.
  const child = spawn('sh', ['-c', 'sleep 60; true'], { stdio: 'ignore', detached: true });
  const kill = () => void (child.exitCode ?? child.signalCode ?? process.kill(-(child.pid ?? 0), 'SIGKILL'));
  onTestFinished(kill);
  const pids = () => descendantsOf(process.pid).map(({ pid }) => pid);
  await expect.poll(() => descendantsOf(child.pid ?? 0)).toHaveLength(1);
  expect(pids()).toContain(child.pid);
  const [sleep] = descendantsOf(child.pid ?? 0);
  if (!sleep) throw new Error('it has gone');
  expect(pids()).toContain(sleep.pid);
  expect(isRunning(sleep)).toBe(true);
  // Another process may get the number of one that has ended.
  expect(isRunning({ ...sleep, started: 'earlier' })).toBe(false);
  kill();
  await once(child, 'exit');
  await expect.poll(() => isRunning(sleep)).toBe(false);
  expect(descendantsOf(child.pid ?? 0)).toEqual([]);
});
