import type { WebSocket } from 'ws';

import type { LoggedEvent } from './event-log.ts';
import type { FeedErrorCode, ServerMessage } from './feed-protocol.ts';

/** Unsent bytes from which on a client is slow: it gets the latest progress only. */
const SLOW_BYTES = 256 * 1024;
/** Unsent bytes, held events among them, that end a client. */
const MAX_BYTES = 1024 * 1024;
const MAX_SLOW_MS = 15_000;
const MAX_BAD_MESSAGES = 10;
const MAX_SUBSCRIPTIONS = 100;

/** https://www.rfc-editor.org/rfc/rfc6455#section-7.4.1 */
const POLICY_VIOLATION = 1008;
const TRY_AGAIN_LATER = 1013;

/** Serialised once, however many clients get it. */
export type Frame = Buffer;

export function frameOf(message: ServerMessage): Frame {
  return Buffer.from(JSON.stringify(message));
}

export function operationsFrame(events: readonly LoggedEvent[], seq: number): Frame {
  return Buffer.from(
    `{"type":"operations","seq":${seq},"events":[${events.map(({ json }) => json).join(',')}]}`,
  );
}

/** One viewer of the feed: what it wants, and what it could not take yet. */
export class FeedClient {
  /** The last event before it came. */
  readonly joinedSeq: number;
  /** It gets events from the moment it has said where it wants to resume, or that it does not. */
  isLive = false;
  hasAnsweredPing = true;
  readonly #socket: WebSocket;
  readonly #maxMessagesPerSecond: number;
  readonly #subscriptions = new Set<string>();
  #filterKey = '';
  #held: LoggedEvent[] = [];
  readonly #heldProgress = new Map<string, LoggedEvent>();
  #heldBytes = 0;
  #missed: { fromSeq: number; toSeq: number } | null = null;
  #slowSinceMs: number | null = null;
  #badMessages = 0;
  #tokens: number;
  #tokensAtMs = performance.now();

  constructor(socket: WebSocket, joinedSeq: number, maxMessagesPerSecond: number) {
    this.#socket = socket;
    this.joinedSeq = joinedSeq;
    this.#maxMessagesPerSecond = maxMessagesPerSecond;
    this.#tokens = maxMessagesPerSecond;
  }

  /** Clients with the same key get the same frames; `''` is every session. */
  get filterKey(): string {
    return this.#filterKey;
  }

  wants(sessionId: string): boolean {
    return this.#subscriptions.size === 0 || this.#subscriptions.has(sessionId);
  }

  /** @returns whether there was room for one more. */
  subscribe(sessionId: string): boolean {
    if (this.#subscriptions.size >= MAX_SUBSCRIPTIONS && !this.#subscriptions.has(sessionId)) return false;
    this.#subscriptions.add(sessionId);
    this.#filterKey = [...this.#subscriptions].toSorted().join('\n');
    return true;
  }

  unsubscribe(sessionId: string): void {
    this.#subscriptions.delete(sessionId);
    this.#filterKey = [...this.#subscriptions].toSorted().join('\n');
  }

  get isSlow(): boolean {
    return this.#socket.bufferedAmount > SLOW_BYTES;
  }

  /** Whether it has something to catch up with. */
  get isBehind(): boolean {
    return this.#slowSinceMs !== null;
  }

  send(frame: Frame): void {
    this.#socket.send(frame, { binary: false });
  }

  /**
   * Keeps events for a slow client: of an operation's progress only the latest, everything else whole.
   *
   * @returns how many events it will never get
   */
  hold(events: readonly LoggedEvent[]): number {
    this.#slowSinceMs ??= performance.now();
    let coalesced = 0;
    for (const logged of events) {
      const previous = this.#heldProgress.get(logged.operationKey);
      if (previous) {
        coalesced += 1;
        this.#heldBytes -= previous.json.length;
        this.#noteMissed(previous.seq);
        this.#heldProgress.delete(logged.operationKey);
      }
      this.#heldBytes += logged.json.length;
      if (logged.event.kind === 'progressed') this.#heldProgress.set(logged.operationKey, logged);
      else this.#held.push(logged);
    }
    return coalesced;
  }

  /** It did not get a session's state: it will get all of them when it catches up. */
  missSession(): void {
    this.#slowSinceMs ??= performance.now();
  }

  /** What was held, in order, and what is missing from it; after this the client is not behind. */
  takeHeld(): { events: LoggedEvent[]; missed: { fromSeq: number; toSeq: number } | null } {
    const events = [...this.#held, ...this.#heldProgress.values()].toSorted((a, b) => a.seq - b.seq);
    const missed = this.#missed;
    this.#held = [];
    this.#heldProgress.clear();
    this.#heldBytes = 0;
    this.#missed = null;
    this.#slowSinceMs = null;
    return { events, missed };
  }

  /** Ends a client that is over its budget, or slow for too long. @returns how many events that loses, or null */
  closeIfHopeless(): number | null {
    const isOverBudget = this.#socket.bufferedAmount + this.#heldBytes > MAX_BYTES;
    const isStuck = this.#slowSinceMs !== null && performance.now() - this.#slowSinceMs > MAX_SLOW_MS;
    if (!isOverBudget && !isStuck) return null;
    const lost = this.#held.length + this.#heldProgress.size;
    this.takeHeld();
    this.close(TRY_AGAIN_LATER, 'too slow: resume when there is room');
    return lost;
  }

  /** Whether it may send one more message now. */
  takeToken(): boolean {
    const now = performance.now();
    const refill = ((now - this.#tokensAtMs) / 1000) * this.#maxMessagesPerSecond;
    this.#tokens = Math.min(this.#maxMessagesPerSecond, this.#tokens + refill);
    this.#tokensAtMs = now;
    if (this.#tokens < 1) return false;
    this.#tokens -= 1;
    return true;
  }

  accepted(): void {
    this.#badMessages = 0;
  }

  reject(code: FeedErrorCode, message: string): void {
    this.#badMessages += 1;
    this.send(frameOf({ type: 'error', code, message }));
    if (this.#badMessages >= MAX_BAD_MESSAGES) this.close(POLICY_VIOLATION, 'too many bad messages');
  }

  ping(): void {
    this.hasAnsweredPing = false;
    this.#socket.ping();
  }

  close(code: number, reason: string): void {
    this.#socket.close(code, reason);
    // A peer that does not read does not answer the close either.
    const socket = this.#socket;
    setTimeout(() => socket.terminate(), 1000).unref();
  }

  terminate(): void {
    this.#socket.terminate();
  }

  #noteMissed(seq: number): void {
    const { fromSeq, toSeq } = this.#missed ?? { fromSeq: seq, toSeq: seq };
    this.#missed = { fromSeq: Math.min(fromSeq, seq), toSeq: Math.max(toSeq, seq) };
  }
}
