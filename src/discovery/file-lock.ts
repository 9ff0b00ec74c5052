import { readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { hostname } from 'node:os';
import { setTimeout as delay } from 'node:timers/promises';

import { ExporterError } from '../errors.ts';

const RETRY_MS = 10;
/** What is done under a lock takes milliseconds: whoever holds one longer has died, or its host has. */
const STALE_AFTER_MS = 10_000;

interface LockOptions {
  /** Longest wait, in milliseconds. */
  readonly waitMs: number;
  readonly isAlive: (pid: number) => boolean;
}

/**
 * Runs `action` while no other process has the lock. It is not asynchronous, so that a lock is never held for
 * long.
 *
 * @throws ExporterError `discovery_failed` where the lock cannot be had in time
 */
export async function withLock<Result>(
  lock: string,
  options: LockOptions,
  action: () => Result,
): Promise<Result> {
  const deadline = performance.now() + options.waitMs;
  while (!tryLock(lock, options.isAlive)) {
    if (performance.now() >= deadline) throw busy(lock, options.waitMs);
    await delay(jitterMs());
  }
  return unlockAfter(lock, action);
}

/** Like {@link withLock}, but blocks the thread: for a process that exits. */
export function withLockSync<Result>(lock: string, options: LockOptions, action: () => Result): Result {
  const deadline = performance.now() + options.waitMs;
  const never = new Int32Array(new SharedArrayBuffer(4));
  while (!tryLock(lock, options.isAlive)) {
    if (performance.now() >= deadline) throw busy(lock, options.waitMs);
    Atomics.wait(never, 0, 0, jitterMs());
  }
  return unlockAfter(lock, action);
}

/** Processes that started together must not try again together. */
function jitterMs(): number {
  return RETRY_MS * (0.5 + Math.random());
}

function tryLock(lock: string, isAlive: LockOptions['isAlive']): boolean {
  if (createExclusively(lock)) return true;
  if (isStale(lock, isAlive)) removeStale(lock, isAlive);
  return false;
}

/**
 * Two processes that find the same stale lock must not both remove it: the second one would remove the lock of
 * whoever came between. So it is looked at again under a guard.
 */
function removeStale(lock: string, isAlive: LockOptions['isAlive']): void {
  const guard = `${lock}.takeover`;
  if (!createExclusively(guard)) {
    if (isStale(guard, isAlive)) rmSync(guard, { force: true });
    return;
  }
  try {
    if (isStale(lock, isAlive)) rmSync(lock, { force: true });
  } finally {
    rmSync(guard, { force: true });
  }
}

function createExclusively(path: string): boolean {
  try {
    writeFileSync(path, ownerText(), { flag: 'wx' });
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false;
    throw new ExporterError('discovery_failed', `cannot lock ${path}`, { cause: error });
  }
}

function isStale(path: string, isAlive: LockOptions['isAlive']): boolean {
  try {
    if (Date.now() - statSync(path).mtimeMs > STALE_AFTER_MS) return true;
    const [, pid, host] = /^(\d+) (.+)$/.exec(readFileSync(path, 'utf8')) ?? [];
    return host === hostname() && !isAlive(Number(pid));
  } catch {
    return false; // It is gone by now, or cannot be read: whoever can create it will.
  }
}

function unlockAfter<Result>(lock: string, action: () => Result): Result {
  try {
    return action();
  } finally {
    release(lock);
  }
}

/** A process that was stopped for long may have lost its lock to another one, which keeps it. */
function release(lock: string): void {
  try {
    if (readFileSync(lock, 'utf8') === ownerText()) rmSync(lock);
  } catch {
    // It is gone; or it stays, and is stale when this process ends.
  }
}

function ownerText(): string {
  return `${process.pid} ${hostname()}`;
}

function busy(lock: string, waitMs: number): ExporterError {
  const message = `another process has had ${lock} for more than ${waitMs / 1000} s; expected it to be free`;
  return new ExporterError('discovery_failed', message);
}
