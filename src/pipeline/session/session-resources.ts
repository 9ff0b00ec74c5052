import { ResourceTemplate, type McpServer } from '@modelcontextprotocol/sdk/server/mcp.js';
import {
  ErrorCode,
  McpError,
  SubscribeRequestSchema,
  UnsubscribeRequestSchema,
  type ReadResourceResult,
} from '@modelcontextprotocol/sdk/types.js';

import type { MonitorEvent } from '../../monitor/events.ts';
import { LIMITS } from '../../monitor/limits.ts';
import type { SessionRegistry } from '../../monitor/session-registry.ts';
import type { PipelineSessions } from './pipeline-session.ts';
import { sessionIdSchema } from './session-id.ts';
import { sessionStatus, type SessionStatus } from './session-status.ts';

const LIST_URI = 'pipeline://sessions';
const SESSION_PREFIX = `${LIST_URI}/`;
const MIME_TYPE = 'application/json';
// The MCP specification's error code for an unknown resource. The SDK has no constant for it.
const RESOURCE_NOT_FOUND = -32_002;

export interface SessionResourcesOptions {
  readonly sessions: SessionRegistry;
  readonly pipelineSessions: PipelineSessions;
  /** The updates that have started and not stopped. */
  readonly running: Set<SessionUpdates>;
  /** Called with the error if a notification cannot be sent. */
  readonly onSendError: (error: unknown) => void;
}

/** Notifies one client of changes, once it is connected. */
export interface SessionUpdates {
  /** Does nothing if already started. */
  readonly start: () => void;
  /** Does nothing if already stopped. */
  readonly stop: () => void;
}

/** The pipeline's sessions as resources that a client can list, read and subscribe to. */
export function registerSessionResources(
  server: McpServer,
  options: SessionResourcesOptions,
): SessionUpdates {
  const { sessions, pipelineSessions } = options;

  server.registerResource(
    'pipeline-sessions',
    LIST_URI,
    { title: 'Pipeline sessions', description: 'All sessions, the latest used first', mimeType: MIME_TYPE },
    () => {
      const statuses = pipelineSessions.list().flatMap(({ sessionId }) => statusOf(sessionId) ?? []);
      return jsonResource(LIST_URI, { sessions: statuses });
    },
  );
  server.registerResource(
    'pipeline-session',
    new ResourceTemplate(`${SESSION_PREFIX}{id}`, {
      list: () => ({
        resources: pipelineSessions.list().map(({ sessionId }) => ({
          uri: uriOf(sessionId),
          name: sessionId,
          mimeType: MIME_TYPE,
        })),
      }),
    }),
    { title: 'Pipeline session', description: 'What a session found, fixed and runs', mimeType: MIME_TYPE },
    (uri) => {
      const status = statusOf(sessionIdOf(uri.href) ?? '');
      if (!status) throw new McpError(RESOURCE_NOT_FOUND, `no such session: ${uri.href}`, { uri: uri.href });
      return jsonResource(uri.href, status);
    },
  );

  function statusOf(sessionId: string): SessionStatus | null {
    const monitor = sessions.get(sessionId);
    const session = pipelineSessions.get(sessionId);
    return monitor && session ? sessionStatus(monitor, session, sessions.redactor) : null;
  }

  return registerSubscriptions(server, options);
}

function registerSubscriptions(server: McpServer, options: SessionResourcesOptions): SessionUpdates {
  const updates = new SubscribedUpdates(server, options);
  server.server.setRequestHandler(SubscribeRequestSchema, ({ params: { uri } }) => {
    updates.subscribe(uri);
    return {};
  });
  server.server.setRequestHandler(UnsubscribeRequestSchema, ({ params: { uri } }) => {
    updates.unsubscribe(uri);
    return {};
  });
  return updates;
}

/** Notifies one client of new resources, and of changes of the resources that it has subscribed to. */
class SubscribedUpdates implements SessionUpdates {
  readonly #server: McpServer;
  readonly #options: SessionResourcesOptions;
  readonly #subscribed = new Set<string>();
  #unsubscribers: (() => void)[] | null = null;

  constructor(server: McpServer, options: SessionResourcesOptions) {
    this.#server = server;
    this.#options = options;
  }

  start(): void {
    const { sessions, pipelineSessions, running } = this.#options;
    this.#unsubscribers ??= [
      sessions.subscribe((event) => this.#onEvent(event)),
      pipelineSessions.onAdded(() => this.#send(this.#server.server.sendResourceListChanged())),
    ];
    running.add(this);
  }

  stop(): void {
    this.#unsubscribers?.forEach((unsubscribe) => unsubscribe());
    this.#unsubscribers = null;
    this.#options.running.delete(this);
    this.#subscribed.clear();
  }

  subscribe(uri: string): void {
    if (uri !== LIST_URI && sessionIdOf(uri) === undefined) {
      const message = `expected ${LIST_URI} or ${SESSION_PREFIX}{id}, received ${uri}`;
      throw new McpError(ErrorCode.InvalidParams, message);
    }
    const { max } = LIMITS.resource_subscriptions;
    if (this.#subscribed.size >= max && !this.#subscribed.has(uri)) {
      this.#options.sessions.reportLimit('resource_subscriptions');
      throw new McpError(ErrorCode.InvalidParams, `expected at most ${max} subscriptions`);
    }
    this.#subscribed.add(uri);
    // Also serves clients that never sent `initialized`.
    this.start();
  }

  unsubscribe(uri: string): void {
    this.#subscribed.delete(uri);
  }

  #onEvent(event: MonitorEvent): void {
    if (event.type !== 'session') return;
    const { sessionId } = event.session;
    if (!this.#options.pipelineSessions.get(sessionId)) return;
    for (const uri of [uriOf(sessionId), LIST_URI]) {
      if (this.#subscribed.has(uri)) this.#send(this.#server.server.sendResourceUpdated({ uri }));
    }
  }

  #send(sent: Promise<void>): void {
    sent.catch(this.#options.onSendError);
  }
}

function jsonResource(uri: string, value: unknown): ReadResourceResult {
  return { contents: [{ uri, mimeType: MIME_TYPE, text: JSON.stringify(value, null, 2) }] };
}

function uriOf(sessionId: string): string {
  return SESSION_PREFIX + sessionId;
}

function sessionIdOf(uri: string): string | undefined {
  return uri.startsWith(SESSION_PREFIX)
    ? sessionIdSchema.safeParse(uri.slice(SESSION_PREFIX.length)).data
    : undefined;
}
