import { constants } from 'node:os';
import { isatty } from 'node:tty';

import { startChildGuard } from '../processes/child-guard.ts';
import { withoutSecrets } from '../settings/config.ts';
import { ExporterError } from '../errors.ts';
import { ConversationEnd } from '../mcp/stdio/conversation-end.ts';
import { CLOSED, type ProcessExit } from '../mcp/protocol/request-end.ts';
import { proxyStdio, spawnServer, type ServerProcess } from '../mcp/stdio/stdio-proxy.ts';
import { TrafficObserver } from '../mcp/protocol/traffic-observer.ts';
import { WatchedServer } from '../mcp/protocol/watched-server.ts';
import { systemClock } from '../monitor/clock.ts';
import { descendantsOf, isRunning, type KnownProcess } from '../processes/process-tree.ts';
import { openWatch } from './command-watch.ts';
import { printError } from './print-error.ts';
import type { ProxyOptions } from './proxy-options.ts';
import { openStdin, openStdout } from './standard-streams.ts';
import { STOP_SIGNALS } from './stop-signals.ts';

/** In front of a command that speaks stdio: started in its place, and ending as it does. */
export async function proxyCommand(
  options: ProxyOptions & {
    readonly command: string;
    readonly args: readonly string[];
    /** Flags and settings that were not valid. */
    readonly problems: readonly Error[];
  },
): Promise<void> {
  const { command, args, serverName, config } = options;
  const running = new RunningServer(command, args);
  await running.started.catch(exitAsShellsDo);
  // Its start takes time, and so does ours.
  const watch = await openWatch(options, options.problems);
  const { sessions } = watch;
  // Forwarding needs little; whatever else fails in this process must not end it.
  process.on('uncaughtException', (error) => sessions.reportError(error));
  const observer = new TrafficObserver({
    sessions,
    clock: systemClock,
    server: new WatchedServer({ name: serverName, onLimit: sessions.reportLimit }),
    transport: 'pipe',
    config,
    mcpSessionId: () => undefined,
  });
  running.onClientFinished = () => observer.endInFlight(CLOSED);
  const exit = await proxyStdio({
    server: running.server,
    stdin: openStdin(),
    stdout: openStdout(),
    observer,
    sessions,
    serverName,
    ending: running.ending,
  });
  await watch.close();
  endLike(exit);
}

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
function exitAsShellsDo(error: unknown): never {
  if (!(error instanceof ExporterError)) throw error;
  printError(error);
  const { cause } = error;
  process.exit(cause instanceof Error && 'code' in cause && cause.code === 'ENOENT' ? 127 : 126);
}
