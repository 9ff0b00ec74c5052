import { LIMITS } from './limits.ts';
import { OTHER } from './other-label.ts';
import { wireName } from './wire-name.ts';

/** Operation names that the local history and the embedded alerts keep separate. Later names become `_OTHER`. */
export const MAX_OPERATION_NAMES = 200;

/**
 * Bounds the cardinality of a label: the first `maxValues` values are kept, later ones become `_OTHER`. Each kept value
 * is a short, well-formed copy, so that different values are different series in Prometheus.
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
