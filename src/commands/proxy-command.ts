import { constants } from 'node:os';
import { setTimeout as delay } from 'node:timers/promises';
import { isatty } from 'node:tty';

import { ExporterError } from '../errors.ts';
import { CLOSED, type ProcessExit } from '../mcp/protocol/request-end.ts';
import { ConversationEnd } from '../mcp/stdio/conversation-end.ts';
import { LateWatch } from '../mcp/stdio/late-watch.ts';
import {
  COMMAND_NOT_FOUND,
  proxyStdio,
  spawnServer,
  type ServerCommand,
  type ServerProcess,
} from '../mcp/stdio/stdio-proxy.ts';
import type { StdioWatch } from '../mcp/stdio/stdio-watch.ts';
import { systemClock } from '../monitor/clock.ts';
import { startChildGuard } from '../processes/child-guard.ts';
import { loadSpawn } from '../processes/load-spawn.ts';
import { descendantsOf, isRunning, streamsOf, type KnownProcess } from '../processes/process-tree.ts';
import type { CommandWatchOptions } from './command-watch.ts';
import { dropServerVariables, serverEnvironment } from './server-environment.ts';
import { openStdin, openStdout } from './standard-streams.ts';
import { STOP_SIGNALS } from './stop-signals.ts';

export interface ProxyCommandOptions {
  /** The arguments before the `--`. */
  readonly flags: string[];
  readonly command: string;
  readonly args: readonly string[];
}

/**
 * Runs an MCP server that speaks stdio and forwards its messages. The modules that observe the messages are loaded after
 * the server's first message, or earlier if the server is slow, so that they do not delay the first response.
 */
export async function proxyCommand({ flags, command, args }: ProxyCommandOptions): Promise<void> {
  const env = serverEnvironment(process.env);
  dropServerVariables(process.env, process.platform);
  const running = new RunningServer({ command, args, env, spawn: await loadSpawn() });
  await running.started.catch((error: unknown) =>
    endUnstarted(error, { flags, command, args, serverEnv: env }),
  );
  const { server, ending } = running;
  const stdin = openStdin();
  const late = new LateWatch((isFull) => {
    for (const stream of [stdin, server.stdout]) {
      if (isFull) stream.pause();
      else stream.resume();
    }
  });
  // A fault in the observing part must not stop the forwarding.
  process.on('uncaughtException', (error) => late.failed(error));
  running.onClientFinished = () => late.endInFlight(CLOSED);
  const exited = proxyStdio({ server, stdin, stdout: openStdout(), watch: late, ending });
  await Promise.race([late.due, delay(patienceMs())]);
  const close = await openWatch(late, { flags, command, args, serverEnv: env });
  const exit = await exited;
  await close();
  endLike(exit);
}

/** Time to wait for the server's first message, in proportion to this process' own start on the same machine. */
const patienceMs = (): number => 4 * performance.now();

/** @returns a function that closes the watch. It never rejects: if the watch fails, the server runs without metrics */
async function openWatch(
  late: LateWatch,
  options: Omit<CommandWatchOptions, 'clock'>,
): Promise<() => Promise<void>> {
  try {
    const { openCommandWatch } = await import('./command-watch.ts');
    const { watch, close } = await openCommandWatch({ ...options, clock: late.clock });
    late.open(watch);
    return close;
  } catch (error) {
    await printProblem(error);
    late.open(UNWATCHED);
    return () => Promise.resolve();
  }
}

const ignore = (): void => undefined;
const UNWATCHED: StdioWatch = {
  serverStarted: ignore,
  sent: ignore,
  endInFlight: ignore,
  serverExited: ignore,
  failed: ignore,
};

const GUARD_REFRESH_MS = 500;
const SIGNALS = [...STOP_SIGNALS, 'SIGUSR1', 'SIGUSR2'] as const;
const STOPPING = new Set<NodeJS.Signals>(STOP_SIGNALS);
/** A terminal sends these to the whole process group, which includes the server. */
const OF_TERMINALS = new Set<NodeJS.Signals>(['SIGINT', 'SIGQUIT']);

