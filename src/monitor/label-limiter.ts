import { LIMITS } from './limits.ts';
import { OTHER } from './other-label.ts';
import { wireName } from './wire-name.ts';

/** How many operation names metrics, history and alerts tell apart; every later one is `_OTHER`. */
export const MAX_OPERATION_NAMES = 200;

/**
 * Lets the first `maxValues` values of a label through; every later one becomes `_OTHER`, so that no caller can
 * increase the number of series without end. Each value that passes is a short, well-formed copy: no two of them look the
 * same to Prometheus.
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
    if (value.length > LIMITS.label_length.max) return this.#overflow();
    if (this.#seen.has(value)) return value;
    if (value === OTHER || value === '') return value;
    const copy = wireName(value);
    if (this.#seen.has(copy)) return copy;
    if (this.#seen.size >= this.#maxValues) return this.#overflow();
    this.#seen.add(copy);
    return copy;
  }

  #overflow(): string {
    this.#onOverflow();
    return OTHER;
  }
}
