const RETRY_MS = 15_000;

/** A part of a page whose module is loaded when it is first needed. */
export class Lazy<T> {
  readonly #load: () => Promise<T>;
  readonly #onLoaded: () => void;
  #part: T | null = null;
  #requestedAtMs = -Infinity;

  /** @param onLoaded - called when the part is loaded */
  constructor(load: () => Promise<T>, onLoaded: () => void) {
    this.#load = load;
    this.#onLoaded = onLoaded;
  }

  /** Null while it is not loaded. */
  get loaded(): T | null {
    return this.#part;
  }

  /** Requests the part. After a failure, another call requests it again, at most every 15 s. */
  load(): T | null {
    const nowMs = performance.now();
    if (this.#part === null && nowMs - this.#requestedAtMs > RETRY_MS) {
      this.#requestedAtMs = nowMs;
      void this.#request();
    }
    return this.#part;
  }

  async #request(): Promise<void> {
    const part = await this.#load().catch(() => null);
    if (part === null || this.#part !== null) return;
    this.#part = part;
    this.#onLoaded();
  }
}
