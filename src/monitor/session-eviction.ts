import type { Session } from './session.ts';

/** Picks the session to evict: the longest inactive one of the client, and of its reporter, with the most sessions. */
export function sessionToEvict(sessions: readonly Session[]): Session | undefined {
  const ofLargestClient = largestGroup(sessions, ({ owner }) => owner.client);
  return quietest(largestGroup(ofLargestClient, ({ owner }) => owner.reporter ?? ''));
}

/**
 * The longest inactive session. Closed sessions come first, those without operations before others, and sessions with active
 * operations last.
 */
export function quietest(sessions: readonly Session[]): Session | undefined {
  const [first, ...others] = sessions;
  let found = first;
  for (const session of others) if (found && isQuieter(session, found)) found = session;
  return found;
}

function largestGroup(sessions: readonly Session[], keyOf: (session: Session) => string): readonly Session[] {
  const groups = new Map<string, Session[]>();
  for (const session of sessions) {
    const group = groups.get(keyOf(session)) ?? [];
    group.push(session);
    groups.set(keyOf(session), group);
  }
  return [...groups.values()].reduce(
    (largest, group) => (group.length > largest.length ? group : largest),
    [],
  );
}

function isQuieter(a: Session, b: Session): boolean {
  if (a.isClosed !== b.isClosed) return a.isClosed;
  if (a.isClosed && isEmpty(a) !== isEmpty(b)) return isEmpty(a);
  const [isBusyA, isBusyB] = [isBusy(a), isBusy(b)];
  if (isBusyA !== isBusyB) return isBusyB;
  return a.lastActivityAtMs < b.lastActivityAtMs;
}

function isEmpty({ monitor }: Session): boolean {
  return monitor.operations.size === 0;
}

function isBusy({ monitor }: Session): boolean {
  return monitor.activeCount > 0;
}
