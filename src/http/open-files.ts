import { readdirSync, readFileSync } from 'node:fs';

/** The limit on systems without /proc. 256 is the default of macOS. */
const ASSUMED_LIMIT = 256;
/** Above this limit nothing is counted: counting is slow, and the exporter cannot use up so many descriptors. */
const LARGEST_COUNTED_LIMIT = 65_536;
const COUNT_EVERY_MS = 1000;

export interface OpenFiles {
  /** Maximum number of open files and sockets of this process. */
  readonly max: number;
  /** Whether fewer than an eighth are left. Updated once a second. */
  isNearLimit(): boolean;
}

/** Reads the soft limit of open files, which Node raises to the hard limit at startup. */
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
    // No descriptor is left to read this folder, or the system does not have it.
    return 0;
  }
}
