import type { Observer } from '../monitor/traffic-events.ts';

/** Keys of one generation. Removing single keys from a map, oldest first, takes ten times as long as replacing it. */
const GENERATION = 500;

/** Whose events count, for at least the last 500 keys. */
export class RecentKeys {
  #current = new Map<string, Observer>();
  #previous = new Map<string, Observer>();

  get size(): number {
    return this.#current.size + this.#previous.size;
  }

  get(key: string): Observer | undefined {
    return this.#current.get(key) ?? this.#previous.get(key);
  }

  /** Adds a new key. */
  add(key: string, observer: Observer): void {
    if (this.#current.size >= GENERATION) {
      this.#previous = this.#current;
      this.#current = new Map();
    }
    this.#current.set(key, observer);
  }

  clear(): void {
    this.#current = new Map();
    this.#previous = new Map();
  }
}
