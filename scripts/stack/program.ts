import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createWriteStream } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { setTimeout as delay } from 'node:timers/promises';

import { startGuarded } from '../guarded-child.ts';

/** The start of a program. */
export interface ProgramCommand {
  /** Display name, such as `Prometheus`. */
  readonly name: string;
  readonly command: string;
  readonly args: readonly string[];
  readonly env: NodeJS.ProcessEnv;
  /** URL that answers with status 200 when the program is ready. */
  readonly readyUrl: string;
}

export interface ProgramOptions extends ProgramCommand {
  /** Folder for the log. */
  readonly logDir: string;
  /** Aborts the start. */
  readonly signal: AbortSignal;
  readonly onOutput?: ((program: string, line: string) => void) | undefined;
}

/** A child process. */
export interface Program {
  readonly name: string;
  readonly pid: number;
  /** Rejects with the program's last lines if it ends or is not ready within a minute. */
  readonly ready: Promise<void>;
  /** Resolves when the program ends by itself. Never resolves if it is stopped. */
  readonly crashed: Promise<Error>;
  /** Resolves when the program has ended. */
  stop(): Promise<void>;
}

const READY_WITHIN_MS = 60_000;
const POLL_MS = 100;
const LAST_LINES_WITHIN_MS = 500;
const LAST_LINES = 8;

/** Starts a program that ends with this process. */
export function startProgram(options: ProgramOptions): Program {
  const { name, command, args, env, logDir, onOutput } = options;
  // In its own process group, because Ctrl-C must reach only the stack, which then stops its programs.
  const guarded = startGuarded(() =>
    spawn(command, args, { env, stdio: ['ignore', 'pipe', 'pipe'], detached: true }),
  );
  const { child } = guarded;
  const log = createWriteStream(join(logDir, `${name.replace('The ', '').toLowerCase()}.log`), {
    flags: 'a',
  });
  // Ignores write errors of the log, such as a full disk.
  log.on('error', () => undefined);
  const lastLines: string[] = [];
  for (const stream of [child.stdout, child.stderr]) {
    createInterface(stream).on('line', (line) => {
      lastLines.push(line);
      if (lastLines.length > LAST_LINES) lastLines.shift();
      log.write(`${line}\n`);
      onOutput?.(name, line);
    });
  }
  // `close` follows the program's last line, unlike `exit`.
  const ended = once(child, 'close').then(
    ([code, signal]) => failure(`ended with ${String(code ?? signal)}`),
    (error: unknown) => failure(`did not start: ${String(error)}`),
  );
  void ended.then(() => log.end());
  let isStopping = false;
  return {
    name,
    pid: child.pid ?? 0,
    ready: isReady(options, ended, failure),
    crashed: new Promise((resolve) => void ended.then((error) => (isStopping ? undefined : resolve(error)))),
    async stop() {
      isStopping = true;
      await guarded.stop();
      // A child process of the program may keep its output open.
      await Promise.race([ended, delay(LAST_LINES_WITHIN_MS)]);
    },
  };

  function failure(what: string): Error {
    return new Error([`${name} ${what}`, ...lastLines.map((line) => `  ${line}`)].join('\n'));
  }
}

async function isReady(
  { readyUrl, signal }: ProgramOptions,
  ended: Promise<Error>,
  failure: (what: string) => Error,
): Promise<void> {
  const polling = new AbortController();
  const gaveUp = AbortSignal.any([signal, polling.signal, AbortSignal.timeout(READY_WITHIN_MS)]);
  const outcome = await Promise.race([ended, poll(readyUrl, gaveUp)]);
  polling.abort();
  if (outcome instanceof Error) throw outcome;
  signal.throwIfAborted();
  if (outcome === 'gave up') throw failure(`was not ready within ${READY_WITHIN_MS / 1000} s`);
}

async function poll(url: string, signal: AbortSignal): Promise<'ready' | 'gave up'> {
  while (!signal.aborted) {
    const response = await fetch(url, { signal }).catch(() => null);
    await response?.body?.cancel();
    if (response?.ok) return 'ready';
    await delay(POLL_MS, undefined, { signal }).catch(() => undefined);
  }
  return 'gave up';
}
