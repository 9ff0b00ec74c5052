import type { ChildProcessByStdio, spawn } from 'node:child_process';
import type { Readable, Writable } from 'node:stream';

import { ExporterError, errorMessage } from '../../errors.ts';
import type { ConversationEnd } from './conversation-end.ts';
import { CLOSED, type ProcessExit, type RequestEnd } from '../protocol/request-end.ts';
import { relayMessages } from '../streams/message-relay.ts';
import type { Relay } from '../streams/relay-stream.ts';
import type { StdioWatch } from './stdio-watch.ts';

/** A running MCP server over stdio. It inherits this process's stderr. */
export type ServerProcess = ChildProcessByStdio<Writable, Readable, null>;

export interface StdioProxyOptions {
  readonly server: ServerProcess;
  /** Messages from the client. */
  readonly stdin: Readable;
  /** Messages to the client. */
  readonly stdout: Writable;
  readonly watch: StdioWatch;
  /** Determines which side ended the conversation. */
  readonly ending: ConversationEnd;
}

const STDOUT_CLOSED: RequestEnd = {
  errorType: 'connection_closed',
  error: 'the server closed its stdout before it responded',
};

/** Time to wait for a stdout that a child process of the server holds open. */
const STDOUT_GRACE_MS = 1000;

/** The exit code of POSIX shells for a missing command. */
export const COMMAND_NOT_FOUND = 127;

/** Node discards unread output of a process that ends, unless there is a 'readable' listener. */
const keepUnread = (): void => undefined;

export interface ServerCommand {
  readonly command: string;
  readonly args: readonly string[];
  readonly env: NodeJS.ProcessEnv;
  readonly spawn: typeof spawn;
}

/** Starts a server. `started` rejects with ExporterError `server_not_started` if the command cannot be run. */
export function spawnServer({ command, args, env, spawn }: ServerCommand): {
  server: ServerProcess;
  started: Promise<void>;
} {
  const server = spawn(command, args, { stdio: ['pipe', 'pipe', 'inherit'], env });
  server.stdout.on('readable', keepUnread);
  const started = new Promise<void>((resolve, reject) => {
    server.once('spawn', () => resolve());
    server.once('error', (cause) => {
      const message = `cannot start ${JSON.stringify(command)}: ${errorMessage(cause)}`;
      reject(new ExporterError('server_not_started', message, { cause }));
    });
  });
  return { server, started };
}

/**
 * Forwards every byte between a client and a server in both directions, and observes the messages. The proxy is transparent
 * to both sides.
 *
 * @returns when the server's process has ended, and its output has been forwarded
 * @see {@link https://modelcontextprotocol.io/specification/2025-11-25/basic/transports#stdio}
 */
export async function proxyStdio(options: StdioProxyOptions): Promise<ProcessExit> {
  const { server, watch, ending } = options;
  server.stdout.off('readable', keepUnread);
  watch.serverStarted(server.pid);
  const output = relayMessages({ ...options, toServer: server.stdin, fromServer: server.stdout });
  followEnds(options);
  const exit = await exitOf(server);
  ending.serverExited();
  await drained(output);
  watch.serverExited(exit, ending.endOf(exit));
  return exit;
}

function followEnds({ server, stdin, stdout, watch, ending }: StdioProxyOptions): void {
  stdin.once('error', () => ending.clientLeft());
  stdin.once('end', () => {
    if (ending.clientClosedStdin()) watch.endInFlight(CLOSED);
  });
  stdout.once('error', () => ending.clientLeft());
  server.stdout.once('end', () => {
    if (!ending.serverClosedStdout()) return;
    // The process usually ends at once, and its exit code tells more.
    setTimeout(() => watch.endInFlight(STDOUT_CLOSED), STDOUT_GRACE_MS).unref();
  });
}

function exitOf(server: ServerProcess): Promise<ProcessExit> {
  const { exitCode: code, signalCode: signal } = server;
  if (code !== null || signal !== null) return Promise.resolve({ code, signal });
  return new Promise((resolve) => {
    server.once('exit', (code, signal) => resolve({ code, signal }));
    // On Windows, cmd.exe starts and finds no such command. cross-spawn then reports this instead of the exit.
    server.on('error', (error) => {
      if ('code' in error && error.code === 'ENOENT') resolve({ code: COMMAND_NOT_FOUND, signal: null });
    });
  });
}

/** Waits until the server's output is forwarded. If a child process holds stdout open, waits only while data arrives. */
async function drained(output: Relay): Promise<void> {
  let bytesBefore = output.bytes;
  let timer: NodeJS.Timeout | undefined;
  const quiet = new Promise<void>((resolve) => {
    timer = setInterval(() => {
      if (output.bytes === bytesBefore && !output.isBlocked) resolve();
      bytesBefore = output.bytes;
    }, STDOUT_GRACE_MS);
  });
  await Promise.race([output.done, quiet]);
  clearInterval(timer);
}