/** The server's process. It receives this process' signals, and it ends with this process even if that is killed. */
class RunningServer {
  readonly server: ServerProcess;
  readonly started: Promise<void>;
  readonly ending = new ConversationEnd();
  /** Called when the client has closed stdin, and then asks the proxy to stop. */
  onClientFinished: () => void = () => undefined;
  readonly #guard = startChildGuard();
  /** Its child processes at the time of a stop signal. */
  #descendants: readonly KnownProcess[] = [];
  #isStopping = false;

  constructor(command: ServerCommand) {
    // Before the server starts, so that no signal can orphan it.
    for (const signal of SIGNALS) process.on(signal, () => this.#onSignal(signal));
    const { server, started } = spawnServer(command);
    this.server = server;
    this.started = started;
    const { pid } = server;
    if (pid === undefined) this.#guard.dismiss();
    else this.#guardTree(pid);
    server.once('exit', () => this.#onExit());
  }

  /**
   * Sends the guard the server's descendants. If the proxy is killed and the server exits first, its children get another
   * parent, and the guard could no longer find them.
   */
  #guardTree(pid: number): void {
    this.#guard.watch([pid]);
    this.#guard.watchStreams(streamsOf(pid));
    let watched = String(pid);
    const watch = () => {
      const pids = [pid, ...descendantsOf(pid).map((each) => each.pid)];
      if (pids.join() === watched) return;
      watched = pids.join();
      this.#guard.watch(pids);
    };
    // Other platforms need a child process to list processes.
    if (process.platform !== 'linux') return;
    const timer = setInterval(watch, GUARD_REFRESH_MS).unref();
    this.server.once('exit', () => clearInterval(timer));
  }

  #onSignal(signal: NodeJS.Signals): void {
    const { exitCode: code, signalCode } = this.server;
    // The server has exited: skip the last reports.
    if (code !== null || signalCode !== null) return endLike({ code, signal: signalCode });
    if (STOPPING.has(signal)) this.#onStop();
    const isAtTerminal = [0, 1, 2].some(isatty);
    if (!(isAtTerminal && OF_TERMINALS.has(signal))) this.server.kill(signal);
  }

  #onStop(): void {
    this.#isStopping = true;
    if (this.ending.stopRequested()) this.onClientFinished();
    const { pid } = this.server;
    if (pid !== undefined) this.#descendants = [...this.#descendants, ...descendantsOf(pid)];
  }

  /** After a stop signal, a wrapper such as `npx` may exit before its server. Then the guard ends that server. */
  #onExit(): void {
    if (!this.#isStopping) return this.#guard.dismiss();
    this.#guard.watch(this.#descendants.filter(isRunning).map((each) => each.pid));
  }
}

/** Exits with the server's exit code, or by the signal that ended it. */
function endLike({ code, signal }: ProcessExit): void {
  if (signal === null) process.exit(code ?? 1);
  process.removeAllListeners(signal);
  process.kill(process.pid, signal);
  // Process 1 of a container ignores its own signals.
  setTimeout(() => process.exit(128 + constants.signals[signal]), 100);
}

/**
 * Reports a server that could not be started, and exits. Uses the exit codes of POSIX shells: 127 for a missing command, 126 for
 * a file that cannot be executed.
 */
async function endUnstarted(problem: unknown, options: Omit<CommandWatchOptions, 'clock'>): Promise<never> {
  if (!(problem instanceof ExporterError)) throw problem;
  await printProblem(problem);
  const { printExplanation } = await import('./fail.ts');
  printExplanation(problem);
  const { cause } = problem;
  const isMissing = cause instanceof Error && 'code' in cause && cause.code === 'ENOENT';
  const code = isMissing ? COMMAND_NOT_FOUND : 126;
  const { reportUnstarted } = await import('./command-watch.ts');
  await reportUnstarted({ ...options, clock: systemClock }, code).catch(printProblem);
  return process.exit(code);
}

async function printProblem(error: unknown): Promise<void> {
  const { printError } = await import('./print-error.ts');
  printError(error);
}
