import { spawn } from 'node:child_process';
import { closeSync, mkdirSync, openSync } from 'node:fs';
import { dirname } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';

import { ExporterError } from '../errors.ts';
import { identifyProcess, isRunning, type KnownProcess } from '../processes/process-tree.ts';
import { isHubRunning } from './hub-probe.ts';

const POLL_MS = 100;
const START_WITHIN_MS = 30_000;
const STOP_WITHIN_MS = 10_000;

interface HubOptions {
  /** The command line that starts the hub. */
  readonly argv: readonly string[];
  readonly hubUrl: string;
  /** File to which the hub logs. */
  readonly logFile: string;
}

/**
 * Starts a hub that runs on when this process ends, and waits until it answers.
 *
 * @throws ExporterError `listen_failed` if it does not
 */
export async function startBackgroundHub({ argv, hubUrl, logFile }: HubOptions): Promise<KnownProcess> {
  mkdirSync(dirname(logFile), { recursive: true, mode: 0o700 });
  const log = openSync(logFile, 'a', 0o600);
  const [command = '', ...args] = argv;
  const child = spawn(command, args, { detached: true, windowsHide: true, stdio: ['ignore', log, log] });
  closeSync(log);
  let hasEnded = false;
  for (const event of ['exit', 'error']) child.once(event, () => (hasEnded = true));
  const isUp = await isTrueWithin(START_WITHIN_MS, async () => hasEnded || (await isHubRunning(hubUrl)));
  const hub = child.pid === undefined || hasEnded ? undefined : identifyProcess(child.pid);
  child.unref();
  if (isUp && hub) return hub;
  child.kill();
  throw new ExporterError('listen_failed', `the hub did not start at ${hubUrl}: its log is ${logFile}`);
}

/** Waits until the hub at an address answers. */
export function waitForHub(hubUrl: string): Promise<boolean> {
  return isTrueWithin(START_WITHIN_MS, () => isHubRunning(hubUrl));
}

/** @returns false if it still runs */
export async function stopBackgroundHub(hub: KnownProcess): Promise<boolean> {
  if (!isRunning(hub)) return true;
  process.kill(hub.pid, 'SIGTERM');
  return isTrueWithin(STOP_WITHIN_MS, () => !isRunning(hub));
}

async function isTrueWithin(timeoutMs: number, check: () => boolean | Promise<boolean>): Promise<boolean> {
  const endMs = performance.now() + timeoutMs;
  while (!(await check())) {
    if (performance.now() > endMs) return false;
    await wait(POLL_MS);
  }
  return true;
}
