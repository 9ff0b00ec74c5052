/** Detects whether the inputs of a view have changed since it was rendered. */
export class Changes {
  #drawnFrom: readonly unknown[] | null = null;

  /** Whether any of `parts` differs from the last call. */
  have(...parts: readonly unknown[]): boolean {
    const before = this.#drawnFrom;
    if (before?.length === parts.length && parts.every((part, index) => part === before[index])) return false;
    this.#drawnFrom = parts;
    return true;
  }
}
