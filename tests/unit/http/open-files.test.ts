import { execFileSync } from 'node:child_process';
import { closeSync, openSync, readdirSync } from 'node:fs';

import { expect, onTestFinished, test } from 'vitest';

import { readOpenFiles } from '../../../src/http/open-files.ts';

/** Leaves fewer than an eighth of the descriptors that this process may open. */
function openMany(max: number): { close(): void } {
  const count = Math.max(0, Math.floor((max * 7) / 8) - readdirSync('/proc/self/fd').length + 2);
  let descriptors = Array.from({ length: count }, () => openSync('/dev/null', 'r'));
  const close = () => {
    for (const descriptor of descriptors) closeSync(descriptor);
    descriptors = [];
  };
  onTestFinished(close);
  return { close };
}

test('the number of files that may be open is the limit of the process', () => {
  const limit = execFileSync('sh', ['-c', 'ulimit -Sn'], { encoding: 'utf8' }).trim();
  expect(readOpenFiles().max).toBe(limit === 'unlimited' ? Infinity : Number(limit));
});

test('open files near the limit are noticed within a second, and so is that they are closed', () => {
  let nowMs = 0;
  const openFiles = readOpenFiles(() => nowMs);
  // A larger limit is never counted, because this process cannot reach it.
  const isCounted = openFiles.max <= 65_536;
  const after = (ms: number) => {
    nowMs += ms;
    return openFiles.isNearLimit();
  };
  expect(openFiles.isNearLimit()).toBe(false);
  const many = openMany(isCounted ? openFiles.max : 0);
  expect(after(999)).toBe(false);
  expect(after(1)).toBe(isCounted);
  many.close();
  expect(after(999)).toBe(isCounted);
  expect(after(1)).toBe(false);
});
