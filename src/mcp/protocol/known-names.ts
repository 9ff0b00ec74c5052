import type { OnLimit } from '../../monitor/limits.ts';
import { LIMITS } from '../../monitor/limits.ts';
import { NameTable } from '../../monitor/name-table.ts';
import { OTHER } from '../../monitor/other-label.ts';
import { isRecord, textOf } from '../wire/json-rpc.ts';

// Names of tools and prompts come from the network. They become label values only if the server has confirmed them.

/** Whether a server has registered a name; null if its registry is not accessible. */
export type NameLookup = (name: string) => boolean | null;

/** The names of a server's tools, or of its prompts. */
export class KnownNames {
  /** Undefined if the server runs in another process. */
  lookup: NameLookup | undefined;
  readonly #learned = new Set<string>();
  readonly #table: NameTable;
  readonly #onLimit: OnLimit | undefined;

  constructor(lookup?: NameLookup, onLimit?: OnLimit) {
    this.lookup = lookup;
    this.#table = new NameTable(onLimit);
    this.#onLimit = onLimit;
  }

  /** Returns a short copy of `name`. */
  copyOf(name: string): string {
    return this.#table.copyOf(name);
  }

  /**
   * Returns `copy` if the server has confirmed the name, otherwise `_OTHER`.
   *
   * @param copy - the result of {@link copyOf}
   */
  resolve(name: string, copy: string): string {
    return (this.lookup?.(name) ?? this.#learned.has(copy)) ? copy : OTHER;
  }

  /**
   * Call after a success, which confirms the name.
   *
   * @returns whether the name is new
   */
  learn(copy: string): boolean {
    if (this.#learned.has(copy)) return false;
    if (this.#learned.size < LIMITS.known_names.max) {
      this.#learned.add(copy);
      return true;
    }
    this.#onLimit?.('known_names');
    return false;
  }

  /**
   * @param entries - of a `tools/list` or `prompts/list` result
   * @returns short copies of the new names
   */
  learnList(entries: unknown): readonly string[] {
    if (!Array.isArray(entries)) return [];
    const learned: string[] = [];
    // Entries beyond the limit are not read: a list may have a million.
    for (const entry of entries.slice(0, LIMITS.known_names.max)) {
      const name = isRecord(entry) ? textOf(entry, 'name') : null;
      if (name === null) continue;
      const copy = this.copyOf(name);
      if (this.learn(copy)) learned.push(copy);
    }
    const unread = entries.length - LIMITS.known_names.max;
    if (unread > 0) this.#onLimit?.('known_names', unread);
    return learned;
  }
}
