import { existsSync, mkdtempSync, readFileSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { hostname, tmpdir } from 'node:os';
import { join } from 'node:path';

import { describe, expect, onTestFinished, test } from 'vitest';

import { withLock, withLockSync } from '../../../src/discovery/file-lock.ts';

const ALIVE = 4001;
const DEAD = 4002;
const options = { waitMs: 2000, isAlive: (pid: number) => pid !== DEAD };
const impatient = { ...options, waitMs: 0 };

function createLock(owner?: string, ageSeconds = 0): string {
  const directory = mkdtempSync(join(tmpdir(), 'mcp-exporter-test-'));
  onTestFinished(() => rmSync(directory, { recursive: true, force: true }));
  const lock = join(directory, 'targets.json.lock');
  if (owner !== undefined) leaveLock(lock, owner, ageSeconds);
  return lock;
}

function leaveLock(lock: string, owner: string, ageSeconds: number): void {
  writeFileSync(lock, owner);
  const seconds = Date.now() / 1000 - ageSeconds;
  utimesSync(lock, seconds, seconds);
}

describe.each([
  ['withLock', withLock],
  ['withLockSync', async <T>(...args: Parameters<typeof withLockSync<T>>) => withLockSync(...args)],
])('%s', (_name, lockWith) => {
  test('holds the lock while the action runs, and no longer', async () => {
    const lock = createLock();
    expect(await lockWith(lock, options, () => existsSync(lock))).toBe(true);
    expect(existsSync(lock)).toBe(false);
  });

  test('lets go of the lock when the action fails', async () => {
    const lock = createLock();
    const action = () => {
      throw new RangeError('oops');
    };
    await expect(lockWith(lock, options, action)).rejects.toThrow(RangeError);
    expect(existsSync(lock)).toBe(false);
  });

  test.each([
    ['a live process', `${ALIVE} ${hostname()}`, 5],
    ['a process of another host', `${DEAD} another-host`, 5],
    ['a process that has not signed it yet', '', 5],
  ])('gives up on a lock of %s after the given time', async (_title, owner, ageSeconds) => {
    const lock = createLock(owner, ageSeconds);
    await expect(lockWith(lock, { ...options, waitMs: 30 }, () => 'done')).rejects.toMatchObject({
      code: 'discovery_failed',
      message: expect.stringContaining(lock) as string,
    });
    expect(readFileSync(lock, 'utf8')).toBe(owner);
  });

  test.each([
    ['a dead process', `${DEAD} ${hostname()}`, 0],
    ['a live process that has had it for too long', `${ALIVE} ${hostname()}`, 11],
    ['a process that died before it signed it', '', 11],
  ])('takes over the lock of %s', async (_title, owner, ageSeconds) => {
    const lock = createLock(owner, ageSeconds);
    expect(await lockWith(lock, options, () => readFileSync(lock, 'utf8'))).toBe(
      `${process.pid} ${hostname()}`,
    );
    expect(existsSync(lock)).toBe(false);
  });

  test('takes over also where a process died while it took over', async () => {
    const lock = createLock(`${DEAD} ${hostname()}`);
    leaveLock(`${lock}.takeover`, `${DEAD} ${hostname()}`, 0);
    expect(await lockWith(lock, options, () => 'done')).toBe('done');
    expect(existsSync(`${lock}.takeover`)).toBe(false);
  });

  test('leaves a stale lock to whoever takes it over at this moment', async () => {
    const lock = createLock(`${DEAD} ${hostname()}`);
    leaveLock(`${lock}.takeover`, `${ALIVE} ${hostname()}`, 0);
    await expect(lockWith(lock, impatient, () => 'done')).rejects.toMatchObject({ code: 'discovery_failed' });
    expect(existsSync(lock)).toBe(true);
  });

  test('keeps its hands off a lock that it has lost', async () => {
    const lock = createLock();
    await lockWith(lock, options, () => writeFileSync(lock, `${ALIVE} ${hostname()}`));
    expect(readFileSync(lock, 'utf8')).toBe(`${ALIVE} ${hostname()}`);
  });

  test('says why a lock cannot be made', async () => {
    const lock = join(createLock(), 'no', 'such', 'folder');
    await expect(lockWith(lock, options, () => 'done')).rejects.toMatchObject({
      code: 'discovery_failed',
      message: `cannot lock ${lock}`,
      cause: { code: 'ENOENT' },
    });
  });
});
