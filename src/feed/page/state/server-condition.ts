import type { FeedSession, FeedUnreachableServer } from '../../feed-protocol.ts';
import { formatAge, formatCount, formatTime } from '../format.ts';

/** The condition of a session and its server, in a few words. */
export interface Condition {
  readonly kind: 'active' | 'idle' | 'closed' | 'bad';
  readonly text: string;
  /** Null if there is nothing to explain. */
  readonly reason: string | null;
}

/** A server that has not answered `initialize` for this time may hang. */
const SLOW_START_MS = 60_000;

export function conditionOfSession(session: FeedSession, nowMs: number): Condition {
  const { status, active_operations: active, server_state_reason: reason } = session;
  if (active > 0) return running(active);
  switch (session.server_state) {
    case 'crashed':
      return { kind: 'bad', text: 'crashed', reason };
    case 'never_initialized':
      return { kind: 'bad', text: 'never initialized', reason };
    case 'exited':
      return { kind: 'closed', text: 'exited', reason };
    case 'starting':
      return status === 'closed' ? plain(status) : starting(nowMs - Date.parse(session.opened_at));
    case 'ready':
    case null:
      return plain(status);
  }
}

/**
 * @param sessions - of one server
 * @param unreachable - undefined if the server is reachable, or no HTTP server
 */
export function conditionOfServer(
  sessions: readonly FeedSession[],
  unreachable: FeedUnreachableServer | undefined,
  nowMs: number,
): Condition {
  if (unreachable) {
    const since = `since ${formatTime(Date.parse(unreachable.since), nowMs)}`;
    return {
      kind: 'bad',
      text: 'unreachable',
      reason: unreachable.reason === null ? since : `${unreachable.reason}, ${since}`,
    };
  }
  const active = sessions.reduce((sum, session) => sum + session.active_operations, 0);
  const [latest, ...others] = sessions
    .toSorted((a, b) => Date.parse(b.opened_at) - Date.parse(a.opened_at))
    .map((session) => conditionOfSession(session, nowMs));
  if (latest?.kind === 'bad') return latest;
  if (active > 0) return running(active);
  const open = [latest, ...others].find(
    (condition) => condition && condition.kind !== 'closed' && condition.kind !== 'bad',
  );
  return open ?? latest ?? plain('closed');
}

function running(active: number): Condition {
  return { kind: 'active', text: `${formatCount(active)} running`, reason: null };
}

function plain(status: 'active' | 'idle' | 'closed'): Condition {
  return { kind: status, text: status, reason: null };
}

function starting(forMs: number): Condition {
  if (forMs < SLOW_START_MS) return { kind: 'idle', text: 'starting', reason: null };
  const reason = `started ${formatAge(forMs / 1000)}, and has not answered a request yet`;
  return { kind: 'bad', text: 'not initialized', reason };
}
