import { randomUUID } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';

import { clientOf } from '../../client-address.ts';
import { FairShare, type Share } from '../../monitor/fair-share.ts';
import { LIMITS, type OnLimit } from '../../monitor/limits.ts';

import type { McpServer } from '@modelcontextprotocol/sdk/server/mcp.js';
import { StreamableHTTPServerTransport } from '@modelcontextprotocol/sdk/server/streamableHttp.js';

/** An `McpServer` or a `Server`. */
type SdkServer = Pick<McpServer, 'connect' | 'close'>;

export interface McpEndpointOptions {
  /** Makes the server of one session. */
  readonly createServer: () => SdkServer;
  /** A session whose client has been silent for so long, with no request open, is ended. */
  readonly idleMs: number;
  readonly onLimit: OnLimit;
  /** @defaultValue 1000 sessions, 200 from one address */
  readonly share?: Share;
  /** Hears why a request was refused, before it is. */
  readonly onRefused: (response: ServerResponse, reason: McpRefusal) => void;
}

const SHARE: Share = { max: LIMITS.mcp_sessions.max, maxPerOwner: 200 };

/** Why this endpoint itself refuses a request. The SDK's transport has reasons of its own. */
type McpRefusal = 'method_not_allowed' | 'session_required' | 'unknown_session' | 'too_many_sessions';

/** MCP over Streamable HTTP: one server and one transport a session. */
export interface McpEndpoint {
  handle(request: IncomingMessage, response: ServerResponse): Promise<void>;
  /** Ends all sessions. */
  close(): Promise<void>;
}

interface HttpSession {
  readonly server: SdkServer;
  readonly transport: StreamableHTTPServerTransport;
  /** The address that opened it, for limits. */
  readonly client: string;
  openRequests: number;
  lastSeenMs: number;
}

const REFUSALS: Record<McpRefusal, { status: number; message: string }> = {
  method_not_allowed: { status: 405, message: 'expected GET, POST or DELETE' },
  session_required: { status: 400, message: 'expected an Mcp-Session-Id header' },
  unknown_session: { status: 404, message: 'this session is not known, or has ended: initialize a new one' },
  too_many_sessions: { status: 503, message: 'too many sessions are open: try again later' },
};

/** @see {@link https://modelcontextprotocol.io/specification/2025-11-25/basic/transports#streamable-http} */
export function createMcpEndpoint(options: McpEndpointOptions): McpEndpoint {
  const { createServer, idleMs, onRefused, onLimit, share: limits = SHARE } = options;
  const sessions = new Map<string, HttpSession>();
  /** Also of requests that may become sessions: what opens one takes its time to arrive. */
  const share = new FairShare<HttpSession>(limits);

  const sweep = setInterval(
    () => {
      const oldest = performance.now() - idleMs;
      for (const { server, openRequests, lastSeenMs } of sessions.values()) {
        if (openRequests === 0 && lastSeenMs < oldest) void server.close();
      }
    },
    Math.max(idleMs / 4, 100),
  ).unref();

  async function handle(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const sessionId = request.headers['mcp-session-id'];
    if (!['GET', 'POST', 'DELETE'].includes(request.method ?? ''))
      return refuse(response, 'method_not_allowed');
    if (typeof sessionId === 'string') {
      const session = sessions.get(sessionId);
      return session ? serve(session, request, response) : refuse(response, 'unknown_session');
    }
    if (request.method !== 'POST') return refuse(response, 'session_required');
    const client = clientOf(request.socket);
    if (!makeRoom(client)) return refuse(response, 'too_many_sessions');
    const session = createSession(client);
    try {
      await session.server.connect(session.transport);
      await serve(session, request, response);
    } finally {
      session.openRequests -= 1;
      // The transport has answered; what it was sent was not an `initialize`.
      if (session.transport.sessionId === undefined) {
        share.delete(client, session);
        await session.server.close();
      }
    }
  }

  /** @returns whether another session of `client` may open */
  function makeRoom(client: string): boolean {
    if (share.hasRoom(client)) return true;
    onLimit('mcp_sessions');
    const longestIdle = share.victimFor(client, ({ openRequests }) => openRequests === 0);
    if (!longestIdle) return false;
    share.delete(longestIdle.client, longestIdle);
    void longestIdle.server.close();
    return true;
  }

  /** With its first request open, so that it is not idle meanwhile. */
  function createSession(client: string): HttpSession {
    const server = createServer();
    const transport = new StreamableHTTPServerTransport({
      sessionIdGenerator: randomUUID,
      onsessioninitialized: (id) => void sessions.set(id, session),
    });
    const session = { server, transport, client, openRequests: 1, lastSeenMs: performance.now() };
    transport.onclose = () => {
      share.delete(client, session);
      if (transport.sessionId !== undefined) sessions.delete(transport.sessionId);
    };
    share.use(client, session);
    return session;
  }

  async function serve(
    session: HttpSession,
    request: IncomingMessage,
    response: ServerResponse,
  ): Promise<void> {
    session.openRequests += 1;
    session.lastSeenMs = performance.now();
    share.use(session.client, session);
    response.once('close', () => {
      session.openRequests -= 1;
      session.lastSeenMs = performance.now();
    });
    await session.transport.handleRequest(request, response);
  }

  function refuse(response: ServerResponse, reason: McpRefusal): void {
    onRefused(response, reason);
    const { status, message } = REFUSALS[reason];
    const error = { code: status === 404 ? -32_001 : -32_000, message: `${reason}: ${message}` };
    response.writeHead(status, { 'content-type': 'application/json' });
    response.end(JSON.stringify({ jsonrpc: '2.0', error, id: null }));
  }

  return {
    handle,
    async close() {
      clearInterval(sweep);
      await Promise.allSettled([...sessions.values()].map(({ server }) => server.close()));
    },
  };
}
