import { chmodSync, mkdirSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { afterEach, beforeEach, expect, it, onTestFinished, vi } from 'vitest';

import { announce } from '../../../src/commands/announce.ts';
import type { ProxyOptions } from '../../../src/commands/proxy-options.ts';

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

function announced(sdDir: string) {
  const logger = { error: vi.fn(), info: vi.fn() };
  const options = { sdDir, serverName: 'files', logger } as unknown as ProxyOptions;
  const withdraw = announce(options, 'http://127.0.0.1:9001/metrics');
  onTestFinished(withdraw);
  return { logger, withdraw };
}

function missingFolder(): string {
  const parent = mkdtempSync(join(tmpdir(), 'announce-'));
  onTestFinished(() => rmSync(parent, { recursive: true, force: true }));
  return join(parent, 'targets');
}

it('announces a target once its folder exists, and logs the outage once', async () => {
  const sdDir = missingFolder();
  const { logger } = announced(sdDir);
  await vi.advanceTimersByTimeAsync(600_000);
  expect(logger.error.mock.calls).toEqual([
    [{ sdDir, reason: `the folder ${sdDir} does not exist` }, 'file_sd target not written, retrying'],
  ]);
  mkdirSync(sdDir);
  await vi.advanceTimersByTimeAsync(60_000);
  expect(readdirSync(sdDir)).toEqual([expect.stringMatching(/-9001\.json$/)]);
  expect(logger.info.mock.calls).toEqual([[{ sdDir }, 'file_sd target written']]);
});

it('announces a target once its folder is writable, and says why it was not', async () => {
  const sdDir = missingFolder();
  mkdirSync(sdDir, { mode: 0o755 });
  chmodSync(join(sdDir, '..'), 0o755);
  const isSuperuser = process.geteuid?.() === 0;
  if (!isSuperuser) chmodSync(sdDir, 0o555);
  if (isSuperuser) process.seteuid?.('nobody');
  const { logger } = announced(sdDir);
  if (isSuperuser) process.seteuid?.(0);
  expect(logger.error.mock.calls[0]?.[0]).toMatchObject({ reason: expect.stringContaining('.json: EACCES') });
  chmodSync(sdDir, 0o755);
  await vi.advanceTimersByTimeAsync(1000);
  expect(readdirSync(sdDir)).toHaveLength(1);
});

it('stops to retry when the target is withdrawn', async () => {
  const sdDir = missingFolder();
  const { withdraw } = announced(sdDir);
  withdraw();
  mkdirSync(sdDir);
  await vi.advanceTimersByTimeAsync(600_000);
  expect(readdirSync(sdDir)).toEqual([]);
});
