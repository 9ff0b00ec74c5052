import { OTHER } from './traffic-events.ts';

// The methods and versions that label values may take: fixed lists (MCP schema, 2024-11-05 to 2026-07-28).

/** Stays open for as long as its client listens: its duration and its age say nothing of the server. */
export const LISTEN_METHOD = 'subscriptions/listen';

const METHODS = new Set([
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

const PROTOCOL_VERSIONS = new Set(['2024-11-05', '2025-03-26', '2025-06-18', '2025-11-25', '2026-07-28']);

/** `method` where MCP has it, `_OTHER` where not. */
export function knownMethod(method: string): string {
  return METHODS.has(method) ? method : OTHER;
}

/** `version` where it is one of MCP’s, `_OTHER` where not. */
export function knownVersion(version: string): string {
  return PROTOCOL_VERSIONS.has(version) ? version : OTHER;
}
