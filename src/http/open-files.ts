import { readdirSync, readFileSync } from 'node:fs';

/** Used without /proc. 256 is the default of macOS. */
const ASSUMED_LIMIT = 256;
/** Counting takes time in proportion; a process with a larger limit does not run out of descriptors because of us. */
const LARGEST_COUNTED_LIMIT = 65_536;
const COUNT_EVERY_MS = 1000;

export interface OpenFiles {
  /** How many files and sockets this process may have open. */
  readonly max: number;
  /** Whether fewer than an eighth of them are left, as of the last second. */
  isNearLimit(): boolean;
}

/** The soft limit of open files, which Node raises to the hard one when it starts. */
export function readOpenFiles(now: () => number = () => performance.now()): OpenFiles {
  const max = readLimit();
  let countedAtMs = -Infinity;
  let isNear = false;
  return {
    max,
    isNearLimit() {
      if (max > LARGEST_COUNTED_LIMIT || now() - countedAtMs < COUNT_EVERY_MS) return isNear;
      countedAtMs = now();
      isNear = countOpen() > max * (7 / 8);
      return isNear;
    },
  };
}

function readLimit(): number {
  try {
    const [, soft = ''] = /^Max open files +(\S+)/m.exec(readFileSync('/proc/self/limits', 'utf8')) ?? [];
    if (soft === 'unlimited') return Infinity;
    return Number(soft) || ASSUMED_LIMIT;
  } catch {
    return process.platform === 'win32' ? Infinity : ASSUMED_LIMIT;
  }
}

function countOpen(): number {
  try {
    return readdirSync('/proc/self/fd').length;
  } catch {
    // It is the lack of a descriptor for this folder, or a system without it.
    return 0;
  }
}
