import type { FeedSession } from '../feed-protocol.ts';

/** A session that was active this recently keeps its place among the active ones. */
const LIVE_SECONDS = 10;

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

/**
 * The session to show until a person chooses one: the one shown so far while it is active, else the first
 * active one, else the one shown so far, else the first.
 *
 * @param sorted - as by {@link sortSessions}
 */
export function chooseSession(sorted: readonly FeedSession[], shownId: string | null): string | null {
  const shown = sorted.find((session) => session.session_id === shownId);
  if (shown?.status === 'active') return shown.session_id;
  const active = sorted.find((session) => session.status === 'active');
  return (active ?? shown ?? sorted[0])?.session_id ?? null;
}
