import { OTHER } from './traffic-events.ts';

const MAX_LENGTH = 128;

/**
 * Lets the first `maxValues` values of a label through; every later one becomes `_OTHER`, so that no caller can
 * make the number of series grow without end.
 */
export class LabelLimiter {
  readonly #seen = new Set<string>();
  readonly #maxValues: number;
  readonly #onOverflow: () => void;

  constructor(maxValues: number, onOverflow: () => void) {
    this.#maxValues = maxValues;
    this.#onOverflow = onOverflow;
  }

  limit(value: string): string {
    if (this.#seen.has(value)) return value;
    if (value === OTHER || value === '') return value;
    if (this.#seen.size >= this.#maxValues || value.length > MAX_LENGTH) {
      this.#onOverflow();
      return OTHER;
    }
    this.#seen.add(value);
    return value;
  }
}
