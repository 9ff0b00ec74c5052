import { constants } from 'node:os';
import { setTimeout as delay } from 'node:timers/promises';
import { isatty } from 'node:tty';

import { ExporterError } from '../errors.ts';
import { CLOSED, type ProcessExit } from '../mcp/protocol/request-end.ts';
import { ConversationEnd } from '../mcp/stdio/conversation-end.ts';
import { LateWatch } from '../mcp/stdio/late-watch.ts';
import { proxyStdio, spawnServer, type ServerProcess } from '../mcp/stdio/stdio-proxy.ts';
import type { StdioWatch } from '../mcp/stdio/stdio-watch.ts';
import { startChildGuard } from '../processes/child-guard.ts';
import { descendantsOf, isRunning, type KnownProcess } from '../processes/process-tree.ts';
import { withoutSecrets } from '../settings/config.ts';
import { openStdin, openStdout } from './standard-streams.ts';
import { STOP_SIGNALS } from './stop-signals.ts';

export interface ProxyCommandOptions {
  /** The arguments before the `--`. */
  readonly flags: string[];
  readonly command: string;
  readonly args: readonly string[];
}

/**
 * In front of a command that speaks stdio: started in its place, and ending as it does. It forwards from the start, and
 * loads what observes the messages when the server is slow to send its first one, or has sent it.
 */
export async function proxyCommand({ flags, command, args }: ProxyCommandOptions): Promise<void> {
  const running = new RunningServer(command, args);
  await running.started.catch(exitAsShellsDo);
  const { server, ending } = running;
  const stdin = openStdin();
  const late = new LateWatch((isFull) => {
    for (const stream of [stdin, server.stdout]) {
      if (isFull) stream.pause();
      else stream.resume();
    }
  });
  // Forwarding needs little; whatever else fails in this process must not end it.
  process.on('uncaughtException', (error) => late.failed(error));
  running.onClientFinished = () => late.endInFlight(CLOSED);
  const exited = proxyStdio({ server, stdin, stdout: openStdout(), watch: late, ending });
  await Promise.race([late.due, delay(patienceMs())]);
  const close = await openWatch(late, { flags, command, args });
  const exit = await exited;
  await close();
  endLike(exit);
}

/** How long a server may be silent, by the time that this process took to start: on a busy machine, both take longer. */
const patienceMs = (): number => 4 * performance.now();

/** @returns what closes the watch. It never rejects: without a watch, the server runs unwatched */
async function openWatch(late: LateWatch, options: ProxyCommandOptions): Promise<() => Promise<void>> {
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
/** A terminal sends them to every process that it runs, the server among them. */
const OF_TERMINALS = new Set<NodeJS.Signals>(['SIGINT', 'SIGQUIT']);

/** The server's process: it is passed our signals, and does not outlive this process, however that ends. */
class RunningServer {
  readonly server: ServerProcess;
  readonly started: Promise<void>;
  readonly ending = new ConversationEnd();
  /** Called when the client has closed stdin, and then asks the proxy to stop. */
  onClientFinished: () => void = () => undefined;
  readonly #guard = startChildGuard();
  /** Processes that it had started when it was asked to stop. */
  #descendants: readonly KnownProcess[] = [];

  constructor(command: string, args: readonly string[]) {
    // Before there is a server that a signal could leave behind.
    for (const signal of SIGNALS) process.on(signal, () => this.#onSignal(signal));
    const { server, started } = spawnServer(command, args, withoutSecrets(process.env));
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
    // At once: it has started nothing yet.
    this.#guard.watch([pid]);
    let watched = String(pid);
    const watch = () => {
      const pids = [pid, ...descendantsOf(pid).map((each) => each.pid)];
      if (pids.join() === watched) return;
      watched = pids.join();
      this.#guard.watch(pids);
    };
    // Elsewhere it would start a process each time.
    if (process.platform !== 'linux') return;
    const timer = setInterval(watch, GUARD_REFRESH_MS).unref();
    this.server.once('exit', () => clearInterval(timer));
  }

  #onSignal(signal: NodeJS.Signals): void {
    const { exitCode: code, signalCode } = this.server;
    // It has ended, and somebody does not want to wait for the rest.
    if (code !== null || signalCode !== null) return endLike({ code, signal: signalCode });
    if (STOPPING.has(signal)) this.#onStop();
    const isAtTerminal = [0, 1, 2].some(isatty);
    if (!(isAtTerminal && OF_TERMINALS.has(signal))) this.server.kill(signal);
  }

  #onStop(): void {
    if (this.ending.stopRequested()) this.onClientFinished();
    const { pid } = this.server;
    if (pid !== undefined) this.#descendants = [...this.#descendants, ...descendantsOf(pid)];
  }

  /** A wrapper such as `npx` may end before the server that it has started. What is left behind unasked may go on. */
  #onExit(): void {
    const left = this.#descendants.filter(isRunning);
    if (left.length === 0) this.#guard.dismiss();
    else this.#guard.watch(left.map((each) => each.pid));
  }
}

/** Ends this process as the server's has ended, also by the same signal. */
function endLike({ code, signal }: ProcessExit): void {
  if (signal === null) process.exit(code ?? 1);
  process.removeAllListeners(signal);
  process.kill(process.pid, signal);
  // Process 1 of a container is not ended by its own signal.
  setTimeout(() => process.exit(128 + constants.signals[signal]), 100);
}

/** With the exit codes of POSIX shells: 127 for a command that is not there, 126 for one that is no program. */
async function exitAsShellsDo(error: unknown): Promise<never> {
  if (!(error instanceof ExporterError)) throw error;
  await printProblem(error);
  const { cause } = error;
  return process.exit(cause instanceof Error && 'code' in cause && cause.code === 'ENOENT' ? 127 : 126);
}

async function printProblem(error: unknown): Promise<void> {
  const { printError } = await import('./print-error.ts');
  printError(error);
}
