import { Worker } from 'node:worker_threads';

const CHECK_EVERY_MS = 250;
/** Time for the worker to end by itself, because its stdin was closed. */
const GRACE_MS = 2000;

// Runs in its own thread, because the main thread may be in an endless loop of a lint configuration.
const WATCH = `
const { ppid, kill, pid, platform } = process;
const { workerData } = require('node:worker_threads');
setInterval(() => {
  if (process.ppid === workerData.parentPid) return;
  setTimeout(() => kill(platform === 'win32' ? pid : -pid, 'SIGKILL'), workerData.graceMs);
}, workerData.checkEveryMs);
`;

/** Kills this process and its group soon after the exporter has ended, even if the main thread is blocked. */
export function endWithParent(parentPid: number): void {
  const workerData = { parentPid, graceMs: GRACE_MS, checkEveryMs: CHECK_EVERY_MS };
  new Worker(WATCH, { eval: true, workerData, execArgv: [] }).unref();
}
