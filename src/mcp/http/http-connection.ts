import type { Allowance } from '../../monitor/allowance.ts';
import { LIMITS } from '../../monitor/limits.ts';
import { wireKey } from '../../monitor/wire-name.ts';
import type { RequestEnd } from '../protocol/request-end.ts';
import type { TrafficObserver } from '../protocol/traffic-observer.ts';

/**
 * One client's connection over HTTP, across its requests and streams: an MCP session, a stream of the older HTTP+SSE
 * transport, or, where there is no session, a single request.
 */
export class HttpConnection {
  readonly observer: TrafficObserver;
  readonly client: string;
  /** Of `Mcp-Session-Id`; undefined until the server gives one, or for good. */
  sessionId: string | undefined;
  /** It is a stream of HTTP+SSE, and over when that ends. */
  isStream = false;
  /** Exchanges that are under way. */
  openExchanges = 0;
  /** Whether the server's side broke off the latest exchange. */
  isBrokenOff = false;
  lastSeenMs = 0;
  readonly #seenEvents = new Set<string>();
  readonly #eventAllowance: Allowance;

  /**
   * @param client - whose connection it is, for limits
   * @param eventAllowance - how many event ids all connections may remember
   */
  constructor(
    createObserver: (connection: HttpConnection) => TrafficObserver,
    client: string,
    eventAllowance: Allowance,
  ) {
    this.client = client;
    this.#eventAllowance = eventAllowance;
    this.observer = createObserver(this);
  }

  /** Whether it is there for more than one exchange. */
  get isLasting(): boolean {
    return this.sessionId !== undefined;
  }

  /** Whether an event of a stream is new: one that resumes is told again what its client may have missed. */
  isNewEvent(eventId: string | undefined): boolean {
    if (eventId === undefined || eventId === '') return true;
    const key = wireKey(eventId);
    if (this.#seenEvents.has(key)) return false;
    if (this.#seenEvents.size >= LIMITS.stream_events_per_connection.max) this.#forgetOldestEvent();
    if (this.#eventAllowance.take()) this.#seenEvents.add(key);
    return true;
  }

  /**
   * It is over, and will remember nothing.
   *
   * @param how - how requests end that are in flight; as cancelled by the client, if it is left out
   */
  close(how?: RequestEnd): void {
    this.observer.close(how);
    this.#eventAllowance.give(this.#seenEvents.size);
    this.#seenEvents.clear();
  }

  #forgetOldestEvent(): void {
    for (const oldest of this.#seenEvents) {
      this.#seenEvents.delete(oldest);
      this.#eventAllowance.give();
      return;
    }
  }
}
