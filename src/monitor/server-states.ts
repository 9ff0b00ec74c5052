/**
 * States of the process of an MCP server:
 *
 * - `starting`: it has not answered a request yet
 * - `ready`: it has answered a request
 * - `exited`: it ended after its client, or without an error
 * - `crashed`: it ended by itself, with an error or by a signal
 * - `never_initialized`: it ended, or its client gave up, before it answered `initialize`
 */
export const SERVER_STATES = ['starting', 'ready', 'exited', 'crashed', 'never_initialized'] as const;

export type ServerState = (typeof SERVER_STATES)[number];

/** The state of a server's process, and the reason for it. */
export interface ServerStatus {
  readonly state: ServerState;
  /** How it ended; null while it runs. */
  readonly reason: string | null;
}

export function isRunning(state: ServerState | null): boolean {
  return state === 'starting' || state === 'ready';
}

/** An HTTP server that its proxy cannot reach. */
export interface UnreachableServer {
  readonly serverName: string;
  /** Null if the proxy did not report it. */
  readonly reason: string | null;
  /** When the exporter learned that the server is unreachable. */
  readonly since: Date;
}
