import { randomUUID } from 'node:crypto';

import type { Clock } from '../../monitor/clock.ts';
import { knownMethod } from '../../monitor/mcp-vocabulary.ts';
import type { SessionRegistry } from '../../monitor/session-registry.ts';
import type {
  Direction,
  McpConnection,
  NetworkTransport,
  TransportErrorKind,
} from '../../monitor/traffic-events.ts';
import type { UnobservedReason } from '../../monitor/unobserved-reasons.ts';
import type { Config } from '../../settings/config.ts';
import { readMessage, type JsonRpcMessage } from '../wire/json-rpc.ts';
import type { MessageFacts } from '../wire/message-facts.ts';
import { readMessages, readValues, type ReadMessages, type ReadOptions } from '../wire/message-reader.ts';
import type { WireText } from '../wire/wire-text.ts';
import { CAPTURED_BYTES } from './captured-payload.ts';
import { ConnectionLifecycle } from './connection-lifecycle.ts';
import type { InFlight } from './in-flight.ts';
import { LearnedFacts } from './learned-facts.ts';
import { answeredWith, CLOSED, DISCONNECTED, sendFailed } from './request-end.ts';
import type { ProcessExit, RequestEnd } from './request-end.ts';
import { RequestTracker } from './request-tracker.ts';
import { ServerProcess } from './server-process.ts';
import { ToolOperations, type ToolOperationsOptions } from './tool-operation.ts';

export interface TrafficObserverOptions extends ToolOperationsOptions {
  readonly config: Config;
  readonly clock: Clock;
  readonly transport: NetworkTransport;
  /** How many requests in flight are tracked. @defaultValue the limit `requests_per_connection` */
  readonly maxRequests?: number;
}

/** The options that all observers of a server share. */
export type Observed = Pick<TrafficObserverOptions, 'clock' | 'server' | 'sessionOf' | 'config'>;

type Notification = Extract<JsonRpcMessage, { kind: 'notification' }>;
type Response = Extract<JsonRpcMessage, { kind: 'result' | 'error' }>;

const NO_FACTS: MessageFacts = {};

/**
 * Watches the JSON-RPC messages of one connection in both directions. It publishes events to the session registry and
 * records tool calls as operations. A proxy passes the texts to {@link read}, and the messages to {@link clientMessage}
 * and {@link serverMessage}. The in-process hook uses {@link receive} and {@link send}. The observer never throws, never
 * waits and never changes a message.
 *
 * A message goes to {@link ConnectionLifecycle} (version, open, close), to {@link RequestTracker} (requests in flight and
 * their operations) and to {@link LearnedFacts} (names, tasks, subscriptions).
 *
 * @see {@link https://modelcontextprotocol.io/specification/2025-11-25/basic}
 */
export class TrafficObserver {
  readonly #sessions: SessionRegistry;
  readonly #connection: McpConnection;
  readonly #lifecycle: ConnectionLifecycle;
  readonly #operations: ToolOperations;
  readonly #requests: RequestTracker;
  readonly #facts: LearnedFacts;
  readonly #process: ServerProcess;
  readonly #reading: Readonly<Record<Direction, ReadOptions>>;
  /** Messages to the client whose sending has not finished. */
  readonly #beingSent = new Set<JsonRpcMessage>();

