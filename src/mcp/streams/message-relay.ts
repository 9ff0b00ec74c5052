import type { Readable, Writable } from 'node:stream';

import type { SessionRegistry } from '../../monitor/session-registry.ts';
import type { Direction } from '../../monitor/traffic-events.ts';
import type { TrafficObserver } from '../protocol/traffic-observer.ts';
import { LineReader } from '../wire/line-reader.ts';
import type { WireText } from '../wire/wire-text.ts';
import { relay, type Relay } from './relay-stream.ts';

export interface MessageRelayOptions {
  /** The client's side: what it says, and what it hears. */
  readonly stdin: Readable;
  readonly stdout: Writable;
  readonly toServer: Writable;
  readonly fromServer: Readable;
  readonly observer: TrafficObserver;
  readonly sessions: SessionRegistry;
}

/** The two directions of a conversation, with an observer beside them. */
export function relayMessages(options: MessageRelayOptions): { said: Relay; end: () => void } {
  const { stdin, stdout, toServer, fromServer, observer, sessions } = options;
  const guard = (observe: () => void) => {
    try {
      observe();
    } catch (error) {
      sessions.reportError(error);
    }
  };
  const clientLines = new LineReader((line) => guard(() => observeLine(line, 'client_to_server', observer)));
  const serverLines = new LineReader((line) => guard(() => observeLine(line, 'server_to_client', observer)));
  relay({ from: stdin, to: toServer, onChunk: (chunk) => clientLines.push(chunk) });
  const said = relay({ from: fromServer, to: stdout, onChunk: (chunk) => serverLines.push(chunk) });
  return { said, end: () => serverLines.end() };
}

function observeLine(line: WireText, direction: Direction, observer: TrafficObserver): void {
  const isFromClient = direction === 'client_to_server';
  const { messages, sizeBytes } = observer.read(line, direction);
  if (messages.length === 0) return observer.transportError(isFromClient ? 'parse' : 'stray_stdout');
  const facts = { sizeBytes };
  for (const message of messages) {
    if (isFromClient) observer.clientMessage(message, facts);
    else observer.serverMessage(message, facts);
  }
}
