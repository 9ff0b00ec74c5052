import type { TrafficObserver } from './traffic-observer.ts';

const MAX_REMEMBERED_EVENTS = 2000;

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
  lastSeenMs = 0;
  readonly #seenEvents = new Set<string>();

  /** @param client - whose connection it is, for limits */
  constructor(createObserver: (connection: HttpConnection) => TrafficObserver, client: string) {
    this.client = client;
    this.observer = createObserver(this);
  }

  /** Whether it is there for more than one exchange. */
  get isLasting(): boolean {
    return this.sessionId !== undefined;
  }

  /** Whether an event of a stream is new: one that resumes is told again what its client may have missed. */
  isNewEvent(eventId: string | undefined): boolean {
    if (eventId === undefined || eventId === '') return true;
    if (this.#seenEvents.has(eventId)) return false;
    if (this.#seenEvents.size >= MAX_REMEMBERED_EVENTS) {
      for (const oldest of this.#seenEvents) {
        this.#seenEvents.delete(oldest);
        break;
      }
    }
    this.#seenEvents.add(eventId);
    return true;
  }
}
