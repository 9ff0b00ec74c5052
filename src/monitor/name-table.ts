import { LIMITS, type OnLimit } from './limits.ts';
import { wireName } from './wire-name.ts';

const MAX_NAMES = 10_000;

/**
 * Interns names. A lookup is faster than another copy, and all operations with a name share it.
 */
export class NameTable {
  readonly #copies = new Map<string, string>();
  readonly #onLimit: OnLimit | undefined;

  constructor(onLimit?: OnLimit) {
    this.#onLimit = onLimit;
  }

  /** The interned {@link wireName} of `name`. */
  copyOf(name: string): string {
    const known = name.length <= LIMITS.name_length.max ? this.#copies.get(name) : undefined;
    if (known !== undefined) return known;
    const copy = wireName(name, this.#onLimit);
    if (this.#copies.size < MAX_NAMES) this.#copies.set(copy, copy);
    return copy;
  }
}
