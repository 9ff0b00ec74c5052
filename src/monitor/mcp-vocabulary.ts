import { OTHER } from './other-label.ts';

// The methods and versions that label values may take: fixed lists (MCP schema, 2024-11-05 to 2026-07-28).

/** Stays open for as long as its client listens: its duration and its age say nothing of the server. */
export const LISTEN_METHOD = 'subscriptions/listen';

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

/** `method` if MCP has it, otherwise `_OTHER`. */
export function knownMethod(method: string): string {
  return METHODS.get(method) ?? OTHER;
}

/** `version` if it is one of MCP’s, otherwise `_OTHER`. */
export function knownVersion(version: string): string {
  return PROTOCOL_VERSIONS.get(version) ?? OTHER;
}

/** Finds our own copy of a text from the wire, which may be part of a larger one. */
function constants(texts: readonly string[]): ReadonlyMap<string, string> {
  return new Map(texts.map((text) => [text, text]));
}
