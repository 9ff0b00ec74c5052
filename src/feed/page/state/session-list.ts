import { errorsOf, successPercent } from '../../../monitor/outcome-counts.ts';
import { mapOutcomes } from '../../../monitor/outcomes.ts';
import type { FeedSession, FeedUnreachableServer } from '../../feed-protocol.ts';
import { conditionOfServer, conditionOfSession, type Condition } from './server-condition.ts';
import { countsOf } from './session-store.ts';

/** A session that was active this recently is sorted as active. */
const LIVE_SECONDS = 10;

/** A session that failed, or whose server crashed, this recently is sorted as failing. */
const FAILING_SECONDS = 300;

/**
 * Sorts those that fail now first, then by latest activity. Active sessions are sorted by their opening time instead, so that
 * busy ones do not swap places several times per second.
 */
export function sortSessions(sessions: readonly FeedSession[], nowMs: number): FeedSession[] {
  const isLive = (session: FeedSession): boolean =>
    session.status === 'active' ||
    (session.status === 'idle' && nowMs - Date.parse(session.last_activity_at) < LIVE_SECONDS * 1000);
  return sessions.toSorted((a, b) => {
    if (isFailing(a, nowMs) !== isFailing(b, nowMs)) return isFailing(a, nowMs) ? -1 : 1;
    if (isLive(a) !== isLive(b)) return isLive(a) ? -1 : 1;
    return isLive(a)
      ? Date.parse(b.opened_at) - Date.parse(a.opened_at)
      : Date.parse(b.last_activity_at) - Date.parse(a.last_activity_at);
  });
}

/** Whether an operation of the session, or its server, has failed in the last minutes. */
function isFailing(session: FeedSession, nowMs: number): boolean {
  const isRecent = (time: string | null): boolean =>
    time !== null && nowMs - Date.parse(time) < FAILING_SECONDS * 1000;
  const isBroken = conditionOfSession(session, nowMs).kind === 'bad';
  return isRecent(session.last_failed_at) || (isBroken && isRecent(session.last_activity_at));
}

/** The totals of all sessions of one MCP server. */
export interface ServerSummary {
  /** Null for operations without a server. */
  readonly name: string | null;
  readonly sessions: number;
  readonly condition: Condition;
  readonly isUnreachable: boolean;
  /** The session that was opened last; null if there is none. */
  readonly latest: FeedSession | null;
  readonly total: number;
  readonly active: number;
  readonly failed: number;
  /** Percentage of successes among all outcomes that count; null if there are none. */
  readonly successRate: number | null;
  /** Null without sessions. */
  readonly lastActivityMs: number | null;
  /** The session with the latest failure; null if there was none. */
  readonly lastFailed: FeedSession | null;
}

/**
 * Totals of the kept sessions by server. Those that are down or fail now are first, then those with most operations.
 *
 * @param unreachable - they are listed even without sessions
 */
export function summarizeServers(
  sessions: readonly FeedSession[],
  unreachable: readonly FeedUnreachableServer[],
  nowMs: number,
): ServerSummary[] {
  const groups = new Map<string | null, FeedSession[]>(
    unreachable.map(({ server_name }) => [server_name, []]),
  );
  for (const session of sessions) {
    groups.set(session.server_name, [...(groups.get(session.server_name) ?? []), session]);
  }
  const failedNow = ({ condition, lastFailed, failed }: ServerSummary): number => {
    if (condition.kind === 'bad') return Infinity;
    return lastFailed && isFailing(lastFailed, nowMs) ? failed : 0;
  };
  return [...groups]
    .map(([name, group]) => {
      const down = unreachable.find(({ server_name }) => server_name === name);
      return summarize(name, group, down, nowMs);
    })
    .toSorted((a, b) => Math.sign(failedNow(b) - failedNow(a)) || b.total - a.total);
}

function summarize(
  name: string | null,
  sessions: readonly FeedSession[],
  unreachable: FeedUnreachableServer | undefined,
  nowMs: number,
): ServerSummary {
  const sum = (count: (session: FeedSession) => number): number =>
    sessions.reduce((total, session) => total + count(session), 0);
  const counts = mapOutcomes((outcome) => sum((session) => countsOf(session)[outcome]));
  const byFailure = sessions.filter(({ last_failed_at: at }) => at !== null).toSorted(byLastFailure);
  return {
    name,
    sessions: sessions.length,
    condition: conditionOfServer(sessions, unreachable, nowMs),
    isUnreachable: unreachable !== undefined,
    latest: sessions.toSorted((a, b) => Date.parse(a.opened_at) - Date.parse(b.opened_at)).at(-1) ?? null,
    total: sum((session) => session.total_operations),
    active: sum((session) => session.active_operations),
    failed: errorsOf(counts),
    successRate: successPercent(counts),
    lastActivityMs:
      sessions.length === 0
        ? null
        : Math.max(...sessions.map((session) => Date.parse(session.last_activity_at))),
    lastFailed: byFailure.at(-1) ?? null,
  };
}

function byLastFailure(a: FeedSession, b: FeedSession): number {
  return Date.parse(a.last_failed_at ?? '') - Date.parse(b.last_failed_at ?? '');
}
