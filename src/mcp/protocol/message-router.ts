import type { Clock } from '../../monitor/clock.ts';
import { knownMethod } from '../../monitor/mcp-vocabulary.ts';
import type { SessionRegistry } from '../../monitor/session-registry.ts';
import type {
  Direction,
  McpConnection,
  NetworkTransport,
  Observer,
  TransportErrorKind,
} from '../../monitor/traffic-events.ts';
import type { JsonRpcMessage } from '../wire/json-rpc.ts';
import type { MessageFacts } from '../wire/message-facts.ts';
import { ConnectionLifecycle } from './connection-lifecycle.ts';
import type { InFlight } from './in-flight.ts';
import { LearnedFacts } from './learned-facts.ts';
import { answeredWith, CLOSED, DISCONNECTED, sendFailed } from './request-end.ts';
import type { ProcessExit, RequestEnd } from './request-end.ts';
import { RequestTracker } from './request-tracker.ts';
import { ServerProcess } from './server-process.ts';
import { ToolOperations, type ToolOperationsOptions } from './tool-operation.ts';

export interface MessageRouterOptions extends ToolOperationsOptions {
  readonly clock: Clock;
  readonly transport: NetworkTransport;
  readonly observer?: Observer;
  /**
   * Returns an id that every observer of the connection has, and no other connection.
   * @defaultValue the MCP session id
   */
  readonly conversationId?: () => string | undefined;
  /** How many requests in flight are tracked. @defaultValue the limit `requests_per_connection` */
  readonly maxRequests?: number;
}

type Notification = Extract<JsonRpcMessage, { kind: 'notification' }>;
type Response = Extract<JsonRpcMessage, { kind: 'result' | 'error' }>;

/**
 * Passes each message of one connection to {@link ConnectionLifecycle} (version, open, close), to {@link RequestTracker}
 * (requests in flight and their operations) and to {@link LearnedFacts} (names, tasks, subscriptions). Its methods may
 * throw.
 */
export class MessageRouter {
  readonly requests: RequestTracker;
  readonly #sessions: SessionRegistry;
  readonly #connection: McpConnection;
  readonly #lifecycle: ConnectionLifecycle;
  readonly #operations: ToolOperations;
  readonly #facts: LearnedFacts;
  readonly #process: ServerProcess;

  constructor(options: MessageRouterOptions) {
    const { sessions, clock, server, transport, observer } = options;
    const { conversationId = options.mcpSessionId } = options;
    const connection: McpConnection = {
      serverName: server.name,
      transport,
      protocolVersion: '',
      observer,
      get conversationId() {
        return conversationId();
      },
    };
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
    this.requests = new RequestTracker({
      ...shared,
      maxRequests: options.maxRequests,
      startOperation: (call) => this.#operations.start(call, this.#lifecycle.client),
    });
  }

  get isClosed(): boolean {
    return this.#lifecycle.isClosed;
  }

  /** @returns the request that the message starts */
  fromClient(message: JsonRpcMessage, facts: MessageFacts): InFlight | undefined {
    if (this.isClosed) return undefined;
    switch (message.kind) {
      case 'request':
        this.#lifecycle.onRequest(message, facts);
        return this.requests.start(message, 'client_to_server', facts);
      case 'notification':
        this.#onNotification(message, 'client_to_server', facts);
        return undefined;
      case 'result':
      case 'error':
        this.#onResponse(message, 'server_to_client', facts);
        return undefined;
    }
  }

  /** Handles a message from the server before it is sent: the client may answer a request before its sending ends. */
  beforeSend(message: JsonRpcMessage, facts: MessageFacts): void {
    if (message.kind === 'request') this.requests.start(message, 'server_to_client', facts);
    if (message.kind === 'notification') this.#onNotification(message, 'server_to_client', facts);
  }

  /** Handles a message from the server that was sent: a response ends its request. */
  afterSend(message: JsonRpcMessage, facts: MessageFacts, own?: readonly InFlight[]): void {
    if (message.kind === 'result' || message.kind === 'error') {
      this.#onResponse(message, 'client_to_server', facts, own);
    }
  }

  /** Handles a message from the server that could not be sent. */
  sendFailed(message: JsonRpcMessage, error: unknown): void {
    if (message.kind === 'notification' || message.id === null) return;
    const direction = message.kind === 'request' ? 'server_to_client' : 'client_to_server';
    const inFlight = this.requests.answeredBy(message.id, direction);
    if (inFlight) this.requests.end(inFlight, sendFailed(error));
  }

  transportError(kind: TransportErrorKind): void {
    this.#sessions.publish({ type: 'transport_error', connection: this.#connection, kind });
  }

  serverStarted(): void {
    this.#process.started();
  }

  /** @param end - of the requests in flight */
  serverExited(exit: ProcessExit, end: RequestEnd): void {
    this.#process.ended(exit, end, this.#lifecycle.isInitializing);
  }

  /** @param end - of the requests in flight */
  close(end?: RequestEnd): void {
    this.#lifecycle.close();
    this.requests.closeAll(end ?? (this.#operations.isSessionless ? DISCONNECTED : CLOSED));
    this.#facts.clear();
    this.#operations.close();
    this.#lifecycle.publishClose(!end || end.cancellation ? '' : end.errorType);
  }

  /** @param direction - of the request that the response answers */
  #onResponse(
    response: Response,
    direction: Direction,
    { sizeBytes }: MessageFacts,
    own?: readonly InFlight[],
  ): void {
    if (response.id === null) return;
    const inFlight = this.requests.answeredBy(response.id, direction, own);
    if (!inFlight) {
      if (!this.requests.answerLate(response.id, direction, sizeBytes)) this.transportError('unknown_id');
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
    this.requests.answer(inFlight, end);
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
    if (known === 'notifications/cancelled') this.requests.cancel(params, direction);
    if (known === 'notifications/tasks/status') this.#facts.noteTask(params);
    if (known === 'notifications/progress' && direction === 'server_to_client') this.#onProgress(params);
  }

  #onProgress(params: Notification['params']): void {
    const inFlight = this.requests.findByProgressToken(params);
    const toolName = inFlight?.request.toolName ?? '';
    this.#sessions.publish({ type: 'progress_notified', connection: this.#connection, toolName });
    inFlight?.operation?.progress(params);
  }
}
