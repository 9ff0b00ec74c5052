import { readdirSync, readFileSync } from 'node:fs';

/** The ids of the running pipeline workers that process `parentPid` has started. */
export function workersOf(parentPid: number): number[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .map(Number)
    .filter((pid) => isWorker(pid) && parentOf(pid) === parentPid);
}

/** The processes in the group of worker `pid`. */
export function groupOf(pid: number): number[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .map(Number)
    .filter((other) => Number(statFields(other)[2]) === pid && statFields(other)[0] !== 'Z');
}

function isWorker(pid: number): boolean {
  return read(pid, 'cmdline').includes('pipeline/worker/main');
}

function parentOf(pid: number): number {
  const fields = statFields(pid);
  return fields[0] === 'Z' ? -1 : Number(fields[1]);
}

/** The fields of `/proc/PID/stat` from the state on. */
function statFields(pid: number): string[] {
  return read(pid, 'stat').split(') ').at(-1)?.split(' ') ?? [];
}

function read(pid: number, file: string): string {
  try {
    return readFileSync(`/proc/${pid}/${file}`, 'utf8');
  } catch {
    // The process has ended.
    return '';
  }
}
