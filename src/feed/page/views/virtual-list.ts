import { setChildren } from '../dom.ts';

/** A row of the list. Rows are reused for other items. */
export interface VirtualRow<T> {
  readonly element: HTMLElement;
  /** @param index - in the whole list, from 0 */
  update(item: T, index: number): void;
}

export interface VirtualListOptions<T> {
  /** The scrolling element. */
  readonly viewport: HTMLElement;
  /** Child of the viewport with the height of all rows. It contains the visible rows. */
  readonly content: HTMLElement;
  /** The identity of an item. Items with the same key keep their row. */
  readonly keyOf: (item: T) => object;
  readonly createRow: () => VirtualRow<T>;
}

/** Number of rows above and below the visible ones, so that fast scrolling shows no gaps. */
const OVERSCAN = 6;
/** Number of rows that are printed. */
export const MAX_PRINTED = 1000;

/** A list of any length that renders only the visible rows. All rows have the same height. */
export class VirtualList<T> {
  readonly #options: VirtualListOptions<T>;
  #items: readonly T[] = [];
  #rows = new Map<object, VirtualRow<T>>();
  #free: VirtualRow<T>[] = [];
  #rowHeight = 1;
  #viewportHeight = 0;
  #isPrinted = false;

  constructor(options: VirtualListOptions<T>) {
    this.#options = options;
    const { viewport } = options;
    for (const type of ['beforeprint', 'afterprint'] as const) {
      window.addEventListener(type, () => {
        this.#isPrinted = type === 'beforeprint';
        this.render();
      });
    }
    viewport.addEventListener('scroll', () => this.render(), { passive: true });
    new ResizeObserver(() => {
      // The layout determines the row height. The scroll position is adjusted to it.
      const before = this.#rowHeight;
      const top = viewport.scrollTop;
      this.#rowHeight = parseFloat(getComputedStyle(viewport).getPropertyValue('--row-height')) || 1;
      this.#viewportHeight = viewport.clientHeight;
      this.render();
      if (before !== this.#rowHeight && top > 0) viewport.scrollTop = (top / before) * this.#rowHeight;
    }).observe(viewport);
  }

  get pageLength(): number {
    return Math.max(1, Math.floor(this.#viewportHeight / this.#rowHeight) - 1);
  }

  /** Index of the first item that is fully visible. */
  get firstSeen(): number {
    return Math.ceil(this.#options.viewport.scrollTop / this.#rowHeight);
  }

  setItems(items: readonly T[]): void {
    this.#items = items;
    this.render();
  }

  /** The row of an item; undefined if it is not rendered. */
  rowOf(key: object): VirtualRow<T> | undefined {
    return this.#rows.get(key);
  }

  /** Scrolls the item into view. */
  reveal(index: number): void {
    const { viewport } = this.#options;
    const top = index * this.#rowHeight;
    const bottom = top + this.#rowHeight;
    if (top < viewport.scrollTop) viewport.scrollTop = top;
    else if (bottom > viewport.scrollTop + this.#viewportHeight) {
      viewport.scrollTop = bottom - this.#viewportHeight;
    }
    this.render();
  }

  render(): void {
    const { viewport, content, keyOf, createRow } = this.#options;
    const total = this.#isPrinted ? Math.min(this.#items.length, MAX_PRINTED) : this.#items.length;
    const height = `${total * this.#rowHeight}px`;
    if (content.style.height !== height) content.style.height = height;
    const seen = Math.max(0, Math.floor(viewport.scrollTop / this.#rowHeight) - OVERSCAN);
    const first = this.#isPrinted ? 0 : seen;
    const rows = Math.ceil(this.#viewportHeight / this.#rowHeight) + 2 * OVERSCAN;
    const count = this.#isPrinted ? total : rows;
    const shown = this.#items.slice(first, first + count);

    const before = this.#rows;
    this.#rows = new Map();
    for (const item of shown) {
      const row = before.get(keyOf(item));
      if (row) this.#rows.set(keyOf(item), row);
    }
    for (const [key, row] of before) if (!this.#rows.has(key)) this.#free.push(row);
    for (const [offset, item] of shown.entries()) {
      let row = this.#rows.get(keyOf(item));
      if (!row) {
        row = this.#free.pop() ?? createRow();
        this.#rows.set(keyOf(item), row);
      }
      row.update(item, first + offset);
      const transform = `translateY(${(first + offset) * this.#rowHeight}px)`;
      if (row.element.style.transform !== transform) row.element.style.transform = transform;
    }
    // In visual order, which is the order for screen readers.
    setChildren(
      content,
      shown.flatMap((item) => this.#rows.get(keyOf(item))?.element ?? []),
    );
    // Drops spare rows of a larger window.
    this.#free.length = Math.min(this.#free.length, count);
  }
}
