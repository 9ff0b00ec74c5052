import type { Clock } from '../../monitor/clock.ts';
import { knownVersion } from '../../monitor/mcp-vocabulary.ts';
import type { ClientInfo } from '../../monitor/session.ts';
import type { SessionRegistry } from '../../monitor/session-registry.ts';
import type { McpConnection } from '../../monitor/traffic-events.ts';
import { wireText } from '../../monitor/wire-name.ts';
import { textOf, type JsonRpcMessage } from '../wire/json-rpc.ts';
import type { MessageFacts } from '../wire/message-facts.ts';
import { clientInfoOf, protocolVersionOf, serverVersionOf } from '../wire/request-meta.ts';
import type { WatchedServer } from './watched-server.ts';

type Request = Extract<JsonRpcMessage, { kind: 'request' }>;
type Result = Extract<JsonRpcMessage, { kind: 'result' }>['result'];

export interface ConnectionLifecycleOptions {
  readonly sessions: SessionRegistry;
  readonly clock: Clock;
  readonly server: WatchedServer;
  readonly connection: McpConnection;
  /** Whether the connection belongs to no session. Its opening and closing then publish no events. */
  readonly isSessionless: () => boolean;
}

const MAX_NAME = 100;
const MAX_VERSION = 64;

/** One connection from its first message to its close. It opens when its protocol version is known. */
export class ConnectionLifecycle {
  readonly #options: ConnectionLifecycleOptions;
  readonly #createdAtMs: number;
  #client: ClientInfo | null = null;
  #isInitializing = false;
  #wasOpen = false;
  #state: 'new' | 'open' | 'closed' = 'new';

  constructor(options: ConnectionLifecycleOptions) {
    this.#options = options;
    this.#createdAtMs = options.clock.monotonic();
  }

  get isClosed(): boolean {
    return this.#state === 'closed';
  }

  /** Whether the client waits for the response to `initialize`. */
  get isInitializing(): boolean {
    return this.#isInitializing;
  }

  /** The client; null until a request has named it. */
  get client(): ClientInfo | null {
    return this.#client;
  }

  /**
   * The response to `initialize` determines the protocol version. Any other first request names its own version, except
   * `server/discover` over a pipe: it may be a probe that an `initialize` follows.
   */
  onRequest({ method, params }: Request, facts: MessageFacts): void {
    this.#client ??= this.#clientOf(params);
    if (method === 'initialize') this.#isInitializing = true;
    const isProbe = method === 'server/discover' && !this.#options.isSessionless();
    if (!this.#isInitializing && !isProbe) this.#open(facts.protocolVersion ?? protocolVersionOf(params));
  }

  /** @param result - of `initialize`; null if it failed, so that another request may determine the version */
  onInitialized(result: Result | null): void {
    this.#isInitializing = false;
    if (result) this.#open(textOf(result, 'protocolVersion') ?? undefined);
  }

  /** Records the server's version if the result contains it. */
  onServerResult(result: Result): void {
    const version = serverVersionOf(result);
    // The response to a probe arrives before the protocol version is known.
    if (version === null || this.#state === 'new') return;
    const { sessions, server, connection } = this.#options;
    const serverVersion = this.#shortCopy(version, MAX_VERSION);
    if (!server.updateVersions(serverVersion, connection.protocolVersion)) return;
    sessions.publish({ type: 'server_seen', connection, serverVersion, sdkVersion: server.sdkVersion });
  }

  /** Later messages from the client are not observed. */
  close(): void {
    this.#wasOpen = this.#state === 'open';
    this.#state = 'closed';
  }

  /** Call after all requests in flight have ended. */
  publishClose(errorType: string): void {
    const { sessions, clock, connection, isSessionless } = this.#options;
    if (!this.#wasOpen || isSessionless()) return;
    const durationSeconds = (clock.monotonic() - this.#createdAtMs) / 1000;
    sessions.publish({ type: 'connection_closed', connection, durationSeconds, errorType });
  }

  #clientOf(params: Request['params']): ClientInfo | null {
    const info = clientInfoOf(params);
    if (!info) return null;
    return {
      name: this.#shortCopy(info.name, MAX_NAME),
      version: this.#shortCopy(info.version, MAX_VERSION),
    };
  }

  /** Redacts before it cuts, because half a secret may not match. */
  #shortCopy(text: string, maxLength: number): string {
    const { redactor } = this.#options.sessions;
    return wireText(redactor.text(text, maxLength), maxLength + 1);
  }

  #open(version: string | undefined): void {
    if (this.#state !== 'new') return;
    this.#state = 'open';
    const { sessions, connection, isSessionless } = this.#options;
    connection.protocolVersion = version === undefined ? '' : knownVersion(version);
    if (!isSessionless()) sessions.publish({ type: 'connection_opened', connection });
  }
}
