import { randomUUID } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';

import type { McpServer } from '@modelcontextprotocol/sdk/server/mcp.js';
import { StreamableHTTPServerTransport } from '@modelcontextprotocol/sdk/server/streamableHttp.js';

import { clientOf } from '../../client-address.ts';
import { systemClock } from '../../monitor/clock.ts';
import type { Share } from '../../monitor/fair-share.ts';
import { LIMITS, type OnLimit } from '../../monitor/limits.ts';
import type { Config } from '../../settings/config.ts';
import { SessionTable, type TableSession } from '../http/session-table.ts';

/** An `McpServer` or a `Server`. */
type SdkServer = Pick<McpServer, 'connect' | 'close'>;

export interface McpEndpointOptions {
  /** Creates the server of one session. */
  readonly createServer: () => SdkServer;
  readonly config: Config;
  readonly onLimit: OnLimit;
  /** @defaultValue 1000 sessions, 200 from one address */
  readonly share?: Share;
  /** Called before a request is refused. */
  readonly onRefused: (response: ServerResponse, reason: McpRefusal) => void;
}

const SHARE: Share = { max: LIMITS.mcp_sessions.max, maxPerOwner: 200 };

/** Why this endpoint refuses a request. The SDK's transport refuses other requests itself. */
type McpRefusal = 'method_not_allowed' | 'session_required' | 'unknown_session' | 'too_many_sessions';

/** MCP over Streamable HTTP, with one server and one transport per session. */
export interface McpEndpoint {
  handle(request: IncomingMessage, response: ServerResponse): Promise<void>;
  /** Ends all sessions. */
  close(): Promise<void>;
}

interface HttpSession extends TableSession {
  readonly server: SdkServer;
  readonly transport: StreamableHTTPServerTransport;
}

const METHODS = new Set(['GET', 'POST', 'DELETE']);
const REFUSALS: Record<McpRefusal, { status: number; message: string }> = {
  method_not_allowed: { status: 405, message: 'expected GET, POST or DELETE' },
  session_required: { status: 400, message: 'expected an Mcp-Session-Id header' },
  unknown_session: { status: 404, message: 'this session is unknown or has ended: initialize a new one' },
  too_many_sessions: { status: 503, message: 'too many sessions are open: try again later' },
};

/** @see {@link https://modelcontextprotocol.io/specification/2025-11-25/basic/transports#streamable-http} */
export function createMcpEndpoint(options: McpEndpointOptions): McpEndpoint {
  return new HttpEndpoint(options);
}

class HttpEndpoint implements McpEndpoint {
  readonly #options: McpEndpointOptions;
  readonly #sessions = new Map<string, HttpSession>();
  /** Includes requests that may open a session: such a request can take long to arrive. */
  readonly #table: SessionTable<HttpSession>;

  constructor(options: McpEndpointOptions) {
    const { config, onLimit, share = SHARE } = options;
    this.#options = options;
    this.#table = new SessionTable({
      share,
      limit: 'mcp_sessions',
      onLimit,
      config,
      now: () => systemClock.monotonic(),
      end: ({ server }) => void server.close(),
    });
  }

  async handle(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const sessionId = request.headers['mcp-session-id'];
    if (!METHODS.has(request.method ?? '')) return this.#refuse(response, 'method_not_allowed');
    if (typeof sessionId === 'string') {
      const session = this.#sessions.get(sessionId);
      return session ? this.#serve(session, request, response) : this.#refuse(response, 'unknown_session');
    }
    if (request.method !== 'POST') return this.#refuse(response, 'session_required');
    const client = clientOf(request.socket);
    if (!this.#table.makeRoom(client)) return this.#refuse(response, 'too_many_sessions');
    return this.#open(client, request, response);
  }

  async close(): Promise<void> {
    this.#table.close();
    await Promise.allSettled([...this.#sessions.values()].map(({ server }) => server.close()));
  }

  /** Serves a request without a session id. If it is an `initialize`, it opens a session. */
  async #open(client: string, request: IncomingMessage, response: ServerResponse): Promise<void> {
    const session = this.#createSession(client);
    this.#table.use(session);
    // An open exchange keeps the session from being ended as idle.
    this.#table.beginExchange(session);
    try {
      await session.server.connect(session.transport);
      await this.#serve(session, request, response);
    } finally {
      this.#table.finishExchange(session);
      if (session.transport.sessionId === undefined) {
        this.#table.delete(session);
        await session.server.close();
      }
    }
  }

  #createSession(client: string): HttpSession {
    const transport = new StreamableHTTPServerTransport({
      sessionIdGenerator: randomUUID,
      onsessioninitialized: (id) => void this.#sessions.set(id, session),
    });
    const server = this.#options.createServer();
    const session: HttpSession = { server, transport, client, openExchanges: 0, lastSeenMs: 0 };
    transport.onclose = () => {
      this.#table.delete(session);
      if (transport.sessionId !== undefined) this.#sessions.delete(transport.sessionId);
    };
    return session;
  }

  async #serve(session: HttpSession, request: IncomingMessage, response: ServerResponse): Promise<void> {
    this.#table.beginExchange(session);
    this.#table.use(session);
    response.once('close', () => this.#table.finishExchange(session));
    await session.transport.handleRequest(request, response);
  }

  #refuse(response: ServerResponse, reason: McpRefusal): void {
    this.#options.onRefused(response, reason);
    const { status, message } = REFUSALS[reason];
    const error = { code: status === 404 ? -32_001 : -32_000, message: `${reason}: ${message}` };
    response.writeHead(status, { 'content-type': 'application/json' });
    response.end(JSON.stringify({ jsonrpc: '2.0', error, id: null }));
  }
}
