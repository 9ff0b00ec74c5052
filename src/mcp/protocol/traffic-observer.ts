import type { Clock } from '../../monitor/clock.ts';
import { LIMITS } from '../../monitor/limits.ts';
import { knownMethod, knownVersion } from '../../monitor/mcp-vocabulary.ts';
import type { SessionRegistry } from '../../monitor/session-registry.ts';
import {
  OTHER,
  type Direction,
  type McpConnection,
  type NetworkTransport,
  type TransportErrorKind,
} from '../../monitor/traffic-events.ts';
import { wireText } from '../../monitor/wire-name.ts';
import { CAPTURED_BYTES } from './captured-payload.ts';
import { readMessage, textOf, type JsonRpcMessage, type RequestId } from '../wire/json-rpc.ts';
import type { MessageFacts } from '../wire/message-facts.ts';
import { CLOSED, DISCONNECTED, sendFailed, type RequestEnd } from './request-end.ts';
import { protocolVersionOf, serverVersionOf, toolErrorText } from '../wire/request-meta.ts';
import type { InFlight } from './in-flight.ts';
import { RequestTracker } from './request-tracker.ts';
import { SubscriptionTracker } from './subscription-tracker.ts';
import { TaskTracker } from './task-tracker.ts';
import { ToolOperations, type ToolOperation, type ToolOperationsOptions } from './tool-operation.ts';
import { readWire } from '../wire/wire-message.ts';
import type { WireText } from '../wire/wire-text.ts';

export interface TrafficObserverOptions extends ToolOperationsOptions {
  readonly clock: Clock;
  readonly transport: NetworkTransport;
  /** How many requests in flight are followed. @defaultValue the limit `requests_per_connection` */
  readonly maxRequests?: number;
}

/** What all observers of a server share. */
export type Observed = Pick<TrafficObserverOptions, 'clock' | 'server' | 'sessionOf' | 'isCapturingPayloads'>;

type Request = Extract<JsonRpcMessage, { kind: 'request' }>;
type Notification = Extract<JsonRpcMessage, { kind: 'notification' }>;
type Response = Extract<JsonRpcMessage, { kind: 'result' | 'error' }>;
type Result = Extract<JsonRpcMessage, { kind: 'result' }>['result'];

const MAX_VERSION = 64;

/**
 * Watches the JSON-RPC messages of one connection, in both directions, and states what it saw: to the session
 * registry as events, and for tool calls as operations. Whoever has the messages hands them over: a proxy through
 * {@link clientMessage} and {@link serverMessage}, a hook that messages pass through by {@link receive} and
 * {@link send}. The observer never throws, never waits and never changes one.
 *
 * @see {@link https://modelcontextprotocol.io/specification/2025-11-25/basic}
 */
export class TrafficObserver {
  readonly #options: TrafficObserverOptions;
  readonly #sessions: SessionRegistry;
  readonly #clock: Clock;
  readonly #connection: McpConnection;
  readonly #operations: ToolOperations;
  readonly #requests: RequestTracker;
  readonly #tasks: TaskTracker;
  readonly #subscriptions: SubscriptionTracker;
  /** Messages to the client that are on their way. */
  readonly #beingSent = new Set<JsonRpcMessage>();
  readonly #createdAtMs: number;
  #isInitializing = false;
  #state: 'new' | 'open' | 'closed' = 'new';

