import { readFileSync } from 'node:fs';

const BYTES_PER_MIB = 1024 * 1024;
const EXECUTABLE_AND_WRITABLE = /^([0-9a-f]+)-([0-9a-f]+) rwxp /gm;

/** Size of the address range that V8 reserves for the compiled code of one thread, in MiB; 0 without `/proc`. */
export function codeRangeMiB(readMaps = () => readFileSync('/proc/self/maps', 'utf8')): number {
  try {
    const ranges = [...readMaps().matchAll(EXECUTABLE_AND_WRITABLE)];
    // Each thread has its own range, and this process may have several threads.
    const bytes = ranges.map(
      ([, start = '', end = '']) => Number.parseInt(end, 16) - Number.parseInt(start, 16),
    );
    return Math.ceil(Math.max(0, ...bytes) / BYTES_PER_MIB);
  } catch {
    return 0;
  }
}
