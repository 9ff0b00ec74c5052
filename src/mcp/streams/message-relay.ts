import type { Readable, Writable } from 'node:stream';

import type { Direction } from '../../monitor/traffic-events.ts';
import { relay, type Relay } from './relay-stream.ts';

/** Receives the data that both sides send. */
export interface StreamWatch {
  /** One side has sent a chunk. It may end within a line. */
  sent(direction: Direction, chunk: Buffer): void;
}

export interface MessageRelayOptions {
  /** Messages from the client. */
  readonly stdin: Readable;
  /** Messages to the client. */
  readonly stdout: Writable;
  readonly toServer: Writable;
  readonly fromServer: Readable;
  readonly watch: StreamWatch;
}

/**
 * Forwards both directions of a conversation, and passes a copy to a watch.
 *
 * @returns the direction from the server to the client
 */
export function relayMessages({ stdin, stdout, toServer, fromServer, watch }: MessageRelayOptions): Relay {
  relay({ from: stdin, to: toServer, onChunk: (chunk) => watch.sent('client_to_server', chunk) });
  return relay({ from: fromServer, to: stdout, onChunk: (chunk) => watch.sent('server_to_client', chunk) });
}
