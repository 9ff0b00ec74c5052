/**
 * The last `capacity` things that ended. Adding one returns the one that fell out, so that its owner can
 * forget it by its known key: deleting a Map's first key costs ten times more.
 */
export class Ring<T> {
  readonly #slots: T[] = [];
  readonly #capacity: number;
  #next = 0;

  constructor(capacity: number) {
    this.#capacity = capacity;
  }

  push(item: T): T | undefined {
    if (this.#slots.length < this.#capacity) {
      this.#slots.push(item);
      return undefined;
    }
    const evicted = this.#slots[this.#next];
    this.#slots[this.#next] = item;
    this.#next = (this.#next + 1) % this.#capacity;
    return evicted;
  }

  /** The one that was added `count` before the latest; undefined where there are not so many. */
  before(count: number): T | undefined {
    const size = this.#slots.length;
    if (count >= size) return undefined;
    const latest = size < this.#capacity ? size - 1 : this.#next - 1;
    return this.#slots[(latest - count + size) % size];
  }

  /** The last `count`, oldest first. */
  last(count: number): T[] {
    const size = this.#slots.length;
    const taken = Math.min(count, size);
    const items: T[] = [];
    for (let i = size - taken; i < size; i++) {
      const item = this.#slots[(this.#next + i) % size];
      if (item !== undefined) items.push(item);
    }
    return items;
  }

  get size(): number {
    return this.#slots.length;
  }
}
