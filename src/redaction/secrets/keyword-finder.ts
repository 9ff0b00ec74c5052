const ALPHABET = 128;

/** The position of a keyword. */
export interface Hit {
  readonly start: number;
  readonly end: number;
}

/**
 * Finds any of many keywords in one pass, ignoring case. A regular expression would try each alternative at each
 * character.
 *
 * @see {@link https://doi.org/10.1145/360825.360855} Aho and Corasick, Efficient string matching
 */
export class KeywordFinder {
  /** The next state, by state and character. State 0 is the start. */
  readonly #next: Int16Array;
  /** The length of the keyword that ends in a state, or 0. */
  readonly #length: Uint8Array;

  /** @param keywords - ASCII, in lower case */
  constructor(keywords: readonly string[]) {
    const maxStates = keywords.reduce((sum, { length }) => sum + length, 1);
    this.#next = new Int16Array(maxStates * ALPHABET);
    this.#length = new Uint8Array(maxStates);
    this.#addFallbacks(this.#addKeywords(keywords));
    for (let code = 65; code <= 90; code++) {
      for (let state = 0; state < maxStates; state++) {
        this.#next[state * ALPHABET + code] = this.#step(state, code + 32);
      }
    }
  }

  /** The first keyword that ends after `from`, or null. */
  find(text: string, from = 0): Hit | null {
    // Performance-critical: runs for every character of every text that leaves the process.
    const next = this.#next;
    const lengths = this.#length;
    let state = 0;
    for (let i = from; i < text.length; i++) {
      const code = text.charCodeAt(i);
      state = code < ALPHABET ? (next[state * ALPHABET + code] ?? 0) : 0;
      if (state === 0) continue;
      const length = lengths[state] ?? 0;
      if (length > 0) return { start: i + 1 - length, end: i + 1 };
    }
    return null;
  }

  #step(state: number, code: number): number {
    return this.#next[state * ALPHABET + code] ?? 0;
  }

  /** @returns the number of states */
  #addKeywords(keywords: readonly string[]): number {
    let states = 1;
    for (const keyword of keywords) {
      let state = 0;
      for (let i = 0; i < keyword.length; i++) {
        const at = state * ALPHABET + keyword.charCodeAt(i);
        if (this.#next[at] === 0) this.#next[at] = states++;
        state = this.#next[at] ?? 0;
      }
      this.#length[state] = keyword.length;
    }
    return states;
  }

  /** If a keyword does not match, continues with the longest suffix that is a prefix of another keyword. */
  #addFallbacks(states: number): void {
    const fallback = new Int16Array(states);
    const queue = Array.from(this.#next.subarray(0, ALPHABET)).filter((state) => state !== 0);
    for (const state of queue) {
      const shorter = fallback[state] ?? 0;
      if (this.#length[state] === 0) this.#length[state] = this.#length[shorter] ?? 0;
      for (let code = 0; code < ALPHABET; code++) {
        const at = state * ALPHABET + code;
        const child = this.#next[at] ?? 0;
        if (child === 0) {
          this.#next[at] = this.#step(shorter, code);
        } else {
          fallback[child] = this.#step(shorter, code);
          queue.push(child);
        }
      }
    }
  }
}
