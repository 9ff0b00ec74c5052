import { FairShare, type Share } from '../../monitor/fair-share.ts';
import type { LimitName, OnLimit } from '../../monitor/limits.ts';
import type { Config } from '../../settings/config.ts';

/** The properties of a session that the table uses. */
export interface TableSession {
  /** The client that the session counts for in limits. */
  readonly client: string;
  /** Number of HTTP requests of the session in progress. */
  openExchanges: number;
  lastSeenMs: number;
}

/** Why the table ends a session. */
export type SessionEnd = 'idle' | 'evicted';

export interface SessionTableOptions<T extends TableSession> {
  readonly share: Share;
  /** The limit that is reported if a session is evicted or refused. */
  readonly limit: LimitName;
  readonly onLimit: OnLimit;
  /** A session is idle after its last exchange has ended. */
  readonly config: Pick<Config, 'mcpSessionIdleSeconds'>;
  /** Monotonic time in milliseconds. */
  readonly now: () => number;
  /** Ends a session, and deletes it from the table if it is still there. Must not throw. */
  readonly end: (session: T, why: SessionEnd) => void;
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

  /** Evicts the session that was idle longest if there is no room. @returns whether `client` may open another session */
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

  /** Adds a session, or marks it as the most recently used. */
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

  /** Stops ending idle sessions. */
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
