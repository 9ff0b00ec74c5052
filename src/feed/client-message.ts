import { clientMessage } from './client-message-schema.ts';
import type { FeedErrorCode } from './feed-protocol.ts';

// Written out and checked against the schema, so that the package's types do not depend on zod.
/**
 * A message that a client sends to the live feed, as JSON text. An invalid message is answered with an `error` message.
 *
 * @see {@link ServerMessage} for an example
 */
export type ClientMessage =
  | { type: 'subscribe_session'; session_id: string }
  | { type: 'unsubscribe_session'; session_id: string }
  | { type: 'get_session_status'; session_id: string }
  | { type: 'list_sessions' }
  | { type: 'resume'; boot_id: string; seq: number }
  | { type: 'ping' };

const CLIENT_TYPES = clientMessage.options.map((option) => option.shape.type.value);

/** Parses a client's message. Returns the error if it is invalid. */
export function parseClientMessage(
  text: string,
): { message: ClientMessage } | { code: FeedErrorCode; problem: string } {
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch {
    return { code: 'invalid_json', problem: 'expected a JSON object' };
  }
  const parsed = clientMessage.safeParse(json);
  if (parsed.success) return { message: parsed.data };
  const issue = parsed.error.issues[0];
  if (issue?.code === 'invalid_union') {
    return { code: 'unknown_type', problem: `type: expected one of ${CLIENT_TYPES.join(', ')}` };
  }
  const where = issue?.path.join('.') ?? '';
  return {
    code: 'invalid_message',
    problem: `${where === '' ? 'message' : where}: ${issue?.message ?? 'invalid'}`,
  };
}
