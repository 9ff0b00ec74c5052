import { spawn, type ChildProcessByStdio } from 'node:child_process';
import type { Readable, Writable } from 'node:stream';

import { ExporterError, errorMessage } from '../../errors.ts';
import type { ChildExitReason } from '../../monitor/traffic-events.ts';
import type { ConversationEnd } from './conversation-end.ts';
import { CLOSED, type ProcessExit, type RequestEnd } from '../protocol/request-end.ts';
import { relayMessages } from '../streams/message-relay.ts';
import type { Relay } from '../streams/relay-stream.ts';
import type { StdioWatch } from './stdio-watch.ts';

/** A running MCP server that speaks stdio; its stderr is ours. */
export type ServerProcess = ChildProcessByStdio<Writable, Readable, null>;

export interface StdioProxyOptions {
  readonly server: ServerProcess;
  /** The client's side: what it says, and what it hears. */
  readonly stdin: Readable;
  readonly stdout: Writable;
  readonly watch: StdioWatch;
  /** Learns who leaves first. */
  readonly ending: ConversationEnd;
}

const STDOUT_CLOSED: RequestEnd = {
  errorType: 'connection_closed',
  error: 'the server closed its stdout before it responded',
};

/** A process that the server started may hold its stdout open; it is not waited for longer than this. */
const STDOUT_GRACE_MS = 1000;

/** What nobody reads when a process ends, Node throws away; somebody will read it. */
const holdUnread = (): void => undefined;

/** Starts a server; `started` rejects with ExporterError `server_not_started` if the command cannot be run. */
export function spawnServer(
  command: string,
  args: readonly string[],
  env: NodeJS.ProcessEnv,
): { server: ServerProcess; started: Promise<void> } {
  const server = spawn(command, args, { stdio: ['pipe', 'pipe', 'inherit'], env });
  server.stdout.on('readable', holdUnread);
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
 * Hands on every byte between a client and a server, in both directions, as it comes, and looks on at the messages
 * that they are. Neither side can tell that there is a proxy.
 *
 * @returns when the server's process has ended, and the client has all that it said
 * @see {@link https://modelcontextprotocol.io/specification/2025-11-25/basic/transports#stdio}
 */
export async function proxyStdio(options: StdioProxyOptions): Promise<ProcessExit> {
  const { server, watch, ending } = options;
  server.stdout.off('readable', holdUnread);
  watch.serverStarted();
  const said = relayMessages({ ...options, toServer: server.stdin, fromServer: server.stdout });
  followEnds(options);
  const exit = await exitOf(server);
  ending.serverExited();
  await settled(said);
  watch.serverExited(reasonOf(exit), ending.endOf(exit));
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
    // Its process usually ends at once, which says more.
    setTimeout(() => watch.endInFlight(STDOUT_CLOSED), STDOUT_GRACE_MS).unref();
  });
}

function exitOf(server: ServerProcess): Promise<ProcessExit> {
  const { exitCode: code, signalCode: signal } = server;
  if (code !== null || signal !== null) return Promise.resolve({ code, signal });
  return new Promise((resolve) => server.once('exit', (code, signal) => resolve({ code, signal })));
}

/** Waits until the client has what the server has said; where somebody else holds the server's stdout, only so long. */
async function settled(said: Relay): Promise<void> {
  let bytesBefore = said.bytes;
  let timer: NodeJS.Timeout | undefined;
  const quiet = new Promise<void>((resolve) => {
    timer = setInterval(() => {
      if (said.bytes === bytesBefore && !said.isBlocked) resolve();
      bytesBefore = said.bytes;
    }, STDOUT_GRACE_MS);
  });
  await Promise.race([said.done, quiet]);
  clearInterval(timer);
}

function reasonOf({ code, signal }: ProcessExit): ChildExitReason {
  if (signal !== null) return 'signal';
  return code === 0 ? 'success' : 'failure';
}
