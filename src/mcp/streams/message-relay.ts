import type { Readable, Writable } from 'node:stream';

import type { Direction } from '../../monitor/traffic-events.ts';
import { relay, type Relay } from './relay-stream.ts';

/** Sees what both sides send. */
export interface StreamWatch {
  /** One side has sent this, which ends anywhere. */
  sent(direction: Direction, chunk: Buffer): void;
}

export interface MessageRelayOptions {
  /** The client's side: what it says, and what it hears. */
  readonly stdin: Readable;
  readonly stdout: Writable;
  readonly toServer: Writable;
  readonly fromServer: Readable;
  readonly watch: StreamWatch;
}

/**
 * The two directions of a conversation, with a watch beside them.
 *
 * @returns the server's direction
 */
export function relayMessages({ stdin, stdout, toServer, fromServer, watch }: MessageRelayOptions): Relay {
  relay({ from: stdin, to: toServer, onChunk: (chunk) => watch.sent('client_to_server', chunk) });
  return relay({ from: fromServer, to: stdout, onChunk: (chunk) => watch.sent('server_to_client', chunk) });
}
