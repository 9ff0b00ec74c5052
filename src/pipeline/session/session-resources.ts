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
// The specification's code for a resource that does not exist; the SDK does not name it.
const RESOURCE_NOT_FOUND = -32_002;

export interface SessionResourcesOptions {
  readonly sessions: SessionRegistry;
  readonly pipelineSessions: PipelineSessions;
  /** Holds those that have started and not stopped. */
  readonly running: Set<SessionUpdates>;
  /** Called with the error if a notification cannot be sent. */
  readonly onSendError: (error: unknown) => void;
}

/** Notifies one client of changes, once it is connected. */
export interface SessionUpdates {
  /** Does nothing if it has started. */
  readonly start: () => void;
  /** Does nothing if it has stopped. */
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
  const { sessions, pipelineSessions, running, onSendError } = options;
  const subscribed = new Set<string>();
  let unsubscribers: (() => void)[] | null = null;

  const onEvent = (event: MonitorEvent) => {
    if (event.type !== 'session') return;
    const { sessionId } = event.session;
    if (!pipelineSessions.get(sessionId)) return;
    for (const uri of [uriOf(sessionId), LIST_URI]) {
      if (subscribed.has(uri)) server.server.sendResourceUpdated({ uri }).catch(onSendError);
    }
  };
  const onAdded = () => {
    server.server.sendResourceListChanged().catch(onSendError);
  };
  const updates: SessionUpdates = {
    start() {
      unsubscribers ??= [sessions.subscribe(onEvent), pipelineSessions.onAdded(onAdded)];
      running.add(updates);
    },
    stop() {
      unsubscribers?.forEach((unsubscribe) => unsubscribe());
      unsubscribers = null;
      running.delete(updates);
      subscribed.clear();
    },
  };

  server.server.setRequestHandler(SubscribeRequestSchema, ({ params: { uri } }) => {
    if (uri !== LIST_URI && sessionIdOf(uri) === undefined) {
      throw new McpError(
        ErrorCode.InvalidParams,
        `expected ${LIST_URI} or ${SESSION_PREFIX}{id}, received ${uri}`,
      );
    }
    const { max } = LIMITS.resource_subscriptions;
    if (subscribed.size >= max && !subscribed.has(uri)) {
      sessions.reportLimit('resource_subscriptions');
      throw new McpError(ErrorCode.InvalidParams, `expected at most ${max} subscriptions`);
    }
    subscribed.add(uri);
    updates.start(); // A client that never said `initialized` gets its updates all the same.
    return {};
  });
  server.server.setRequestHandler(UnsubscribeRequestSchema, ({ params: { uri } }) => {
    subscribed.delete(uri);
    return {};
  });
  return updates;
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
