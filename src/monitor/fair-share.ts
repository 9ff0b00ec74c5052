export interface Share {
  readonly max: number;
  readonly maxPerOwner: number;
}

/**
 * A bounded set of members that belong to owners, in least recently used order. When it is full, the owner with the most
 * members loses one, so that one owner cannot evict the members of others.
 */
export class FairShare<T> {
  readonly #share: Share;
  readonly #byOwner = new Map<string, Set<T>>();
  #size = 0;

  constructor(share: Share) {
    this.#share = share;
  }

  get size(): number {
    return this.#size;
  }

  sizeOf(owner: string): number {
    return this.#byOwner.get(owner)?.size ?? 0;
  }

  /** Adds a member, or marks it as the most recently used. */
  use(owner: string, member: T): void {
    const members = this.#byOwner.get(owner) ?? new Set();
    this.#byOwner.set(owner, members);
    if (members.delete(member)) this.#size -= 1;
    members.add(member);
    this.#size += 1;
  }

  delete(owner: string, member: T): void {
    const members = this.#byOwner.get(owner);
    if (!members?.delete(member)) return;
    this.#size -= 1;
    if (members.size === 0) this.#byOwner.delete(owner);
  }

  /** All members. Members may be deleted during the iteration. */
  *members(): Iterable<T> {
    for (const members of this.#byOwner.values()) yield* members;
  }

  /** Whether there is room for another member of `owner`. */
  hasRoom(owner: string): boolean {
    return this.#size < this.#share.max && this.sizeOf(owner) < this.#share.maxPerOwner;
  }

  /**
   * The member to evict before `owner` gets another one. It belongs to the same owner if that owner has its full share,
   * otherwise to the owner with the most members. Undefined if no member is evictable.
   */
  victimFor(owner: string, isEvictable: (member: T) => boolean): T | undefined {
    const own = this.sizeOf(owner);
    if (own >= this.#share.maxPerOwner) return this.#first(owner, isEvictable);
    const largest = [...this.#byOwner].filter(([other, { size }]) => size > own || other === owner);
    for (const [other] of largest.toSorted(([, a], [, b]) => b.size - a.size)) {
      const victim = this.#first(other, isEvictable);
      if (victim !== undefined) return victim;
    }
    return undefined;
  }

  #first(owner: string, isEvictable: (member: T) => boolean): T | undefined {
    for (const member of this.#byOwner.get(owner) ?? []) if (isEvictable(member)) return member;
    return undefined;
  }
}
