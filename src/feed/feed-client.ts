import type { WebSocket } from 'ws';

import { LIMITS } from '../monitor/limits.ts';
import type { Frame } from './event-batch.ts';
import type { FeedErrorCode, ServerMessage } from './feed-protocol.ts';

/** A client with more unsent bytes is slow: nothing is sent until the buffer drains. */
const SLOW_BYTES = 256 * 1024;
const MAX_SLOW_MS = 15_000;
const MAX_BAD_MESSAGES = 10;
const RESUME_EVERY_MS = 1000;
const CLOSE_TIMEOUT_MS = 1000;

/** https://www.rfc-editor.org/rfc/rfc6455#section-7.4.1 */
const POLICY_VIOLATION = 1008;
export const TRY_AGAIN_LATER = 1013;

export function frameOf(message: ServerMessage): Frame {
  return Buffer.from(JSON.stringify(message));
}

/** Closes a socket, and terminates it if the peer does not respond. */
export function closeSocket(socket: WebSocket, code: number, reason: string): void {
  socket.close(code, reason);
  setTimeout(() => socket.terminate(), CLOSE_TIMEOUT_MS).unref();
}

/** One client of the feed: its subscriptions, its position, and its rate limits. */
export class FeedClient {
  /** Sequence number of the last event that needs not be sent. */
  position: number;
  /** Whether events are sent. They start after `resume`, or after the grace period. */
  isLive = false;
  hasAnsweredPing = true;
  /** A session update was skipped while the client was slow. */
  hasMissedSession = false;
  /** The unreachable servers have changed since they were sent. */
  hasMissedServers = false;
  readonly #socket: WebSocket;
  readonly #maxMessagesPerSecond: number;
  readonly #subscriptions = new Set<string>();
  #filterKey = '';
  #slowSinceMs: number | null = null;
  #badMessages = 0;
  #tokens: number;
  #tokensAtMs = performance.now();
  #resumedAtMs = -Infinity;

  constructor(socket: WebSocket, position: number, maxMessagesPerSecond: number) {
    this.#socket = socket;
    this.position = position;
    this.#maxMessagesPerSecond = maxMessagesPerSecond;
    this.#tokens = maxMessagesPerSecond;
  }

  /** Clients with the same key want the same sessions; `''` means all. */
  get filterKey(): string {
    return this.#filterKey;
  }

  readonly wants = (sessionId: string): boolean =>
    this.#subscriptions.size === 0 || this.#subscriptions.has(sessionId);

  /** @returns false if the limit is reached */
  subscribe(sessionId: string): boolean {
    if (this.#subscriptions.size >= LIMITS.feed_subscriptions.max && !this.#subscriptions.has(sessionId))
      return false;
    this.#subscriptions.add(sessionId);
    this.#updateFilterKey();
    return true;
  }

  unsubscribe(sessionId: string): void {
    this.#subscriptions.delete(sessionId);
    this.#updateFilterKey();
  }

  /** Whether the send buffer is full now. */
  get isSlow(): boolean {
    const isSlow = this.#socket.bufferedAmount > SLOW_BYTES;
    if (isSlow) this.#slowSinceMs ??= performance.now();
    return isSlow;
  }

  /** Whether it was slow and has not caught up. */
  get isBehind(): boolean {
    return this.#slowSinceMs !== null;
  }

  caughtUp(): void {
    this.#slowSinceMs = null;
  }

  /** Whether it was slow for too long, or has too many unsent bytes. */
  get isTooSlow(): boolean {
    const isStuck = this.#slowSinceMs !== null && performance.now() - this.#slowSinceMs > MAX_SLOW_MS;
    return (isStuck && this.isSlow) || this.#socket.bufferedAmount > LIMITS.feed_unsent.max;
  }

  send(frame: Frame): void {
    this.#socket.send(frame, { binary: false });
  }

  /** Takes a token of the rate limit. @returns whether the message is allowed */
  takeToken(): boolean {
    const now = performance.now();
    const refill = ((now - this.#tokensAtMs) / 1000) * this.#maxMessagesPerSecond;
    this.#tokens = Math.min(this.#maxMessagesPerSecond, this.#tokens + refill);
    this.#tokensAtMs = now;
    if (this.#tokens < 1) return false;
    this.#tokens -= 1;
    return true;
  }

  /** Limits the rate of `resume`, the most expensive message. @returns whether it is allowed */
  takeResume(): boolean {
    const now = performance.now();
    if (now - this.#resumedAtMs < RESUME_EVERY_MS) return false;
    this.#resumedAtMs = now;
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
    closeSocket(this.#socket, code, reason);
  }

  terminate(): void {
    this.#socket.terminate();
  }

  #updateFilterKey(): void {
    this.#filterKey =
      this.#subscriptions.size === 0 ? '' : JSON.stringify([...this.#subscriptions].toSorted());
  }
}