  constructor(options: TrafficObserverOptions) {
    const { sessions, clock, server, transport } = options;
    const connection: McpConnection = { serverName: server.name, transport, protocolVersion: '' };
    this.#options = options;
    this.#sessions = sessions;
    this.#clock = clock;
    this.#connection = connection;
    this.#createdAtMs = clock.monotonic();
    this.#operations = new ToolOperations(options);
    this.#requests = new RequestTracker({
      sessions,
      clock,
      connection,
      server,
      maxRequests: options.maxRequests,
      startOperation: (call) => this.#operations.start(call),
    });
    this.#subscriptions = new SubscriptionTracker(
      (change) => sessions.publish({ type: 'subscriptions_changed', connection, change }),
      sessions.allowance('subscriptions_total'),
      sessions.reportLimit,
    );
    this.#tasks = new TaskTracker((status, durationMs) => {
      const durationSeconds = durationMs === null ? null : durationMs / 1000;
      sessions.publish({ type: 'task_changed', connection, status, durationSeconds });
    }, sessions.reportLimit);
  }

  /** The messages of a text of this connection, as far as they matter here; null where it cannot be read. */
  read(text: WireText): unknown[] | null {
    let { isCut } = text;
    const messages = readWire(text, this.#operations.isCapturing ? CAPTURED_BYTES : undefined, (limit) => {
      isCut = true;
      this.#sessions.reportLimit(limit);
    });
    const isRead = messages !== null && messages.length > 0;
    // Nobody knows how many requests were in it.
    if (isCut && !isRead) this.#requests.skip(Infinity);
    return this.readable(messages);
  }

  /** So many of the messages of a batch as are looked at. */
  readable<T extends readonly unknown[] | null>(messages: T): T | unknown[] {
    const unread = (messages?.length ?? 0) - LIMITS.batch_messages.max;
    if (!messages || unread <= 0) return messages;
    this.#sessions.reportLimit('batch_messages', unread);
    this.#requests.skip(unread);
    return messages.slice(0, LIMITS.batch_messages.max);
  }

  /**
   * Observes a message from the client.
   *
   * @returns the operation that it starts, where it is a tool call
   */
  clientMessage(message: unknown, facts: MessageFacts = {}): ToolOperation | null {
    return this.#guard(() => this.#onClientMessage(readMessage(message), facts))?.operation ?? null;
  }

  /** Observes a message from the server. */
  serverMessage(message: unknown, facts: MessageFacts = {}): void {
    const read = this.#guard(() => readMessage(message)) ?? null;
    this.#guard(() => this.#beforeSend(read, facts));
    this.#guard(() => this.#afterSend(read, facts));
  }

  /** Observes a message from the client, then hands it on: a tool call runs inside its operation. */
  receive(message: unknown, deliver: () => void, facts?: MessageFacts): void {
    const operation = this.clientMessage(message, facts);
    if (operation) operation.run(deliver);
    else deliver();
  }

  /** Observes a message to the client, and sends it. What `transmit` throws is counted and thrown on. */
  async send(message: unknown, transmit: () => Promise<void>): Promise<void> {
    const read = this.#guard(() => readMessage(message)) ?? null;
    this.#guard(() => this.#beforeSend(read, {}));
    if (read) this.#beingSent.add(read);
    try {
      await transmit();
    } catch (error) {
      if (read) this.#beingSent.delete(read);
      this.#guard(() => this.#onSendFailed(read, error));
      throw error;
    }
    if (read && this.#beingSent.delete(read)) this.#guard(() => this.#afterSend(read, {}));
  }

  /**
   * Whether a request of the client has not ended.
   *
   * @param key - the {@link wireKey} of its id
   */
  isInFlight(key: RequestId): boolean {
    return this.#requests.findByKey(key, 'client_to_server') !== undefined;
  }

  /** Ends a request of the client, where it has not ended: no message will tell how. */
  endRequest(key: RequestId, end: RequestEnd): void {
    this.#guard(() => {
      const inFlight = this.#requests.findByKey(key, 'client_to_server');
      if (inFlight) this.#requests.end(inFlight, end);
    });
  }

  /** Lets go of a request of the client that has not ended: its answer could not be read. */
  unfollowRequest(key: RequestId): void {
    this.#guard(() => {
      const inFlight = this.#requests.findByKey(key, 'client_to_server');
      if (inFlight) this.#requests.unfollow(inFlight, 'its answer could not be read');
    });
  }

  transportError(kind: TransportErrorKind): void {
    this.#guard(() =>
      this.#sessions.publish({ type: 'transport_error', connection: this.#connection, kind }),
    );
  }

  /** Ends every request in flight; the connection stays open. */
  endInFlight(end: RequestEnd): void {
    this.#guard(() => this.#requests.closeAll(end));
  }

  /**
   * The connection has closed.
   *
   * @param end - how requests end that are in flight
   * @defaultValue as cancelled by the client
   */
  close(end?: RequestEnd): void {
    this.#guard(() => this.#onClose(end));
  }

  #onClientMessage(message: JsonRpcMessage | null, facts: MessageFacts): InFlight | undefined {
    if (this.#state === 'closed') return undefined;
    switch (message?.kind) {
      case 'request':
        this.#settleVersion(message, facts);
        return this.#requests.start(message, 'client_to_server', facts);
      case 'notification':
        this.#onNotification(message, 'client_to_server', facts);
        return undefined;
      case 'result':
      case 'error':
        this.#onResponse(message, 'server_to_client', facts);
        return undefined;
      case undefined:
        return undefined;
    }
  }

  /**
   * `initialize` settles the version with its answer, also for what comes before that. Any other first request has one
   * already; but `server/discover` over a pipe may be a probe, and the old handshake follow.
   */
  #settleVersion({ method, params }: Request, facts: MessageFacts): void {
    if (method === 'initialize') this.#isInitializing = true;
    const isProbe = method === 'server/discover' && !this.#operations.isSessionless;
    if (!this.#isInitializing && !isProbe) this.#open(facts.protocolVersion ?? protocolVersionOf(params));
  }

  #beforeSend(message: JsonRpcMessage | null, facts: MessageFacts): void {
    if (message?.kind === 'request') this.#requests.start(message, 'server_to_client', facts);
    if (message?.kind === 'notification') this.#onNotification(message, 'server_to_client', facts);
  }

  #afterSend(message: JsonRpcMessage | null, facts: MessageFacts): void {
    if (message?.kind === 'result' || message?.kind === 'error') {
      this.#onResponse(message, 'client_to_server', facts);
    }
  }

  #onSendFailed(message: JsonRpcMessage | null, error: unknown): void {
    this.transportError('send_failed');
    if (!message || message.kind === 'notification' || message.id === null) return;
    const direction = message.kind === 'request' ? 'server_to_client' : 'client_to_server';
    const inFlight = this.#requests.find(message.id, direction);
    if (inFlight) this.#requests.end(inFlight, sendFailed(error));
  }

  #onResponse(response: Response, direction: Direction, { sizeBytes }: MessageFacts): void {
    if (response.id === null) return;
    const inFlight = this.#requests.find(response.id, direction);
    if (!inFlight) {
      if (!this.#requests.takeLateAnswer(response.id)) this.transportError('unknown_id');
      return;
    }
    if (inFlight.request.method === 'initialize') this.#isInitializing = false;
    if (response.kind === 'error') {
      const errorType = response.code === null ? OTHER : String(response.code);
      return this.#requests.end(inFlight, { errorType, error: response.message, sizeBytes });
    }
    const { result } = response;
    if (inFlight.request.method === 'tools/call' && result['isError'] === true) {
      return this.#requests.end(inFlight, {
        errorType: 'tool_error',
        error: toolErrorText(result),
        result,
        sizeBytes,
      });
    }
    this.#onSuccess(inFlight, result);
    const inputRequired = result['resultType'] === 'input_required';
    this.#requests.end(inFlight, { errorType: '', inputRequired, result, sizeBytes });
  }

  /** What a success tells beside itself. */
  #onSuccess({ request, name, uriKey }: InFlight, result: Result): void {
    const { tools, prompts } = this.#options.server;
    if (request.method === 'initialize') this.#open(textOf(result, 'protocolVersion') ?? undefined);
    if (request.direction === 'client_to_server') this.#noteServer(result);
    switch (request.method) {
      case 'tools/list':
        return tools.learnList(result['tools']);
      case 'prompts/list':
        return prompts.learnList(result['prompts']);
      case 'tools/call':
        tools.learn(name);
        return this.#tasks.note(result['task'], this.#clock.monotonic());
      case 'prompts/get':
        return prompts.learn(name);
      case 'tasks/get':
      case 'tasks/cancel':
        return this.#tasks.note(result, this.#clock.monotonic());
      case 'resources/subscribe':
      case 'resources/unsubscribe':
        return this.#subscriptions.note(uriKey, request.method === 'resources/subscribe');
    }
  }

  /** Takes note of who answered, where the result says it. */
  #noteServer(result: Result): void {
    const version = serverVersionOf(result);
    const serverVersion =
      version === null ? undefined : this.#sessions.redactor.line(wireText(version, MAX_VERSION));
    const connection = this.#connection;
    const { server } = this.#options;
    // A probe's answer comes before the version is settled.
    if (this.#state === 'new') return;
    if (serverVersion === undefined || !server.isNews(serverVersion, connection.protocolVersion)) return;
    this.#sessions.publish({ type: 'server_seen', connection, serverVersion, sdkVersion: server.sdkVersion });
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
    if (known === 'notifications/tasks/status') this.#tasks.note(params, this.#clock.monotonic());
    if (known === 'notifications/progress' && direction === 'server_to_client') {
      const inFlight = this.#requests.findByProgressToken(params);
      const toolName = inFlight?.request.toolName ?? '';
      this.#sessions.publish({ type: 'progress_notified', connection, toolName });
      inFlight?.operation?.progress(params);
    }
  }

  /** From here on the protocol version is settled. */
  #open(version: string | undefined): void {
    if (this.#state !== 'new') return;
    this.#state = 'open';
    this.#connection.protocolVersion = version === undefined ? '' : knownVersion(version);
    if (this.#operations.isSessionless) return;
    this.#sessions.publish({ type: 'connection_opened', connection: this.#connection });
  }

  #onClose(end?: RequestEnd): void {
    if (this.#state === 'closed') return;
    const wasOpen = this.#state === 'open';
    const { isSessionless } = this.#operations;
    // Where a connection ends with its answer, it ends before the sender hears that the answer was sent.
    for (const message of this.#beingSent) this.#afterSend(message, {});
    this.#beingSent.clear();
    this.#state = 'closed';
    this.#requests.closeAll(end ?? (isSessionless ? DISCONNECTED : CLOSED));
    this.#subscriptions.clear();
    this.#operations.close();
    if (!wasOpen || isSessionless) return;
    const durationSeconds = (this.#clock.monotonic() - this.#createdAtMs) / 1000;
    const connection = this.#connection;
    const errorType = !end || end.cancellation ? '' : end.errorType;
    this.#sessions.publish({ type: 'connection_closed', connection, durationSeconds, errorType });
  }

  /** The watched server must never notice that its observer failed. */
  #guard<T>(observe: () => T): T | undefined {
    try {
      return observe();
    } catch (error) {
      this.#sessions.reportError(error);
      return undefined;
    }
  }
}
