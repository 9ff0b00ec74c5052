import { LIMITS, type LimitName, type OnLimit } from './limits.ts';

/** An amount that many owners share, such as bytes of memory. Whatever is taken must be given back. */
export class Allowance {
  readonly #limit: LimitName;
  readonly #onLimit: OnLimit;
  readonly #max: number;
  #used = 0;

  /** @param max - @defaultValue the limit's own */
  constructor(limit: LimitName, onLimit: OnLimit, max: number = LIMITS[limit].max) {
    this.#limit = limit;
    this.#onLimit = onLimit;
    this.#max = max;
  }

  get used(): number {
    return this.#used;
  }

  /** Whether so much is left; if not, the limit is counted. */
  has(amount = 1): boolean {
    const hasRoom = this.#used + amount <= this.#max;
    if (!hasRoom) this.#onLimit(this.#limit);
    return hasRoom;
  }

  /** @returns whether there was enough left; if not, nothing is taken and the limit is counted */
  take(amount = 1): boolean {
    if (!this.has(amount)) return false;
    this.#used += amount;
    return true;
  }

  /** Takes what the caller has no choice about. */
  takeAnyway(amount = 1): void {
    this.#used += amount;
  }

  give(amount = 1): void {
    this.#used -= amount;
  }
}