  constructor(options: TrafficObserverOptions) {
    const { sessions, clock, server, transport, sessionOf } = options;
    const connection: McpConnection = { serverName: server.name, transport, protocolVersion: '' };
    const shared = { sessions, clock, server, connection };
    this.#sessions = sessions;
    this.#connection = connection;
    this.#operations = new ToolOperations(options);
    this.#lifecycle = new ConnectionLifecycle({
      ...shared,
      isSessionless: () => this.#operations.isSessionless,
    });
    this.#facts = new LearnedFacts(shared);
    this.#process = new ServerProcess((server) =>
      this.#operations.openSession({ server, client: this.#lifecycle.client }),
    );
    this.#requests = new RequestTracker({
      ...shared,
      maxRequests: options.maxRequests,
      startOperation: (call) => this.#operations.start(call, this.#lifecycle.client),
    });
    const parsedBytes = this.#operations.isCapturingPayloads ? CAPTURED_BYTES : undefined;
    const onLimit = sessions.reportLimit;
    this.#reading = {
      // `sessionOf` may read any argument, so every request is parsed in full if it is set.
      client_to_server: { onLimit, parsedBytes: sessionOf ? Infinity : parsedBytes },
      server_to_client: { onLimit, parsedBytes },
    };
  }

  /** Reads the messages of a text, as far as the observer needs them. */
  read(text: WireText, direction: Direction): ReadMessages {
    return this.#noteSkipped(readMessages(text, this.#reading[direction]));
  }

  /** Reads messages that are already parsed. */
  readParsed(values: readonly unknown[]): ReadMessages {
    return this.#noteSkipped(readValues(values, this.#sessions.reportLimit));
  }

  /**
   * Observes a message from the client.
   *
   * @returns the request that the message starts
   */
  clientMessage(message: JsonRpcMessage, facts: MessageFacts = NO_FACTS): InFlight | undefined {
    return this.#guard(() => this.#onClientMessage(message, facts));
  }

  /**
   * Observes a message from the server.
   *
   * @param own - requests of the client that the message answers first, if several have its id
   */
  serverMessage(message: JsonRpcMessage, facts: MessageFacts = NO_FACTS, own?: readonly InFlight[]): void {
    this.#guard(() => {
      this.#beforeSend(message, facts);
      this.#afterSend(message, facts, own);
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
    const read = this.#guard(() => readMessage(message)) ?? null;
    this.#guard(() => this.#onSending(read));
    try {
      await transmit();
    } catch (error) {
      this.#guard(() => this.#onSendFailed(read, error));
      throw error;
    }
    this.#guard(() => this.#onSent(read));
  }

  isInFlight(request: InFlight): boolean {
    return this.#requests.isInFlight(request);
  }

  /** Ends a request that no message will answer, if it is in flight. */
  endRequest(request: InFlight, end: RequestEnd): void {
    this.#guard(() => this.#requests.end(request, end));
  }

  /** Ends a request whose response could not be read. It must be in flight. */
  endUnobserved(request: InFlight, reason: UnobservedReason): void {
    this.#guard(() => this.#requests.stopTracking(request, reason));
  }

  /** Notes a request of the client that could not be read. */
  unreadRequest(): InFlight | undefined {
    this.#requests.skip(Infinity);
    return this.clientMessage({ kind: 'request', id: randomUUID(), method: '', params: {} });
  }

  /**
   * Notes that messages of one side could not be read. A message of the client counts as a request; the requests of the other
   * side that wait for a response may have got it.
   */
  unreadMessages(direction: Direction): void {
    const isFromClient = direction === 'client_to_server';
    const unread = isFromClient ? this.unreadRequest() : undefined;
    if (unread) this.endUnobserved(unread, 'too_large');
    this.#guard(() => this.#requests.missResponse(isFromClient ? 'server_to_client' : 'client_to_server'));
  }

  transportError(kind: TransportErrorKind): void {
    this.#guard(() =>
      this.#sessions.publish({ type: 'transport_error', connection: this.#connection, kind }),
    );
  }

  /** Call when the process of the server has started, if this connection alone uses it. Its session opens. */
  serverStarted(): void {
    this.#guard(() => this.#process.started());
  }

  /**
   * Call when that process has ended.
   *
   * @param end - the end of the requests in flight
   */
  serverExited(exit: ProcessExit, end: RequestEnd): void {
    this.#guard(() => this.#process.ended(exit, end, this.#lifecycle.isInitializing));
    this.close(end);
  }

  /** Ends every request in flight; the connection stays open. */
  endInFlight(end: RequestEnd): void {
    this.#guard(() => this.#requests.closeAll(end));
  }

  /**
   * Call when the connection has closed.
   *
   * @param end - the end of the requests in flight
   * @defaultValue cancelled by the client
   */
  close(end?: RequestEnd): void {
    this.#guard(() => this.#onClose(end));
  }

  #noteSkipped(read: ReadMessages): ReadMessages {
    if (read.skipped > 0) this.#requests.skip(read.skipped);
    return read;
  }

  #onClientMessage(message: JsonRpcMessage, facts: MessageFacts): InFlight | undefined {
    if (this.#lifecycle.isClosed) return undefined;
    switch (message.kind) {
      case 'request':
        this.#lifecycle.onRequest(message, facts);
        return this.#requests.start(message, 'client_to_server', facts);
      case 'notification':
        this.#onNotification(message, 'client_to_server', facts);
        return undefined;
      case 'result':
      case 'error':
        this.#onResponse(message, 'server_to_client', facts);
        return undefined;
    }
  }

  #beforeSend(message: JsonRpcMessage, facts: MessageFacts): void {
    if (message.kind === 'request') this.#requests.start(message, 'server_to_client', facts);
    if (message.kind === 'notification') this.#onNotification(message, 'server_to_client', facts);
  }

  #afterSend(message: JsonRpcMessage, facts: MessageFacts, own?: readonly InFlight[]): void {
    if (message.kind === 'result' || message.kind === 'error') {
      this.#onResponse(message, 'client_to_server', facts, own);
    }
  }

  #onSending(message: JsonRpcMessage | null): void {
    if (!message) return;
    this.#beingSent.add(message);
    this.#beforeSend(message, NO_FACTS);
  }

  #onSent(message: JsonRpcMessage | null): void {
    if (message && this.#beingSent.delete(message)) this.#afterSend(message, NO_FACTS);
  }

  #onSendFailed(message: JsonRpcMessage | null, error: unknown): void {
    this.transportError('send_failed');
    if (!message || !this.#beingSent.delete(message)) return;
    if (message.kind === 'notification' || message.id === null) return;
    const direction = message.kind === 'request' ? 'server_to_client' : 'client_to_server';
    const inFlight = this.#requests.answeredBy(message.id, direction);
    if (inFlight) this.#requests.end(inFlight, sendFailed(error));
  }

  /** @param direction - of the request that the response answers */
  #onResponse(
    response: Response,
    direction: Direction,
    { sizeBytes }: MessageFacts,
    own?: readonly InFlight[],
  ): void {
    if (response.id === null) return;
    const inFlight = this.#requests.answeredBy(response.id, direction, own);
    if (!inFlight) {
      if (!this.#requests.takeLateAnswer(response.id)) this.transportError('unknown_id');
      return;
    }
    const { method } = inFlight.request;
    const end = answeredWith(response, method, sizeBytes);
    const result = response.kind === 'result' && end.errorType === '' ? response.result : null;
    if (method === 'initialize') this.#lifecycle.onInitialized(result);
    if (result && direction === 'client_to_server') {
      this.#lifecycle.onServerResult(result);
      this.#process.answered();
    }
    if (result) this.#facts.onSuccess(inFlight, result);
    this.#requests.answer(inFlight, end);
  }

  #onNotification({ method, params }: Notification, direction: Direction, { sizeBytes }: MessageFacts): void {
    const known = knownMethod(method);
    const connection = this.#connection;
    this.#sessions.publish({
      type: 'notification',
      connection,
      direction,
      method: known,
      sizeBytes: sizeBytes ?? null,
    });
    if (known === 'notifications/cancelled') this.#requests.cancel(params, direction);
    if (known === 'notifications/tasks/status') this.#facts.noteTask(params);
    if (known === 'notifications/progress' && direction === 'server_to_client') this.#onProgress(params);
  }

  #onProgress(params: Notification['params']): void {
    const inFlight = this.#requests.findByProgressToken(params);
    const toolName = inFlight?.request.toolName ?? '';
    this.#sessions.publish({ type: 'progress_notified', connection: this.#connection, toolName });
    inFlight?.operation?.progress(params);
  }

  #onClose(end?: RequestEnd): void {
    if (this.#lifecycle.isClosed) return;
    // A connection may close with its last response, before `transmit` has resolved.
    for (const message of this.#beingSent) this.#afterSend(message, NO_FACTS);
    this.#beingSent.clear();
    this.#lifecycle.close();
    this.#requests.closeAll(end ?? (this.#operations.isSessionless ? DISCONNECTED : CLOSED));
    this.#facts.clear();
    this.#operations.close();
    this.#lifecycle.publishClose(!end || end.cancellation ? '' : end.errorType);
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
