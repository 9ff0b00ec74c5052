import type { Allowance } from '../../monitor/allowance.ts';
import { LIMITS } from '../../monitor/limits.ts';
import { wireKey } from '../../monitor/wire-name.ts';
import type { RequestEnd } from '../protocol/request-end.ts';
import type { TrafficObserver } from '../protocol/traffic-observer.ts';
import type { ExchangeEnd } from './exchange-end.ts';

/**
 * One client's connection over HTTP, across its requests and streams. It is an MCP session, a stream of the older HTTP+SSE
 * transport, or a single request without a session.
 */
export class HttpConnection {
  readonly observer: TrafficObserver;
  readonly client: string;
  /** The value of `Mcp-Session-Id`; undefined until the server assigns one. */
  sessionId: string | undefined;
  /** The connection is a stream of HTTP+SSE, and ends with it. */
  isStream = false;
  /** Number of exchanges in progress. */
  openExchanges = 0;
  /** How the latest exchange ended. */
  latestEnd: ExchangeEnd = 'complete';
  lastSeenMs = 0;
  readonly #seenEvents = new Set<string>();
  readonly #eventAllowance: Allowance;

  /**
   * @param client - the client that the connection counts for in limits
   * @param eventAllowance - the number of event ids that all connections together may keep
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

  /** Whether the connection lasts for more than one exchange. */
  get isLasting(): boolean {
    return this.sessionId !== undefined;
  }

  /** Whether an event of a stream is new. A server repeats events on a resumed stream. */
  isNewEvent(eventId: string | undefined): boolean {
    if (eventId === undefined || eventId === '') return true;
    const key = wireKey(eventId);
    if (this.#seenEvents.has(key)) return false;
    if (this.#seenEvents.size >= LIMITS.stream_events_per_connection.max) this.#forgetOldestEvent();
    if (this.#eventAllowance.take()) this.#seenEvents.add(key);
    return true;
  }

  /**
   * Closes the connection and frees its event ids.
   *
   * @param how - the end of requests in flight
   * @defaultValue cancelled by the client
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
