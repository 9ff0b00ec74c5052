import type { Allowance } from '../monitor/allowance.ts';
import type { Conversation } from './conversation.ts';
import type { Subject } from './event-subject.ts';
import type { ReportedEvent, ReportedSession } from './report-schema.ts';
import type { Reporter } from './reporter.ts';

/** What one proxy has reported about one subject. It is not known yet whether it counts. */
export interface Held {
  readonly from: Reporter;
  /** Null if the conversation is not known yet. */
  readonly subject: Subject | null;
  readonly events: ReportedEvent[];
  /** An announced session. */
  readonly session?: ReportedSession;
  /** Monotonic time in milliseconds. */
  readonly heldAtMs: number;
  /** Since when the server seems not to have seen the same. Monotonic time in milliseconds. */
  unseenSinceMs?: number;
}

type Groups = Map<string, Held>;

/** The held events, by conversation; null for requests that will open one. The oldest are the first. */
export class HeldEvents {
  readonly #groups = new Map<Conversation | null, Groups>();
  /** Number of groups, by reporter. */
  readonly #countOf = new Map<string, number>();
  /** Held events count as open items, because they use as much memory. */
  readonly #allowance: Allowance;
  #lastKey = 0;

  constructor(allowance: Allowance) {
    this.#allowance = allowance;
  }

  get size(): number {
    return this.#groups.size;
  }

  hasFrom(reporterId: string): boolean {
    return this.#countOf.has(reporterId);
  }

  conversations(): (Conversation | null)[] {
    return [...this.#groups.keys()];
  }

  of(conversation: Conversation | null): [string, Held][] {
    return [...(this.#groups.get(conversation) ?? [])];
  }

  /**
   * Holds events, after those about the same subject.
   *
   * @param name - the subject's name within the reporter and the conversation; null for an event that stands alone
   * @returns false if the limit of open items is reached
   */
  add(conversation: Conversation | null, name: string | null, held: Held): boolean {
    if (!this.#allowance.take(held.events.length)) return false;
    const groups = this.#groups.get(conversation) ?? new Map<string, Held>();
    this.#groups.set(conversation, groups);
    const key = keyOf(held.from, name ?? `alone ${(this.#lastKey += 1)}`);
    const known = groups.get(key);
    if (known) known.events.push(...held.events);
    else {
      groups.set(key, held);
      this.#addTo(held.from.id, 1);
    }
    return true;
  }

  has(conversation: Conversation | null, from: Reporter, name: string | null): boolean {
    return name !== null && this.#groups.get(conversation)?.has(keyOf(from, name)) === true;
  }

  /** Removes and returns held events. */
  take(conversation: Conversation | null, from: Reporter, name: string): Held | undefined {
    const key = keyOf(from, name);
    const held = this.#groups.get(conversation)?.get(key);
    if (held) this.remove(conversation, key, held);
    return held;
  }

  remove(conversation: Conversation | null, key: string, held: Held): void {
    const groups = this.#groups.get(conversation);
    if (!groups?.delete(key)) return;
    if (groups.size === 0) this.#groups.delete(conversation);
    this.#allowance.give(held.events.length);
    this.#addTo(held.from.id, -1);
  }

  #addTo(reporterId: string, change: number): void {
    const count = (this.#countOf.get(reporterId) ?? 0) + change;
    if (count > 0) this.#countOf.set(reporterId, count);
    else this.#countOf.delete(reporterId);
  }
}

function keyOf({ id }: Reporter, name: string): string {
  return `${id} ${name}`;
}
