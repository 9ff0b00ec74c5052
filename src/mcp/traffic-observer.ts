import type { Clock } from '../monitor/clock.ts';
import type { SessionRegistry } from '../monitor/session-registry.ts';
import {
  OTHER,
  type Direction,
  type McpConnection,
  type NetworkTransport,
  type TransportErrorKind,
} from '../monitor/traffic-events.ts';
import { isRecord, readMessage, textOf, type JsonRpcMessage } from './json-rpc.ts';
import { knownMethod, knownVersion, type KnownNames } from './known-names.ts';
import { protocolVersionOf, toolErrorText } from './request-meta.ts';
import { RequestTracker, type InFlight } from './request-tracker.ts';
import { TaskTracker } from './task-tracker.ts';
import { ToolOperations, type ToolOperationsOptions } from './tool-operation.ts';

export interface TrafficObserverOptions extends ToolOperationsOptions {
  readonly clock: Clock;
  readonly serverName: string;
  readonly sdkVersion: string;
  readonly transport: NetworkTransport;
  readonly tools: KnownNames;
  readonly prompts: KnownNames;
}

type Notification = Extract<JsonRpcMessage, { kind: 'notification' }>;
type Response = Extract<JsonRpcMessage, { kind: 'result' | 'error' }>;
type Result = Extract<JsonRpcMessage, { kind: 'result' }>['result'];

const MAX_SUBSCRIPTIONS = 10_000;

