import { OTHER } from '../monitor/traffic-events.ts';
import { isRecord, textOf } from './json-rpc.ts';

// Names that label values may take: methods and versions from fixed lists (MCP schema, 2024-11-05 to 2026-07-28),
// tools and prompts only where somebody vouches for them.

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
  'subscriptions/listen',
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
]);

const PROTOCOL_VERSIONS = new Set(['2024-11-05', '2025-03-26', '2025-06-18', '2025-11-25', '2026-07-28']);

const MAX_LEARNED = 1000;

export function knownMethod(method: string): string {
  return METHODS.has(method) ? method : OTHER;
}

export function knownVersion(version: string): string {
  return PROTOCOL_VERSIONS.has(version) ? version : OTHER;
}

/** Whether a server has registered a name; null where its registry cannot be seen. */
export type NameLookup = (name: string) => boolean | null;

/** The names of a server's tools, or of its prompts. */
export class KnownNames {
  readonly #lookup: NameLookup;
  readonly #learned = new Set<string>();

  constructor(lookup: NameLookup) {
    this.#lookup = lookup;
  }

  /** `name` where the server vouches for it, `_OTHER` where not. */
  resolve(name: string): string {
    const isKnown = this.#lookup(name) ?? this.#learned.has(name);
    return isKnown ? name : OTHER;
  }

  /** A call that succeeded proves its name. */
  learn(name: string): void {
    if (this.#learned.size < MAX_LEARNED) this.#learned.add(name);
  }

  /** From the entries of a `tools/list` or `prompts/list` result. */
  learnList(entries: unknown): void {
    if (!Array.isArray(entries)) return;
    for (const entry of entries) {
      const name = isRecord(entry) ? textOf(entry, 'name') : null;
      if (name !== null) this.learn(name);
    }
  }
}
