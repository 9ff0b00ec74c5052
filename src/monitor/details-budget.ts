import { LIMITS, type OnLimit } from './limits.ts';

/** The operations of one session whose details count toward the budget. */
export interface DetailedBook {
  /** Approximate size of all details, in characters. */
  readonly detailsSize: number;
  /** Drops the details of the oldest operation with details. */
  dropOldestDetails(): void;
}

/** Bounds the memory for details across all sessions. The session that uses the most loses its oldest details first. */
export class DetailsBudget {
  readonly #books = new Set<DetailedBook>();
  readonly #onLimit: OnLimit;
  readonly #max: number;
  #used = 0;

  constructor(onLimit: OnLimit, max: number = LIMITS.details_total.max) {
    this.#onLimit = onLimit;
    this.#max = max;
  }

  add(book: DetailedBook): void {
    this.#books.add(book);
  }

  remove(book: DetailedBook): void {
    if (this.#books.delete(book)) this.#used -= book.detailsSize;
  }

  /** Records that the details of `book` grew by `by` characters, or shrank if `by` is negative. */
  change(book: DetailedBook, by: number): void {
    if (!this.#books.has(book)) return;
    this.#used += by;
    if (by < 0) return;
    while (this.#used > this.#max && this.#dropOldest());
  }

  /** @returns whether any details were dropped */
  #dropOldest(): boolean {
    let largest: DetailedBook | undefined;
    for (const book of this.#books) {
      if (!largest || book.detailsSize > largest.detailsSize) largest = book;
    }
    const before = this.#used;
    largest?.dropOldestDetails();
    this.#onLimit('details_total');
    return this.#used < before;
  }
}
