import { KEPT_SESSIONS } from '../../../monitor/retention.ts';
import type { FeedSession } from '../../feed-protocol.ts';
import { UUID } from './page-address.ts';

/** A session that was active this recently keeps its place among the active ones. */
const LIVE_SECONDS = 10;

/** The sessions that the feed has told of. */
export class SessionStore {
  readonly #sessions = new Map<string, FeedSession>();
  #isComplete = false;
  #revision = 0;
  #hasSeveralServers = false;

  get revision(): number {
    return this.#revision;
  }

  /** Whether the server has said which sessions there are. */
  get isComplete(): boolean {
    return this.#isComplete;
  }

  get all(): readonly FeedSession[] {
    return [...this.#sessions.values()];
  }

  get(sessionId: string): FeedSession | undefined {
    return this.#sessions.get(sessionId);
  }

  /** A session as a line has room for: random ids say little, and its server nothing where there is but one. */
  placeOf(sessionId: string): string {
    const id = UUID.test(sessionId) ? sessionId.slice(0, 8) : sessionId;
    const server = this.serverNameOf(sessionId);
    const isTold = server !== null && server !== sessionId && this.#hasSeveralServers;
    return isTold ? `${server} · ${id}` : id;
  }

  serverNameOf(sessionId: string): string | null {
    return this.#sessions.get(sessionId)?.server_name ?? null;
  }

  setAll(sessions: readonly FeedSession[]): void {
    this.#sessions.clear();
    for (const session of sessions) this.#sessions.set(session.session_id, session);
    this.#isComplete = true;
    this.#noteChange();
  }

  update(session: FeedSession): void {
    this.#sessions.set(session.session_id, session);
    if (this.#sessions.size > KEPT_SESSIONS) {
      const [quietest] = this.all.toSorted(byQuietness);
      if (quietest) this.#sessions.delete(quietest.session_id);
    }
    this.#noteChange();
  }

  clear(): void {
    this.#sessions.clear();
    this.#isComplete = false;
    this.#noteChange();
  }

  #noteChange(): void {
    this.#revision += 1;
    this.#hasSeveralServers = new Set(this.all.map(({ server_name: name }) => name)).size > 1;
  }
}

/**
 * The latest activity first. Sessions that are active now are ordered by when they opened instead, so that two
 * busy ones do not trade places several times a second.
 */
export function sortSessions(sessions: readonly FeedSession[], nowMs: number): FeedSession[] {
  const isLive = (session: FeedSession): boolean =>
    session.status === 'active' ||
    (session.status === 'idle' && nowMs - Date.parse(session.last_activity_at) < LIVE_SECONDS * 1000);
  return sessions.toSorted((a, b) => {
    if (isLive(a) !== isLive(b)) return isLive(a) ? -1 : 1;
    return isLive(a)
      ? Date.parse(b.opened_at) - Date.parse(a.opened_at)
      : Date.parse(b.last_activity_at) - Date.parse(a.last_activity_at);
  });
}

/** The order in which the server forgets sessions: closed ones first. */
function byQuietness(a: FeedSession, b: FeedSession): number {
  const isClosed = (session: FeedSession): number => Number(session.status === 'closed');
  return isClosed(b) - isClosed(a) || Date.parse(a.last_activity_at) - Date.parse(b.last_activity_at);
}

/** The sessions of one MCP server, as one line. */
export interface ServerSummary {
  /** Null for operations of another kind. */
  readonly name: string | null;
  readonly sessions: number;
  readonly activeSessions: number;
  readonly total: number;
  readonly active: number;
  /** Completed of all ended ones, in percent; null while none has ended. */
  readonly successRate: number | null;
  readonly lastActivityMs: number;
  /** The session with the latest failure; null where nothing has failed. */
  readonly lastFailed: FeedSession | null;
}

/** What the sessions that are kept come to, by server; in the order of `sessions`. */
export function summarizeServers(sessions: readonly FeedSession[]): ServerSummary[] {
  const groups = new Map<string | null, FeedSession[]>();
  for (const session of sessions) {
    groups.set(session.server_name, [...(groups.get(session.server_name) ?? []), session]);
  }
  return [...groups].map(([name, group]) => summarize(name, group));
}

function summarize(name: string | null, sessions: readonly FeedSession[]): ServerSummary {
  const sum = (count: (session: FeedSession) => number): number =>
    sessions.reduce((total, session) => total + count(session), 0);
  const completed = sum((session) => session.completed_operations);
  const failed = sum((session) => session.failed_operations);
  const ended = completed + failed + sum((session) => session.cancelled_operations);
  const byFailure = sessions.filter(({ last_failed_at: at }) => at !== null).toSorted(byLastFailure);
  return {
    name,
    sessions: sessions.length,
    activeSessions: sessions.filter(({ status }) => status === 'active').length,
    total: sum((session) => session.total_operations),
    active: sum((session) => session.active_operations),
    successRate: ended === 0 ? null : (completed / ended) * 100,
    lastActivityMs: Math.max(...sessions.map((session) => Date.parse(session.last_activity_at))),
    lastFailed: byFailure.at(-1) ?? null,
  };
}

function byLastFailure(a: FeedSession, b: FeedSession): number {
  return Date.parse(a.last_failed_at ?? '') - Date.parse(b.last_failed_at ?? '');
}
