import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { createRequire } from 'node:module';
import type { Readable } from 'node:stream';

import { IS_SOURCE, packagePath } from '../../package-files.ts';
import { LIMITS } from '../../monitor/limits.ts';
import type { ToWorker, WorkSettings } from '../contract/protocol.ts';
import { codeRangeMiB } from './code-range.ts';
import { keepTail } from './message-lines.ts';
import { workerEnvironment } from './worker-environment.ts';

export interface WorkerLimits {
  readonly durationMs: number;
  readonly memoryMiB: number;
  readonly messageBytes: number;
}

export const DEFAULT_LIMITS: WorkerLimits = {
  durationMs: LIMITS.pipeline_duration.max * 1000,
  memoryMiB: LIMITS.pipeline_memory.max,
  messageBytes: LIMITS.pipeline_message.max,
};

/** V8's share of the memory. The rest is for buffers and for the program itself. */
const HEAP_SHARE = 0.75;
/** Limits all memory, not only V8's heap, and disables core dumps. Ignored by systems without this limit. */
const LIMITED_SHELL = 'ulimit -c 0; ulimit -d "$1" 2>/dev/null; shift; exec "$@"';
/** The main thread and the parent watch. The limit counts the addresses that V8 reserves for each: 512 MiB on Node 24. */
const WORKER_THREADS = 2;
const MESSAGES_FD = 3;
const CLOSE_WITHIN_MS = 1000;
const HAS_GROUPS = process.platform !== 'win32';
const SHELL = '/bin/sh';

/** How a worker ended. */
export interface WorkerEnd {
  readonly code: number | null;
  readonly signal: string | null;
  /** The end of its output on stdout and stderr. */
  readonly output: string;
  readonly isOutputCut: boolean;
}

/** The process of one tool call. It leads a process group, so that its child processes end with it. */
export interface WorkerProcess {
  /** The worker's messages, one per line. */
  readonly messages: Readable;
  readonly ended: Promise<WorkerEnd>;
  readonly send: (message: ToWorker) => void;
  /** Kills the worker and all processes that it started. */
  readonly kill: () => void;
}

/** @throws Error if the process cannot be started */
export async function startWorker(settings: WorkSettings, limits: WorkerLimits): Promise<WorkerProcess> {
  const [program, args] = commandLine(limits.memoryMiB);
  const child = spawn(program, args, {
    // The workspace's ESLint configuration expects its own folder as the working directory.
    cwd: settings.isTrusted ? settings.root : packagePath('.'),
    env: workerEnvironment(process.env, settings.root),
    stdio: ['pipe', 'pipe', 'pipe', 'pipe'],
    detached: HAS_GROUPS,
    windowsHide: true,
  });
  await once(child, 'spawn');
  const { stdin, stdout, stderr } = child;
  const messages = child.stdio[MESSAGES_FD] as Readable;
  const outputs = [stdout, stderr].map((stream) => keepTail(stream, LIMITS.pipeline_output.max));
  // Writing to a worker that has ended, and killing it, causes errors that do not matter.
  for (const part of [child, stdin, messages]) part.on('error', () => undefined);
  let hasExited = false;
  const ended = new Promise<WorkerEnd>((resolve) => {
    let closeTimer: NodeJS.Timeout | undefined;
    child.once('exit', () => {
      killGroup(child);
      hasExited = true;
      // A process that left the group may keep the pipes open.
      closeTimer = setTimeout(() => child.stdio.forEach((stream) => stream?.destroy()), CLOSE_WITHIN_MS);
    });
    child.once('close', (code, signal) => {
      clearTimeout(closeTimer);
      const tails = outputs.map((output) => output());
      const output = tails.map(({ text }) => text).join('');
      resolve({ code, signal, output, isOutputCut: tails.some(({ isCut }) => isCut) });
    });
  });
  return {
    messages,
    ended,
    send: (message) => void (stdin.writable && stdin.write(`${JSON.stringify(message)}\n`)),
    // After its exit, another process may have its id.
    kill: () => void (hasExited || killGroup(child)),
  };
}

function commandLine(memoryMiB: number): [string, string[]] {
  const heapMiB = Math.floor(memoryMiB * HEAP_SHARE);
  const node = [process.execPath, `--max-old-space-size=${heapMiB}`, ...entryPoint()];
  // Without a shell, only the heap is limited.
  if (!HAS_GROUPS || !existsSync(SHELL)) return [process.execPath, node.slice(1)];
  const limitMiB = memoryMiB + WORKER_THREADS * codeRangeMiB();
  return [SHELL, ['-c', LIMITED_SHELL, 'sh', String(limitMiB * 1024), ...node]];
}

/** The built program, or its source with a loader that strips the types. */
function entryPoint(): string[] {
  const file = packagePath(`pipeline/worker/main.${IS_SOURCE ? 'ts' : 'js'}`);
  return IS_SOURCE ? ['--import', createRequire(import.meta.url).resolve('tsx'), file] : [file];
}

function killGroup(child: ChildProcess): void {
  try {
    if (HAS_GROUPS && child.pid !== undefined) process.kill(-child.pid, 'SIGKILL');
    else child.kill('SIGKILL');
  } catch {
    // The worker has already ended.
  }
}
