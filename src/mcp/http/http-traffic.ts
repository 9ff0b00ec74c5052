import { randomUUID } from 'node:crypto';

import { guarded } from '../../monitor/guarded.ts';
import type { Allowance } from '../../monitor/allowance.ts';
import { LIMITS, type OnLimit } from '../../monitor/limits.ts';
import type { SessionRegistry } from '../../monitor/session-registry.ts';
import { wireName } from '../../monitor/wire-name.ts';
import { HttpConnection } from './http-connection.ts';
import { HttpExchange, type HttpConnections, type HttpRequestHead } from './http-exchange.ts';
import { SessionTable, type SessionEnd } from './session-table.ts';
import {
  CONNECTION_LOST,
  CLOSED,
  DISCONNECTED,
  unobserved,
  type RequestEnd,
} from '../protocol/request-end.ts';
import { TrafficObserver, type Observed } from '../protocol/traffic-observer.ts';

export interface HttpTrafficOptions extends Observed {
  readonly sessions: SessionRegistry;
  /** Called with each content encoding that is not supported. @defaultValue ignored */
  readonly onUndecodable?: (encoding: string) => void;
}

const MAX_PER_CLIENT = 1000;
/** A URL with a host, by the URL standard: it begins with a scheme, or with two slashes or backslashes. */
const WITH_HOST = /^\s*([a-z][a-z\d+.-]*:|[\\/]{2})/i;

/**
 * Assigns each exchange of one HTTP server to a connection. It supports Streamable HTTP with and without sessions, and the
 * older HTTP+SSE.
 *
 * @see {@link https://modelcontextprotocol.io/specification/2025-11-25/basic/transports#streamable-http}
 */
export class HttpTraffic implements HttpConnections {
  readonly #options: HttpTrafficOptions;
  readonly #sessions = new Map<string, HttpConnection>();
  /** For HTTP+SSE: the connection of each endpoint that the server has announced on a stream. */
  readonly #endpoints = new Map<string, HttpConnection>();
  readonly #table: SessionTable<HttpConnection>;
  readonly textAllowance: Allowance;
  readonly onLimit: OnLimit;

  constructor(options: HttpTrafficOptions) {
    this.#options = options;
    this.textAllowance = options.sessions.allowance('text_total');
    this.onLimit = options.sessions.reportLimit;
    this.#table = new SessionTable({
      share: { max: LIMITS.proxied_connections.max, maxPerOwner: MAX_PER_CLIENT },
      limit: 'proxied_connections',
      onLimit: this.onLimit,
      config: options.config,
      now: () => options.clock.monotonic(),
      end: guarded(
        (connection: HttpConnection, why) => this.#endSession(connection, why),
        (error) => this.reportError(error),
      ),
    });
  }

  /** Begins to observe one HTTP request and its response. */
  exchange(head: HttpRequestHead): HttpExchange {
    return new HttpExchange(head, this.#connectionOf(head), this);
  }

  register(connection: HttpConnection, givenId: string): void {
    const sessionId = wireName(givenId, this.onLimit);
    const known = this.#sessions.get(sessionId);
    // Some servers give all clients the same id. Such a session stays open while a client uses it.
    if (known && known.openExchanges > 0) return;
    if (known) this.end(known);
    else if (!this.#table.makeRoom(connection.client)) return;
    connection.sessionId = sessionId;
    this.#sessions.set(sessionId, connection);
    this.#table.use(connection);
  }

  announce(connection: HttpConnection, endpoint: string, requestPath: string): void {
    // The client sends to another host, which is not observed.
    if (WITH_HOST.test(endpoint)) return;
    if (this.#endpoints.size >= LIMITS.announced_endpoints.max) {
      return this.#options.sessions.reportLimit('announced_endpoints');
    }
    if (!URL.canParse(requestPath, 'http://client')) return;
    const base = new URL(requestPath, 'http://client');
    if (!URL.canParse(endpoint, base.href)) return;
    const { pathname, search, searchParams } = new URL(endpoint, base);
    connection.sessionId ??= sessionIdIn(searchParams) ?? randomUUID();
    connection.isStream = true;
    this.#endpoints.set(pathname + search, connection);
  }

  end(connection: HttpConnection, how: RequestEnd = CLOSED): void {
    connection.close(how);
    this.#table.delete(connection);
    if (connection.sessionId !== undefined) this.#sessions.delete(connection.sessionId);
    if (!connection.isStream) return;
    for (const [path, announced] of this.#endpoints) {
      if (announced === connection) this.#endpoints.delete(path);
    }
  }

  beginExchange(connection: HttpConnection): void {
    this.#table.beginExchange(connection);
  }

  finishExchange(connection: HttpConnection): void {
    this.#table.finishExchange(connection);
  }

  onUndecodable(encoding: string): void {
    this.#options.onUndecodable?.(encoding);
  }

  reportError(error: unknown): void {
    this.#options.sessions.reportError(error);
  }

  /** Ends all connections. */
  close(): void {
    this.#table.close();
    for (const connection of this.#sessions.values()) this.end(connection);
    for (const connection of this.#endpoints.values()) this.end(connection);
  }

  #endSession(connection: HttpConnection, why: SessionEnd): void {
    const { latestEnd, observer } = connection;
    if (why === 'evicted') return this.end(connection, unobserved('not_followed'));
    if (latestEnd === 'broken') return this.end(connection, CONNECTION_LOST);
    // A request waits for a response on a stream that no client has resumed.
    observer.endInFlight(latestEnd === 'client_gone' ? DISCONNECTED : unobserved('session_idle'));
    this.end(connection);
  }

  #connectionOf({ path, header, client = '' }: HttpRequestHead): HttpConnection {
    const announced = this.#endpoints.get(path);
    if (announced) return announced;
    const givenId = header('mcp-session-id') || undefined;
    const sessionId = givenId === undefined ? undefined : wireName(givenId);
    const known = sessionId === undefined ? undefined : this.#sessions.get(sessionId);
    if (known) {
      this.#table.use(known);
      return known;
    }
    const connection = new HttpConnection(
      (self) => this.#createObserver(self),
      client,
      this.#options.sessions.allowance('stream_events_total'),
    );
    // The session began before it was observed.
    if (sessionId !== undefined) this.register(connection, sessionId);
    return connection;
  }

  #createObserver(connection: HttpConnection): TrafficObserver {
    const { sessions, clock, server, sessionOf, config, observer } = this.#options;
    return new TrafficObserver({
      sessions,
      clock,
      server,
      sessionOf,
      config,
      transport: 'tcp',
      ...(observer && { observer }),
      owner: { client: connection.client },
      mcpSessionId: () => connection.sessionId,
      isSessionless: () => !connection.isLasting,
    });
  }
}

/** The session id of HTTP+SSE, as the SDKs for TypeScript and Python write it. */
function sessionIdIn(searchParams: URLSearchParams): string | undefined {
  const id = searchParams.get('sessionId') ?? searchParams.get('session_id');
  return id ? wireName(id) : undefined;
}
