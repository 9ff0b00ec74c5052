import { execFileSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';

/**
 * The processes that `pid` has started, and those that they have started, as far as their parents still run.
 *
 * Synchronous, because it is asked for right before a signal changes the answer: well below a millisecond on Linux, some
 * milliseconds elsewhere. Empty on Windows, and if it cannot be found out.
 */
export function descendantsOf(pid: number): number[] {
  try {
    return process.platform === 'linux' ? fromProc(pid) : fromPs(pid);
  } catch {
    return [];
  }
}

function fromProc(pid: number): number[] {
  return readdirSync(`/proc/${pid}/task`).flatMap((thread) => {
    const children = numbersIn(readFileSync(`/proc/${pid}/task/${thread}/children`, 'utf8'));
    return children.flatMap((child) => [child, ...descendantsOf(child)]);
  });
}

function fromPs(pid: number): number[] {
  if (process.platform === 'win32') return [];
  const numbers = numbersIn(execFileSync('ps', ['-A', '-o', 'pid=', '-o', 'ppid='], { encoding: 'utf8' }));
  const found = new Set([pid]);
  for (let sizeBefore = 0; sizeBefore < found.size;) {
    sizeBefore = found.size;
    for (let i = 0; i < numbers.length; i += 2) {
      if (found.has(numbers[i + 1] ?? 0)) found.add(numbers[i] ?? 0);
    }
  }
  found.delete(pid);
  return [...found];
}

function numbersIn(text: string): number[] {
  return text.split(/\s+/).filter(Boolean).map(Number);
}

/** Whether a process runs, or has ended and its parent does not know yet. */
export function isRunning(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch (error) {
    return error instanceof Error && 'code' in error && error.code === 'EPERM';
  }
}
