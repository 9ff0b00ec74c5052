import type { ClientMessage } from '../../src/feed/client-message.ts';
import type { ServerMessage } from '../../src/feed/feed-protocol.ts';
import { ANSWER_EXAMPLES } from '../../src/http/openapi-examples.ts';
import { LIMITS } from '../../src/monitor/limits.ts';

interface MessageExample<M> {
  readonly summary: string;
  readonly example: M;
}

type Examples<M extends { type: string }> = {
  readonly [T in M['type']]: MessageExample<Extract<M, { type: T }>>;
};

const BOOT_ID = 'e1c9f2ab-7d36-4be5-8f4f-0c3f6f5d2a11';
const { sessions } = ANSWER_EXAMPLES.SessionsBody;
const { summary: session, ...status } = ANSWER_EXAMPLES.SessionBody;
if (!session) throw new Error('expected an example of a session');
const { session_id: sessionId } = session;
const { unreachable_servers: unreachable } = ANSWER_EXAMPLES.StatusBody;
const operation = {
  session_id: sessionId,
  operation_id: '92a211bf-4ee6-4e3a-9d5d-aa6e53e80515',
  parent_id: null,
  operation_name: 'read_text_file',
};

/** Each message that the server sends. */
export const SERVER_EXAMPLES: Examples<ServerMessage> = {
  hello: {
    summary: 'Sent when the connection opens. `seq` is the number of the latest event',
    example: {
      type: 'hello',
      boot_id: BOOT_ID,
      server_version: '0.1.0',
      server_time: '2026-11-24T22:47:14.000Z',
      seq: 40,
      limits: {
        max_message_bytes: LIMITS.feed_message_size.max,
        max_messages_per_second: LIMITS.feed_message_rate.max,
        resume_events: 10_000,
      },
      grafana_url: null,
      slow_operation_threshold: 5,
      unreachable_servers: [],
    },
  },
  session_list: {
    summary: 'All sessions. Sent after `hello`, and as the answer to `list_sessions`',
    example: { type: 'session_list', sessions: [...sessions] },
  },
  session_update: {
    summary: 'A session opened, changed or closed. Sent at most four times a second per session',
    example: { type: 'session_update', session },
  },
  unreachable_servers: {
    summary:
      'The HTTP servers that their proxies cannot reach. Sent when they change; after connecting, they are in `hello`',
    example: { type: 'unreachable_servers', servers: [...unreachable] },
  },
  session_status: {
    summary: 'The answer to `get_session_status`. `data` is the answer of `GET /api/v1/sessions/{id}`',
    example: { type: 'session_status', session_id: sessionId, data: status },
  },
  operations: {
    summary: 'A batch of events in order. `seq` is the number of the last one',
    example: {
      type: 'operations',
      seq: 42,
      events: [
        {
          seq: 41,
          kind: 'progressed',
          ...operation,
          status: 'running',
          progress: 40,
          timestamp: '2026-11-24T22:47:14.105Z',
          message: 'reading',
          details: { message: 'reading' },
        },
        {
          seq: 42,
          kind: 'failed',
          ...operation,
          status: 'failed',
          progress: 40,
          timestamp: '2026-11-24T22:47:14.112Z',
          duration: 0.011,
          details: { error_type: 'tool_error' },
          error: 'Access denied',
        },
      ],
    },
  },
  gap: {
    summary:
      'Events are missing: the client was slow (`slow_client`), resumed too late (`too_old`), or the exporter restarted (`restarted`)',
    example: { type: 'gap', from_seq: 12, to_seq: 30, reason: 'too_old' },
  },
  pong: {
    summary: 'The answer to `ping`',
    example: { type: 'pong', server_time: '2026-11-24T22:47:14.000Z' },
  },
  error: {
    summary: 'A message of the client was refused. The connection stays open until ten refusals in a row',
    example: {
      type: 'error',
      code: 'unknown_session',
      message: 'session_id: expected an id of session_list',
    },
  },
};

/** Each message that a client may send. */
export const CLIENT_EXAMPLES: Examples<ClientMessage> = {
  subscribe_session: {
    summary: 'Receive events of this session only. A client without subscriptions receives all sessions',
    example: { type: 'subscribe_session', session_id: sessionId },
  },
  unsubscribe_session: {
    summary: 'End a subscription',
    example: { type: 'unsubscribe_session', session_id: sessionId },
  },
  get_session_status: {
    summary: 'Ask for the `session_status` of a session',
    example: { type: 'get_session_status', session_id: sessionId },
  },
  list_sessions: { summary: 'Ask for the `session_list`', example: { type: 'list_sessions' } },
  resume: {
    summary: 'Ask for the events after `seq`, with the `boot_id` of the last `hello`',
    example: { type: 'resume', boot_id: BOOT_ID, seq: 30 },
  },
  ping: { summary: 'Ask for a `pong`', example: { type: 'ping' } },
};
