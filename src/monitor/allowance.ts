import { LIMITS, type LimitName, type OnLimit } from './limits.ts';

/** A budget that many owners share, such as bytes of memory. Callers must give back the amounts that they take. */
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

  /** Whether `amount` is left. If it is not, the limit is counted as reached. */
  has(amount = 1): boolean {
    const hasRoom = this.#used + amount <= this.#max;
    if (!hasRoom) this.#onLimit(this.#limit);
    return hasRoom;
  }

  /** @returns false if less than `amount` is left. Then nothing is taken, and the limit is counted as reached. */
  take(amount = 1): boolean {
    if (!this.has(amount)) return false;
    this.#used += amount;
    return true;
  }

  /** Takes `amount` even if it exceeds the limit, for callers that cannot refuse. */
  takeAnyway(amount = 1): void {
    this.#used += amount;
  }

  give(amount = 1): void {
    this.#used -= amount;
  }
}