/**
 * Watches the JSON-RPC messages of one connection, in both directions, and states what it saw: to the session
 * registry as events, and for tool calls as operations. Whoever has the messages (a server hook, a proxy) hands
 * them over through {@link receive} and {@link send}; the observer never throws, never waits and never changes one.
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
  readonly #subscriptions = new Set<string>();
  readonly #createdAtMs: number;
  #isInitializing = false;
  #state: 'new' | 'open' | 'closed' = 'new';

  constructor(options: TrafficObserverOptions) {
    const { sessions, clock, serverName, transport, tools, prompts } = options;
    const connection: McpConnection = { serverName, transport, protocolVersion: '' };
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
      tools,
      prompts,
      startOperation: (request, params) => this.#operations.start(request, params),
    });
    this.#tasks = new TaskTracker((status, durationMs) => {
      const durationSeconds = durationMs === null ? null : durationMs / 1000;
      sessions.publish({ type: 'task_changed', connection, status, durationSeconds });
    });
  }

  /**
   * Observes a message from the client, then hands it on: a tool call runs inside its operation.
   *
   * @param httpProtocolVersion - the request's `MCP-Protocol-Version` header, where there is one
   */
  receive(message: unknown, deliver: () => void, httpProtocolVersion?: string): void {
    const started = this.#guard(() => this.#onClientMessage(readMessage(message), httpProtocolVersion));
    if (started?.operation) started.operation.run(deliver);
    else deliver();
  }

  /** Observes a message to the client, and sends it. What `transmit` throws is counted and thrown on. */
  async send(message: unknown, transmit: () => Promise<void>): Promise<void> {
    const read = readMessage(message);
    this.#guard(() => this.#beforeSend(read));
    try {
      await transmit();
    } catch (error) {
      this.#guard(() => this.#onSendFailed(read));
      throw error;
    }
    if (read?.kind === 'result' || read?.kind === 'error') {
      this.#guard(() => this.#onResponse(read, 'client_to_server'));
    }
  }

  transportError(kind: TransportErrorKind): void {
    this.#guard(() =>
      this.#sessions.publish({ type: 'transport_error', connection: this.#connection, kind }),
    );
  }

  /** The connection is gone, and with it whatever was in flight. */
  close(): void {
    this.#guard(() => this.#onClose());
  }

  #onClientMessage(message: JsonRpcMessage | null, httpProtocolVersion?: string): InFlight | undefined {
    if (this.#state === 'closed') return undefined;
    switch (message?.kind) {
      case 'request':
        // `initialize` settles the version with its answer, also for what comes before that; any other first
        // request has one already.
        if (message.method === 'initialize') this.#isInitializing = true;
        if (!this.#isInitializing) this.#open(httpProtocolVersion ?? protocolVersionOf(message.params));
        return this.#requests.start(message, 'client_to_server');
      case 'notification':
        this.#onNotification(message, 'client_to_server');
        return undefined;
      case 'result':
      case 'error':
        this.#onResponse(message, 'server_to_client');
        return undefined;
      case undefined:
        return undefined;
    }
  }

  #beforeSend(message: JsonRpcMessage | null): void {
    if (message?.kind === 'request') this.#requests.start(message, 'server_to_client');
    if (message?.kind === 'notification') this.#onNotification(message, 'server_to_client');
  }

  #onSendFailed(message: JsonRpcMessage | null): void {
    this.transportError('send_failed');
    if (!message || message.kind === 'notification' || message.id === null) return;
    const direction = message.kind === 'request' ? 'server_to_client' : 'client_to_server';
    const inFlight = this.#requests.find(message.id, direction);
    if (inFlight) this.#requests.end(inFlight, { errorType: 'undeliverable', error: 'it could not be sent' });
  }

  #onResponse(response: Response, direction: Direction): void {
    if (response.id === null) return;
    const inFlight = this.#requests.find(response.id, direction);
    if (!inFlight) {
      if (!this.#requests.takeCancelled(response.id)) this.transportError('unknown_id');
      return;
    }
    if (inFlight.request.method === 'initialize') this.#isInitializing = false;
    if (response.kind === 'error') {
      const errorType = response.code === null ? OTHER : String(response.code);
      return this.#requests.end(inFlight, { errorType, error: response.message });
    }
    const { result } = response;
    if (inFlight.request.method === 'tools/call' && result['isError'] === true) {
      return this.#requests.end(inFlight, { errorType: 'tool_error', error: toolErrorText(result) });
    }
    this.#onSuccess(inFlight, result);
    this.#requests.end(inFlight, { errorType: '', inputRequired: result['resultType'] === 'input_required' });
  }

  /** What a success tells beside itself. */
  #onSuccess({ request, params }: InFlight, result: Result): void {
    const { tools, prompts } = this.#options;
    switch (request.method) {
      case 'initialize':
        return this.#onInitialized(result);
      case 'tools/list':
        return tools.learnList(result['tools']);
      case 'prompts/list':
        return prompts.learnList(result['prompts']);
      case 'tools/call':
        tools.learn(textOf(params, 'name') ?? '');
        return this.#tasks.note(result['task'], this.#clock.monotonic());
      case 'prompts/get':
        return prompts.learn(textOf(params, 'name') ?? '');
      case 'tasks/get':
      case 'tasks/cancel':
        return this.#tasks.note(result, this.#clock.monotonic());
      case 'resources/subscribe':
      case 'resources/unsubscribe':
        return this.#onSubscription(textOf(params, 'uri') ?? '', request.method === 'resources/subscribe');
    }
  }

  #onInitialized(result: Result): void {
    this.#open(textOf(result, 'protocolVersion') ?? undefined);
    const serverInfo = isRecord(result['serverInfo']) ? result['serverInfo'] : {};
    this.#sessions.publish({
      type: 'server_seen',
      connection: this.#connection,
      serverVersion: (textOf(serverInfo, 'version') ?? '').slice(0, 64),
      sdkVersion: this.#options.sdkVersion,
    });
  }

  #onNotification({ method, params }: Notification, direction: Direction): void {
    const known = knownMethod(method);
    const connection = this.#connection;
    this.#sessions.publish({ type: 'notification', connection, direction, method: known });
    if (known === 'notifications/cancelled') this.#requests.cancel(params, direction);
    if (known === 'notifications/tasks/status') this.#tasks.note(params, this.#clock.monotonic());
    if (known === 'notifications/progress' && direction === 'server_to_client') {
      const inFlight = this.#requests.findByProgressToken(params);
      const toolName = inFlight?.request.toolName ?? '';
      this.#sessions.publish({ type: 'progress_notified', connection, toolName });
      inFlight?.operation?.progress(params);
    }
  }

  #onSubscription(uri: string, isSubscribed: boolean): void {
    const before = this.#subscriptions.size;
    if (!isSubscribed) this.#subscriptions.delete(uri);
    else if (before < MAX_SUBSCRIPTIONS) this.#subscriptions.add(uri);
    this.#changeSubscriptions(this.#subscriptions.size - before);
  }

  #changeSubscriptions(change: number): void {
    if (change === 0) return;
    this.#sessions.publish({ type: 'subscriptions_changed', connection: this.#connection, change });
  }

  /** From here on the protocol version is settled. */
  #open(version: string | undefined): void {
    if (this.#state !== 'new') return;
    this.#state = 'open';
    this.#connection.protocolVersion = version === undefined ? '' : knownVersion(version);
    this.#sessions.publish({ type: 'connection_opened', connection: this.#connection });
  }

  #onClose(): void {
    if (this.#state === 'closed') return;
    const wasOpen = this.#state === 'open';
    this.#state = 'closed';
    this.#requests.closeAll();
    this.#changeSubscriptions(-this.#subscriptions.size);
    this.#subscriptions.clear();
    this.#operations.close();
    if (!wasOpen) return;
    const durationSeconds = (this.#clock.monotonic() - this.#createdAtMs) / 1000;
    const connection = this.#connection;
    this.#sessions.publish({ type: 'connection_closed', connection, durationSeconds, errorType: '' });
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
