import { LIMITS, type OnLimit } from './limits.ts';

/** The operations of one session, as far as their details take memory. */
export interface DetailedBook {
  /** What the details of all its operations take, roughly in characters. */
  readonly detailsSize: number;
  /** Drops the details of the oldest operation with details. */
  dropOldestDetails(): void;
}

/** Bounds the memory that the details of all sessions take. The session that takes the most loses its oldest first. */
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

  /** Takes note that the details of `book` have grown, or, if negative, shrunk. */
  change(book: DetailedBook, by: number): void {
    if (!this.#books.has(book)) return;
    this.#used += by;
    if (by < 0) return;
    while (this.#used > this.#max && this.#dropOldest());
  }

  /** @returns whether there was anything to drop */
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
