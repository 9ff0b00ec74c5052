/** Notices whether what something is drawn from has changed since it was drawn. */
export class Changes {
  #drawnFrom: readonly unknown[] | null = null;

  /** Whether any of `parts` is other than the last time. */
  have(...parts: readonly unknown[]): boolean {
    const before = this.#drawnFrom;
    if (before?.length === parts.length && parts.every((part, index) => part === before[index])) return false;
    this.#drawnFrom = parts;
    return true;
  }
}
