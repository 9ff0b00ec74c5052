import { randomUUID } from 'node:crypto';

import type { SessionRegistry } from '../../monitor/session-registry.ts';
import { OPPOSITE, type Direction, type TransportErrorKind } from '../../monitor/traffic-events.ts';
import type { UnobservedReason } from '../../monitor/unobserved-reasons.ts';
import type { Config } from '../../settings/config.ts';
import { readMessage, type JsonRpcMessage } from '../wire/json-rpc.ts';
import type { MessageFacts } from '../wire/message-facts.ts';
import { readMessages, readValues, type ReadMessages, type ReadOptions } from '../wire/message-reader.ts';
import type { WireText } from '../wire/wire-text.ts';
import { CAPTURED_BYTES } from './captured-payload.ts';
import type { InFlight } from './in-flight.ts';
import { MessageRouter, type MessageRouterOptions } from './message-router.ts';
import type { ProcessExit, RequestEnd } from './request-end.ts';
import { SentMessages } from './sent-messages.ts';

export interface TrafficObserverOptions extends MessageRouterOptions {
  readonly config: Config;
}

/** The options that all observers of a server share. */
export type Observed = Pick<TrafficObserverOptions, 'clock' | 'server' | 'sessionOf' | 'config' | 'observer'>;

const NO_FACTS: MessageFacts = {};

/**
 * Watches the JSON-RPC messages of one connection in both directions. It publishes events to the session registry and
 * records tool calls as operations. A proxy passes the texts to {@link read}, and the messages to {@link clientMessage}
 * and {@link serverMessage}. The in-process hook uses {@link receive} and {@link send}. The observer never throws, never
 * waits and never changes a message. It passes each message to {@link MessageRouter}.
 *
 * @see {@link https://modelcontextprotocol.io/specification/2025-11-25/basic}
 */
export class TrafficObserver {
  readonly #sessions: SessionRegistry;
  readonly #router: MessageRouter;
  readonly #sent: SentMessages;
  readonly #reading: Readonly<Record<Direction, ReadOptions>>;

  constructor(options: TrafficObserverOptions) {
    const { sessions, sessionOf, config } = options;
    this.#sessions = sessions;
    this.#router = new MessageRouter(options);
    this.#sent = new SentMessages(this.#router);
    const parsedBytes = config.isCapturingPayloads ? CAPTURED_BYTES : undefined;
    const onLimit = sessions.reportLimit;
    this.#reading = {
      // `sessionOf` may read any argument, so every request is parsed in full if it is set.
      client_to_server: { onLimit, parsedBytes: sessionOf ? Infinity : parsedBytes },
      server_to_client: { onLimit, parsedBytes },
    };
  }

  /** Reads the messages of a text, as far as the observer needs them. */
  read(text: WireText, direction: Direction): ReadMessages {
    return this.#noteSkipped(readMessages(text, this.#reading[direction]), direction);
  }

  /** Reads messages of the client that are already parsed. */
  readParsed(values: readonly unknown[]): ReadMessages {
    return this.#noteSkipped(readValues(values, this.#sessions.reportLimit), 'client_to_server');
  }

  /**
   * Observes a message from the client.
   *
   * @returns the request that the message starts
   */
  clientMessage(message: JsonRpcMessage, facts: MessageFacts = NO_FACTS): InFlight | undefined {
    return this.#guard(() => this.#router.fromClient(message, facts));
  }

  /**
   * Observes a message from the server.
   *
   * @param own - requests of the client that the message answers first, if several have its id
   */
  serverMessage(message: JsonRpcMessage, facts: MessageFacts = NO_FACTS, own?: readonly InFlight[]): void {
    this.#guard(() => {
      this.#router.beforeSend(message, facts);
      this.#router.afterSend(message, facts, own);
    });
  }

  /** Observes a message from the client, then delivers it. A tool call runs inside its operation. */
  receive(message: unknown, deliver: () => void, facts?: MessageFacts): void {
    const read = this.#guard(() => readMessage(message));
    const operation = read ? this.clientMessage(read, facts)?.operation : null;
    if (operation) operation.run(deliver);
    else deliver();
  }

  /** Observes a message to the client, and sends it. Counts and rethrows an error of `transmit`. */
  async send(message: unknown, transmit: () => Promise<void>): Promise<void> {
    const read = this.#guard(() => readMessage(message));
    if (read) this.#guard(() => this.#sent.begin(read));
    try {
      await transmit();
    } catch (error) {
      this.transportError('send_failed');
      if (read) this.#guard(() => this.#sent.fail(read, error));
      throw error;
    }
    if (read) this.#guard(() => this.#sent.finish(read));
  }

  isInFlight(request: InFlight): boolean {
    return this.#router.requests.isInFlight(request);
  }

  /** Ends a request that no message will answer, if it is in flight. */
  endRequest(request: InFlight, end: RequestEnd): void {
    this.#guard(() => this.#router.requests.end(request, end));
  }

  /** Ends a request whose response could not be read. It must be in flight. */
  endUnobserved(request: InFlight, reason: UnobservedReason): void {
    this.#guard(() => this.#router.requests.stopTracking(request, reason));
  }

  /** Notes a request of the client that could not be read. */
  unreadRequest(): InFlight | undefined {
    this.#router.requests.skip('client_to_server', Infinity);
    return this.clientMessage({ kind: 'request', id: randomUUID(), method: '', params: {} });
  }

  /**
   * Notes that messages of one side could not be read. A message of the client counts as a request; the requests of the other
   * side that wait for a response may have got it.
   */
  unreadMessages(direction: Direction): void {
    const unread = direction === 'client_to_server' ? this.unreadRequest() : undefined;
    if (unread) this.endUnobserved(unread, 'too_large');
    this.#guard(() => this.#router.requests.missResponse(OPPOSITE[direction]));
  }

  transportError(kind: TransportErrorKind): void {
    this.#guard(() => this.#router.transportError(kind));
  }

  /** Call when the process of the server has started, if this connection alone uses it. Its session opens. */
  serverStarted(): void {
    this.#guard(() => this.#router.serverStarted());
  }

  /**
   * Call when that process has ended.
   *
   * @param end - the end of the requests in flight
   */
  serverExited(exit: ProcessExit, end: RequestEnd): void {
    this.#guard(() => this.#router.serverExited(exit, end));
    this.close(end);
  }

  /** Ends every request in flight; the connection stays open. */
  endInFlight(end: RequestEnd): void {
    this.#guard(() => this.#router.requests.closeAll(end));
  }

  /**
   * Call when the connection has closed.
   *
   * @param end - the end of the requests in flight
   * @defaultValue cancelled by the client
   */
  close(end?: RequestEnd): void {
    this.#guard(() => {
      if (this.#router.isClosed) return;
      this.#sent.finishAll();
      this.#router.close(end);
    });
  }

  #noteSkipped(read: ReadMessages, direction: Direction): ReadMessages {
    if (read.skipped > 0) this.#router.requests.skip(direction, read.skipped);
    return read;
  }

  /** A failure of the observer must never affect the watched server. */
  #guard<T>(observe: () => T): T | undefined {
    try {
      return observe();
    } catch (error) {
      this.#sessions.reportError(error);
      return undefined;
    }
  }
}
