import { FairShare, type Share } from '../../monitor/fair-share.ts';
import type { LimitName, OnLimit } from '../../monitor/limits.ts';
import type { Config } from '../../settings/config.ts';

/** One session, as far as its place in the table goes. */
export interface TableSession {
  /** Whose it is, for limits. */
  readonly client: string;
  /** HTTP requests of the session that are under way. */
  openExchanges: number;
  lastSeenMs: number;
}

export interface SessionTableOptions<T extends TableSession> {
  readonly share: Share;
  /** Counted when a session has to go for another, or finds no place. */
  readonly limit: LimitName;
  readonly onLimit: OnLimit;
  /** A session is idle from the end of its last exchange on. */
  readonly config: Pick<Config, 'mcpSessionIdleSeconds'>;
  /** Milliseconds, of a clock that never goes back. */
  readonly now: () => number;
  /** Ends a session. It must be deleted from the table by then, or soon. Must not throw. */
  readonly end: (session: T, why: 'idle' | 'evicted') => void;
}

/** The HTTP sessions of many clients. Their number is bounded, and idle sessions are ended. */
export class SessionTable<T extends TableSession> {
  readonly #options: SessionTableOptions<T>;
  readonly #share: FairShare<T>;
  readonly #idleMs: number;
  readonly #sweep: NodeJS.Timeout;

  constructor(options: SessionTableOptions<T>) {
    this.#options = options;
    this.#share = new FairShare(options.share);
    this.#idleMs = options.config.mcpSessionIdleSeconds * 1000;
    this.#sweep = setInterval(() => this.#endIdle(), Math.max(this.#idleMs / 4, 100)).unref();
  }

  /** @returns whether another session of `client` may open; the longest idle one ends for it */
  makeRoom(client: string): boolean {
    if (this.#share.hasRoom(client)) return true;
    const { onLimit, limit, end } = this.#options;
    onLimit(limit);
    const longestIdle = this.#share.victimFor(client, ({ openExchanges }) => openExchanges === 0);
    if (!longestIdle) return false;
    this.delete(longestIdle);
    end(longestIdle, 'evicted');
    return true;
  }

  /** Adds a session, or makes a known one the most recently used. */
  use(session: T): void {
    this.#share.use(session.client, session);
  }

  delete(session: T): void {
    this.#share.delete(session.client, session);
  }

  beginExchange(session: T): void {
    session.openExchanges += 1;
    session.lastSeenMs = this.#options.now();
  }

  finishExchange(session: T): void {
    session.openExchanges -= 1;
    session.lastSeenMs = this.#options.now();
  }

  /** Ends no session any more. */
  close(): void {
    clearInterval(this.#sweep);
  }

  #endIdle(): void {
    const { now, end } = this.#options;
    const oldest = now() - this.#idleMs;
    for (const session of this.#share.members()) {
      if (session.openExchanges === 0 && session.lastSeenMs < oldest) end(session, 'idle');
    }
  }
}
