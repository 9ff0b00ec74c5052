import type { OnLimit } from '../../monitor/limits.ts';
import { LIMITS } from '../../monitor/limits.ts';
import { NameTable } from '../../monitor/name-table.ts';
import { OTHER } from '../../monitor/other-label.ts';
import { isRecord, textOf } from '../wire/json-rpc.ts';

// Names of tools and prompts come from the network: they become label values only where somebody vouches for them.

/** Whether a server has registered a name; null where its registry cannot be seen. */
export type NameLookup = (name: string) => boolean | null;

/** The names of a server's tools, or of its prompts. */
export class KnownNames {
  lookup: NameLookup;
  readonly #learned = new Set<string>();
  readonly #table: NameTable;
  readonly #onLimit: OnLimit | undefined;

  constructor(lookup: NameLookup, onLimit?: OnLimit) {
    this.lookup = lookup;
    this.#table = new NameTable(onLimit);
    this.#onLimit = onLimit;
  }

  /** `name` as it is kept: a short copy. */
  copyOf(name: string): string {
    return this.#table.copyOf(name);
  }

  /**
   * `copy` where the server vouches for the name, `_OTHER` where not.
   *
   * @param copy - of the name, as {@link copyOf} made it
   */
  resolve(name: string, copy: string): string {
    return (this.lookup(name) ?? this.#learned.has(copy)) ? copy : OTHER;
  }

  /** A call that succeeded proves its name. */
  learn(copy: string): void {
    if (this.#learned.has(copy)) return;
    if (this.#learned.size < LIMITS.known_names.max) this.#learned.add(copy);
    else this.#onLimit?.('known_names');
  }

  /** From the entries of a `tools/list` or `prompts/list` result. */
  learnList(entries: unknown): void {
    if (!Array.isArray(entries)) return;
    // Those past the limit are not looked at: a list may have a million.
    for (const entry of entries.slice(0, LIMITS.known_names.max)) {
      const name = isRecord(entry) ? textOf(entry, 'name') : null;
      if (name !== null) this.learn(this.copyOf(name));
    }
    const unread = entries.length - LIMITS.known_names.max;
    if (unread > 0) this.#onLimit?.('known_names', unread);
  }
}
