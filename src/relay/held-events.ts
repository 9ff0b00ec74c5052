import type { Allowance } from '../monitor/allowance.ts';
import { sizeOfDetails } from '../monitor/kept-details.ts';
import type { Conversation } from './conversation.ts';
import type { Subject } from './event-subject.ts';
import type { EventOf, ReportedEvent, ReportedSession } from './report-schema.ts';
import type { Reporter } from './reporter.ts';
import { MAX_OPEN } from './reported-traffic.ts';

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

/** By reporter and name. */
type Groups = Map<string, Held>;

/** What is held of one conversation. */
class HeldConversation {
  readonly groups: Groups = new Map();
  /** The same by the key of the subject, so that the report of a server costs no more if much is held. */
  readonly #bySubject = new Map<string | null, Groups>();

  about(key: string | null): Groups | undefined {
    return this.#bySubject.get(key);
  }

  add(name: string, held: Held): void {
    const key = held.subject?.key ?? null;
    const same = this.#bySubject.get(key) ?? new Map<string, Held>();
    this.groups.set(name, held);
    this.#bySubject.set(key, same.set(name, held));
  }

  /** @returns false if it is not held */
  delete(name: string): boolean {
    const key = this.groups.get(name)?.subject?.key ?? null;
    const same = this.#bySubject.get(key);
    same?.delete(name);
    if (same?.size === 0) this.#bySubject.delete(key);
    return this.groups.delete(name);
  }
}

/** The held events, by conversation; null for requests that will open one. The oldest are the first. */
export class HeldEvents {
  readonly #conversations = new Map<Conversation | null, HeldConversation>();
  /** Number of open items, by reporter. */
  readonly #countOf = new Map<string, number>();
  /** Held events count as open items, because they use as much memory. */
  readonly #allowance: Allowance;
  #lastKey = 0;

  constructor(allowance: Allowance) {
    this.#allowance = allowance;
  }

  get size(): number {
    return this.#conversations.size;
  }

  hasFrom(reporterId: string): boolean {
    return this.#countOf.has(reporterId);
  }

  conversations(): (Conversation | null)[] {
    return [...this.#conversations.keys()];
  }

  of(conversation: Conversation | null): [string, Held][] {
    return [...(this.#conversations.get(conversation)?.groups ?? [])];
  }

  /** Those about one subject; null for those without a key. */
  about(conversation: Conversation, key: string | null): [string, Held][] {
    return [...(this.#conversations.get(conversation)?.about(key) ?? [])];
  }

  /**
   * Holds events, after those about the same subject.
   *
   * @param name - the subject's name within the reporter and the conversation; null for an event that stands alone
   * @returns false if a limit of open items is reached
   */
  add(conversation: Conversation | null, name: string | null, held: Held): boolean {
    const size = sizeOf(held);
    const ofReporter = this.#countOf.get(held.from.id) ?? 0;
    if (ofReporter + size > MAX_OPEN || !this.#allowance.take(size)) return false;
    this.#addTo(held.from.id, size);
    const ofConversation = this.#conversations.get(conversation) ?? new HeldConversation();
    this.#conversations.set(conversation, ofConversation);
    const key = keyOf(held.from, name ?? `alone ${(this.#lastKey += 1)}`);
    const known = ofConversation.groups.get(key);
    if (known) for (const event of held.events) known.events.push(event);
    else ofConversation.add(key, held);
    return true;
  }

  has(conversation: Conversation | null, from: Reporter, name: string | null): boolean {
    return name !== null && this.#conversations.get(conversation)?.groups.has(keyOf(from, name)) === true;
  }

  /** Removes and returns held events. */
  take(conversation: Conversation | null, from: Reporter, name: string): Held | undefined {
    const key = keyOf(from, name);
    const held = this.#conversations.get(conversation)?.groups.get(key);
    if (held) this.remove(conversation, key, held);
    return held;
  }

  remove(conversation: Conversation | null, key: string, held: Held): void {
    const ofConversation = this.#conversations.get(conversation);
    if (!ofConversation?.delete(key)) return;
    if (ofConversation.groups.size === 0) this.#conversations.delete(conversation);
    this.#allowance.give(sizeOf(held));
    this.#addTo(held.from.id, -sizeOf(held));
  }

  #addTo(reporterId: string, change: number): void {
    const count = (this.#countOf.get(reporterId) ?? 0) + change;
    if (count > 0) this.#countOf.set(reporterId, count);
    else this.#countOf.delete(reporterId);
  }
}

/** In open items: one for each event and session, and for each 1,000 characters of details. */
function sizeOf({ events, session }: Held): number {
  const items = events.map((event) => (event.type === 'operation' ? 1 + detailsOf(event) : 1));
  return items.reduce((sum, each) => sum + each, session ? 1 : 0);
}

function detailsOf({ details, error = '' }: EventOf<'operation'>): number {
  return Math.floor((sizeOfDetails(details) + error.length) / 1000);
}

function keyOf({ id }: Reporter, name: string): string {
  return `${id} ${name}`;
}
