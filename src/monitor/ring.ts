/** A ring buffer: the last `capacity` items in insertion order. Adding and removing take constant time. */
export class Ring<T> {
  readonly #slots: (T | undefined)[] = [];
  readonly #capacity: number;
  /** The slot of the oldest item. */
  #first = 0;
  #size = 0;

  constructor(capacity: number) {
    this.#capacity = capacity;
  }

  get size(): number {
    return this.#size;
  }

  /** @returns the evicted oldest item if the ring was full */
  push(item: T): T | undefined {
    const evicted = this.#size < this.#capacity ? undefined : this.shift();
    this.#slots[(this.#first + this.#size) % this.#capacity] = item;
    this.#size += 1;
    return evicted;
  }

  /** Removes the oldest item. */
  shift(): T | undefined {
    if (this.#size === 0) return undefined;
    const oldest = this.#slots[this.#first];
    this.#slots[this.#first] = undefined;
    this.#first = (this.#first + 1) % this.#capacity;
    this.#size -= 1;
    return oldest;
  }

  /** As in an array: 0 is the oldest item, -1 the latest. */
  at(index: number): T | undefined {
    const place = index < 0 ? this.#size + index : index;
    if (place < 0 || place >= this.#size) return undefined;
    return this.#slots[(this.#first + place) % this.#capacity];
  }

  /** The last `count` items, oldest first. */
  last(count: number): T[] {
    const items: T[] = [];
    for (let place = Math.max(this.#size - count, 0); place < this.#size; place++) {
      items.push(this.#slots[(this.#first + place) % this.#capacity] as T);
    }
    return items;
  }
}
