const MAX_SUBSCRIPTIONS = 10_000;

/** The resources that the client of one connection has subscribed to. */
export class SubscriptionTracker {
  readonly #uris = new Set<string>();
  readonly #onChange: (change: number) => void;

  constructor(onChange: (change: number) => void) {
    this.#onChange = onChange;
  }

  note(uri: string, isSubscribed: boolean): void {
    const before = this.#uris.size;
    if (!isSubscribed) this.#uris.delete(uri);
    else if (before < MAX_SUBSCRIPTIONS) this.#uris.add(uri);
    this.#tell(this.#uris.size - before);
  }

  /** The connection is gone, and they with it. */
  clear(): void {
    const before = this.#uris.size;
    this.#uris.clear();
    this.#tell(-before);
  }

  #tell(change: number): void {
    if (change !== 0) this.#onChange(change);
  }
}
