import { OTHER } from '../monitor/traffic-events.ts';
import { isRecord, textOf } from './json-rpc.ts';

// Names of tools and prompts come from the network: they become label values only where somebody vouches for them.

const MAX_LEARNED = 1000;

/** Whether a server has registered a name; null where its registry cannot be seen. */
export type NameLookup = (name: string) => boolean | null;

/** The names of a server's tools, or of its prompts. */
export class KnownNames {
  lookup: NameLookup;
  readonly #learned = new Set<string>();

  constructor(lookup: NameLookup) {
    this.lookup = lookup;
  }

  /** `name` where the server vouches for it, `_OTHER` where not. */
  resolve(name: string): string {
    const isKnown = this.lookup(name) ?? this.#learned.has(name);
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
