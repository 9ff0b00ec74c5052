import type { SessionRegistry } from '../../monitor/session-registry.ts';
import type { Direction } from '../../monitor/traffic-events.ts';
import type { TrafficObserver } from '../protocol/traffic-observer.ts';
import { LineReader } from '../wire/line-reader.ts';
import type { WireText } from '../wire/wire-text.ts';
import type { StreamWatch } from './message-relay.ts';

export interface ObservedLinesOptions {
  readonly observer: TrafficObserver;
  readonly sessions: SessionRegistry;
}

/** Reads both sides' messages, one per line, for an observer. A message that cannot be observed is reported. */
export class ObservedLines implements StreamWatch {
  readonly #readers: Readonly<Record<Direction, LineReader>>;

  constructor({ observer, sessions }: ObservedLinesOptions) {
    const readLines = (direction: Direction) =>
      new LineReader((line) => {
        try {
          observeLine(line, direction, observer);
        } catch (error) {
          sessions.reportError(error);
        }
      });
    this.#readers = {
      client_to_server: readLines('client_to_server'),
      server_to_client: readLines('server_to_client'),
    };
  }

  sent(direction: Direction, chunk: Buffer): void {
    this.#readers[direction].push(chunk);
  }

  /** Call when the server's output ends: an unterminated last line counts as a line. */
  serverEnded(): void {
    this.#readers.server_to_client.end();
  }
}

function observeLine(line: WireText, direction: Direction, observer: TrafficObserver): void {
  const isFromClient = direction === 'client_to_server';
  const { messages, sizeBytes, skipped } = observer.read(line, direction);
  const facts = { sizeBytes };
  for (const message of messages) {
    if (isFromClient) observer.clientMessage(message, facts);
    else observer.serverMessage(message, facts);
  }
  if (skipped > 0) observer.unreadMessages(direction);
  else if (messages.length === 0) observer.transportError(isFromClient ? 'parse' : 'stray_stdout');
}
