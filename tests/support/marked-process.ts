import { randomUUID } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';

import { expect, onTestFinished } from 'vitest';

/** Finds processes by a unique argument, even after their parents have ended. */
export function markedProcesses() {
  const marker = `marker-${randomUUID()}`;
  const pids = () => processesWith(marker);
  onTestFinished(() => {
    for (const pid of pids()) process.kill(pid, 'SIGKILL');
  });
  return {
    marker,
    pids,
    /** Waits until this number of processes runs. */
    running: (count: number) => expect.poll(pids).toHaveLength(count),
  };
}

/** The processes with all of these arguments. */
export function processesWith(...wanted: string[]): number[] {
  const hasAll = (pid: number) => wanted.every((argument) => argumentsOf(pid).includes(argument));
  return readdirSync('/proc')
    .map(Number)
    .filter((pid) => pid > 1 && hasAll(pid));
}

/** Empty for a process that has ended. */
function argumentsOf(pid: number): string[] {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'utf8').split('\0');
  } catch {
    return [];
  }
}
