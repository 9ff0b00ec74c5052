import type { Clock } from '../../monitor/clock.ts';
import { knownVersion } from '../../monitor/mcp-vocabulary.ts';
import type { SessionRegistry } from '../../monitor/session-registry.ts';
import type { McpConnection } from '../../monitor/traffic-events.ts';
import { wireText } from '../../monitor/wire-name.ts';
import { textOf, type JsonRpcMessage } from '../wire/json-rpc.ts';
import type { MessageFacts } from '../wire/message-facts.ts';
import { protocolVersionOf, serverVersionOf } from '../wire/request-meta.ts';
import type { WatchedServer } from './watched-server.ts';

type Request = Extract<JsonRpcMessage, { kind: 'request' }>;
type Result = Extract<JsonRpcMessage, { kind: 'result' }>['result'];

export interface ConnectionLifeOptions {
  readonly sessions: SessionRegistry;
  readonly clock: Clock;
  readonly server: WatchedServer;
  readonly connection: McpConnection;
  /** Whether it belongs to no session: then its opening and its close are no events. */
  readonly isSessionless: () => boolean;
}

const MAX_VERSION = 64;

/**
 * One connection from its first message to its close. It opens when its protocol version is settled, and learns then who
 * the server is.
 */
export class ConnectionLife {
  readonly #options: ConnectionLifeOptions;
  readonly #createdAtMs: number;
  #isInitializing = false;
  #wasOpen = false;
  #state: 'new' | 'open' | 'closed' = 'new';

  constructor(options: ConnectionLifeOptions) {
    this.#options = options;
    this.#createdAtMs = options.clock.monotonic();
  }

  get isClosed(): boolean {
    return this.#state === 'closed';
  }

  /**
   * `initialize` settles the version with its answer, also for what comes before that. Any other first request has one
   * already; but `server/discover` over a pipe may be a probe, and the old handshake follow.
   */
  onRequest({ method, params }: Request, facts: MessageFacts): void {
    if (method === 'initialize') this.#isInitializing = true;
    const isProbe = method === 'server/discover' && !this.#options.isSessionless();
    if (!this.#isInitializing && !isProbe) this.#open(facts.protocolVersion ?? protocolVersionOf(params));
  }

  /** `initialize` was answered; with null by an error, after which another request may settle the version. */
  onInitialized(result: Result | null): void {
    this.#isInitializing = false;
    if (result) this.#open(textOf(result, 'protocolVersion') ?? undefined);
  }

  /** Takes note of who answered, where the result says it. */
  onServerResult(result: Result): void {
    const version = serverVersionOf(result);
    // A probe's answer comes before the version is settled.
    if (version === null || this.#state === 'new') return;
    const { sessions, server, connection } = this.#options;
    const serverVersion = sessions.redactor.line(wireText(version, MAX_VERSION));
    if (!server.isNews(serverVersion, connection.protocolVersion)) return;
    sessions.publish({ type: 'server_seen', connection, serverVersion, sdkVersion: server.sdkVersion });
  }

  /** Messages of the client that come from now on are not observed. */
  close(): void {
    this.#wasOpen = this.#state === 'open';
    this.#state = 'closed';
  }

  /** To be called once all that was in flight has ended. */
  publishClose(errorType: string): void {
    const { sessions, clock, connection, isSessionless } = this.#options;
    if (!this.#wasOpen || isSessionless()) return;
    const durationSeconds = (clock.monotonic() - this.#createdAtMs) / 1000;
    sessions.publish({ type: 'connection_closed', connection, durationSeconds, errorType });
  }

  /** From here on the protocol version is settled. */
  #open(version: string | undefined): void {
    if (this.#state !== 'new') return;
    this.#state = 'open';
    const { sessions, connection, isSessionless } = this.#options;
    connection.protocolVersion = version === undefined ? '' : knownVersion(version);
    if (!isSessionless()) sessions.publish({ type: 'connection_opened', connection });
  }
}
