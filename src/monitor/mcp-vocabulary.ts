import { OTHER } from './other-label.ts';

// Fixed lists of the methods and versions that may be label values (MCP schema, 2024-11-05 to 2026-07-28).

/** Stays open while its client listens. Its duration and age are not the server's latency. */
export const LISTEN_METHOD = 'subscriptions/listen';
/** Responses to these come when something happens, so their age says nothing. */
export const WAITING_METHODS: readonly string[] = [LISTEN_METHOD, 'tasks/result'];

const METHODS = constants([
  'initialize',
  'ping',
  'server/discover',
  'completion/complete',
  'logging/setLevel',
  'prompts/get',
  'prompts/list',
  'resources/list',
  'resources/templates/list',
  'resources/read',
  'resources/subscribe',
  'resources/unsubscribe',
  LISTEN_METHOD,
  'tools/call',
  'tools/list',
  'tasks/get',
  'tasks/list',
  'tasks/result',
  'tasks/update',
  'tasks/cancel',
  'sampling/createMessage',
  'elicitation/create',
  'roots/list',
  'notifications/initialized',
  'notifications/cancelled',
  'notifications/progress',
  'notifications/message',
  'notifications/resources/updated',
  'notifications/resources/list_changed',
  'notifications/tools/list_changed',
  'notifications/prompts/list_changed',
  'notifications/roots/list_changed',
  'notifications/tasks/status',
  'notifications/elicitation/complete',
  'notifications/subscriptions/acknowledged',
]);

const PROTOCOL_VERSIONS = constants(['2024-11-05', '2025-03-26', '2025-06-18', '2025-11-25', '2026-07-28']);

/** `method` if it is an MCP method, otherwise `_OTHER`. */
export function knownMethod(method: string): string {
  return METHODS.get(method) ?? OTHER;
}

/** `version` if it is an MCP protocol version, otherwise `_OTHER`. */
export function knownVersion(version: string): string {
  return PROTOCOL_VERSIONS.get(version) ?? OTHER;
}

/** Maps a text from the wire to our constant, because the text may keep a whole message in memory. */
function constants(texts: readonly string[]): ReadonlyMap<string, string> {
  return new Map(texts.map((text) => [text, text]));
}
