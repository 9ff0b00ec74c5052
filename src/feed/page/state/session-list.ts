import { successPercent } from '../../../monitor/outcome-counts.ts';
import { mapOutcomes } from '../../../monitor/outcomes.ts';
import type { FeedSession } from '../../feed-protocol.ts';
import { countsOf } from './session-store.ts';

/** A session that was active this recently is sorted as active. */
const LIVE_SECONDS = 10;

/**
 * Sorts by latest activity. Active sessions are sorted by their opening time instead, so that busy ones do not swap places
 * several times per second.
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

/** The totals of all sessions of one MCP server. */
export interface ServerSummary {
  /** Null for operations without a server. */
  readonly name: string | null;
  readonly sessions: number;
  readonly activeSessions: number;
  readonly total: number;
  readonly active: number;
  /** Percentage of successes among all outcomes that count; null if there are none. */
  readonly successRate: number | null;
  readonly lastActivityMs: number;
  /** The session with the latest failure; null if there was none. */
  readonly lastFailed: FeedSession | null;
}

/** Totals of the kept sessions by server, in the order of `sessions`. */
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
  const byFailure = sessions.filter(({ last_failed_at: at }) => at !== null).toSorted(byLastFailure);
  return {
    name,
    sessions: sessions.length,
    activeSessions: sessions.filter(({ status }) => status === 'active').length,
    total: sum((session) => session.total_operations),
    active: sum((session) => session.active_operations),
    successRate: successPercent(mapOutcomes((outcome) => sum((session) => countsOf(session)[outcome]))),
    lastActivityMs: Math.max(...sessions.map((session) => Date.parse(session.last_activity_at))),
    lastFailed: byFailure.at(-1) ?? null,
  };
}

function byLastFailure(a: FeedSession, b: FeedSession): number {
  return Date.parse(a.last_failed_at ?? '') - Date.parse(b.last_failed_at ?? '');
}
