import { constants } from 'node:os';
import { isatty } from 'node:tty';

import type { Config } from '../config.ts';
import { ExporterError } from '../errors.ts';
import { proxyStdio, startServerProcess, type ProcessExit, type ServerProcess } from '../mcp/stdio-proxy.ts';
import { TrafficObserver } from '../mcp/traffic-observer.ts';
import { WatchedServer } from '../mcp/watched-server.ts';
import { systemClock } from '../monitor/clock.ts';
import { openWatch } from './command-watch.ts';
import { printError } from './print-error.ts';
import type { ProxyOptions } from './proxy-options.ts';
import { openStdin, openStdout } from './standard-streams.ts';

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
  const server = await startServerProcess(command, args, serverEnv(config)).catch(exitAsShellsDo);
  // Its start takes time, and so does ours.
  let exit: ProcessExit | null = null;
  handOnSignals(server, () => exit);
  const watch = await openWatch(options, options.problems);
  const { sessions } = watch;
  // Forwarding needs little; whatever else fails in this process must not end it.
  process.on('uncaughtException', (error) => sessions.reportError(error));
  const observer = new TrafficObserver({
    sessions,
    clock: systemClock,
    server: new WatchedServer({ name: serverName, onLimit: sessions.reportLimit }),
    transport: 'pipe',
    isCapturingPayloads: config.isCapturingPayloads,
    mcpSessionId: () => undefined,
  });
  exit = await proxyStdio({
    server,
    stdin: openStdin(),
    stdout: openStdout(),
    observer,
    sessions,
    serverName,
  });
  await watch.close();
  endLike(exit);
}

/** As ours; but the key to the hub is nothing that somebody else's program should have. */
function serverEnv({ hubUrl }: Config): NodeJS.ProcessEnv {
  if (hubUrl === undefined) return process.env;
  const { MONITORING_API_KEY: _, ...env } = process.env;
  return env;
}

const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP', 'SIGQUIT', 'SIGUSR1', 'SIGUSR2'] as const;
/** A terminal sends them to every process that it runs, the server among them. */
const OF_TERMINALS = new Set<NodeJS.Signals>(['SIGINT', 'SIGQUIT']);

function handOnSignals(server: ServerProcess, exited: () => ProcessExit | null): void {
  const isAtTerminal = [0, 1, 2].some(isatty);
  for (const signal of SIGNALS) {
    process.on(signal, () => {
      const exit = exited() ?? { code: server.exitCode, signal: server.signalCode };
      // It is gone, and somebody does not want to wait for what is left to do.
      if (exit.code !== null || exit.signal !== null) return endLike(exit);
      if (!(isAtTerminal && OF_TERMINALS.has(signal))) server.kill(signal);
    });
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
