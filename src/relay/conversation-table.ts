import type { Observer } from '../monitor/traffic-events.ts';
import { Conversation } from './conversation.ts';

/** How long a conversation is kept after its last event. Until then, a late report does not count twice. */
const FORGET_AFTER_MS = 60_000;
const MAX_CONVERSATIONS = 10_000;
const MAX_KEYS = 50_000;

/** The conversations of all reporters. Their number, and the number of their keys, is bounded. */
export class ConversationTable {
  /** The longest unused one is the first. */
  readonly #conversations = new Map<string, Conversation>();
  readonly #onForgotten: (conversation: Conversation) => void;
  /** Number of keys of all conversations. */
  #keys = 0;

  /** @param onForgotten - called with each conversation before it is removed */
  constructor(onForgotten: (conversation: Conversation) => void) {
    this.#onForgotten = onForgotten;
  }

  get(id: string): Conversation | undefined {
    return this.#conversations.get(id);
  }

  all(): Conversation[] {
    return [...this.#conversations.values()];
  }

  /** Finds or adds a conversation. */
  use(id: string, nowMs: number): Conversation {
    const known = this.#conversations.get(id);
    const conversation = known ?? new Conversation(id);
    if (known) this.#conversations.delete(id);
    this.#conversations.set(id, conversation);
    conversation.usedAtMs = nowMs;
    if (this.#conversations.size > MAX_CONVERSATIONS) this.#forgetOldest();
    return conversation;
  }

  /** Notes whose events about a key count. */
  count(conversation: Conversation, observer: Observer, key: string): void {
    this.#keys -= conversation.keys;
    conversation.count(observer, key);
    this.#keys += conversation.keys;
    if (this.#keys <= MAX_KEYS) return;
    for (const oldest of this.#conversations.values()) {
      if (this.#keys <= MAX_KEYS / 2) return;
      this.#keys -= oldest.keys;
      oldest.forgetKeys();
    }
  }

  /** Forgets conversations that ended long ago. */
  expire(nowMs: number): void {
    for (const conversation of this.#conversations.values()) {
      if (nowMs - conversation.usedAtMs < FORGET_AFTER_MS) return;
      if (!conversation.isOpen) this.#forget(conversation);
    }
  }

  #forgetOldest(): void {
    for (const conversation of this.#conversations.values()) return this.#forget(conversation);
  }

  /** Held events of the conversation count now, which adds keys. */
  #forget(conversation: Conversation): void {
    this.#onForgotten(conversation);
    this.#conversations.delete(conversation.id);
    this.#keys -= conversation.keys;
  }
}
