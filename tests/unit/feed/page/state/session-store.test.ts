import { describe, expect, it } from 'vitest';

import type { FeedSession } from '../../../../../src/feed/feed-protocol.ts';
import { KEPT_SESSIONS } from '../../../../../src/monitor/retention.ts';
import {
  SessionStore,
  sortSessions,
  summarizeServers,
} from '../../../../../src/feed/page/state/session-store.ts';
import { sessionOf, START_MS, timeAt } from '../feed-messages.ts';

const UUID = '0f8fad5b-d9cb-469f-a165-70867728950e';
const NOW_MS = START_MS + 100_000;

function idsOf({ all }: SessionStore): string[] {
  return all.map(({ session_id: id }) => id);
}

function storeOf(...sessions: FeedSession[]): SessionStore {
  const store = new SessionStore();
  store.setAll(sessions);
  return store;
}

describe('the sessions', () => {
  it('are not all known until the server has listed them', () => {
    const store = new SessionStore();
    store.update(sessionOf('s'));
    expect(store.isComplete).toBe(false);
    store.setAll([]);
    expect(store.isComplete).toBe(true);
    expect(idsOf(store)).toEqual([]);
    store.clear();
    expect(store.isComplete).toBe(false);
  });

  it('are as the server told last', () => {
    const store = storeOf(sessionOf('s'));
    store.update(sessionOf('s', { total_operations: 4 }));
    store.update(sessionOf('new'));
    expect(store.get('s')?.total_operations).toBe(4);
    expect(idsOf(store)).toEqual(['s', 'new']);
    store.setAll([sessionOf('new')]);
    expect(idsOf(store)).toEqual(['new']);
    expect(store.get('s')).toBeUndefined();
  });

  it('change their revision with every change', () => {
    const store = new SessionStore();
    const seen = [store.revision];
    for (const change of [() => store.setAll([]), () => store.update(sessionOf('s')), () => store.clear()]) {
      change();
      seen.push(store.revision);
    }
    expect(new Set(seen).size).toBe(4);
  });

  it('are no more than the server keeps: the quietest goes, closed ones first', () => {
    const store = storeOf(
      ...Array.from({ length: KEPT_SESSIONS }, (_, index) =>
        sessionOf(`s${index}`, { last_activity_at: timeAt(index), status: index === 7 ? 'closed' : 'idle' }),
      ),
    );
    store.update(sessionOf('one more', { last_activity_at: timeAt(999) }));
    expect(idsOf(store)).not.toContain('s7');
    store.update(sessionOf('another', { last_activity_at: timeAt(999) }));
    expect(idsOf(store)).not.toContain('s0');
    expect(idsOf(store)).toHaveLength(KEPT_SESSIONS);
    expect(idsOf(store)).toContain('another');
  });
});

describe('the place of an operation', () => {
  it('is its session, and of a random id the beginning', () => {
    const store = storeOf(sessionOf('nightly'), sessionOf(UUID));
    expect(store.placeOf('nightly')).toBe('nightly');
    expect(store.placeOf(UUID)).toBe('0f8fad5b');
    expect(store.placeOf(UUID.toUpperCase())).toBe('0F8FAD5B');
    expect(store.placeOf('unheard of')).toBe('unheard of');
    expect(store.placeOf(`${UUID}-2`)).toBe(`${UUID}-2`);
  });

  it('is its server, too, where there are several', () => {
    const files = sessionOf(UUID, { server_name: 'files' });
    expect(storeOf(files, sessionOf('b', { server_name: 'files' })).placeOf(UUID)).toBe('0f8fad5b');
    const store = storeOf(files, sessionOf('b', { server_name: 'web' }), sessionOf('c'));
    expect(store.placeOf(UUID)).toBe('files · 0f8fad5b');
    expect(store.placeOf('c')).toBe('c');
    store.setAll([files]);
    expect(store.placeOf(UUID)).toBe('0f8fad5b');
  });

  it('is not told twice where a session has its server’s name', () => {
    const store = storeOf(
      sessionOf('files', { server_name: 'files' }),
      sessionOf('b', { server_name: 'web' }),
    );
    expect(store.placeOf('files')).toBe('files');
  });

  it('has the server that is known now', () => {
    const store = storeOf(sessionOf('a'));
    expect(store.serverNameOf('a')).toBeNull();
    store.update(sessionOf('a', { server_name: 'files' }));
    expect(store.serverNameOf('a')).toBe('files');
    expect(store.serverNameOf('unheard of')).toBeNull();
  });
});

function sortedIds(sessions: FeedSession[]): string[] {
  return sortSessions(sessions, NOW_MS).map((session) => session.session_id);
}

describe('the order of sessions', () => {
  it('is the latest activity first', () => {
    const sessions = [
      sessionOf('early', { last_activity_at: timeAt(10) }),
      sessionOf('closed late', { last_activity_at: timeAt(99), status: 'closed' }),
      sessionOf('late', { last_activity_at: timeAt(50) }),
      sessionOf('active', { last_activity_at: timeAt(5), status: 'active' }),
    ];
    expect(sortedIds(sessions)).toEqual(['active', 'closed late', 'late', 'early']);
  });

  it('does not change while two busy sessions take turns', () => {
    const busy = (at: number, status: FeedSession['status']): Partial<FeedSession> => ({
      last_activity_at: timeAt(at),
      status,
    });
    const first = (given: Partial<FeedSession>): FeedSession =>
      sessionOf('a', { opened_at: timeAt(1), ...given });
    const second = (given: Partial<FeedSession>): FeedSession =>
      sessionOf('b', { opened_at: timeAt(2), ...given });
    expect(sortedIds([first(busy(98, 'active')), second(busy(97, 'idle'))])).toEqual(['b', 'a']);
    expect(sortedIds([first(busy(98, 'idle')), second(busy(99, 'active'))])).toEqual(['b', 'a']);
  });
});

describe('the servers', () => {
  it('are what their sessions come to, in the order of those', () => {
    const sessions = [
      sessionOf('a', {
        server_name: 'web',
        status: 'active',
        total_operations: 5,
        active_operations: 1,
        completed_operations: 3,
        failed_operations: 1,
        last_activity_at: timeAt(5),
      }),
      sessionOf('b', { total_operations: 1, active_operations: 1 }),
      sessionOf('c', {
        server_name: 'web',
        total_operations: 4,
        completed_operations: 3,
        cancelled_operations: 1,
        last_activity_at: timeAt(9),
      }),
    ];
    expect(summarizeServers(sessions)).toMatchObject([
      {
        name: 'web',
        sessions: 2,
        activeSessions: 1,
        total: 9,
        active: 1,
        // Six of the eight that have ended.
        successRate: 75,
        lastActivityMs: START_MS + 9000,
      },
      { name: null, sessions: 1, activeSessions: 0, total: 1, active: 1, successRate: null },
    ]);
  });

  it('name the session that failed last', () => {
    const failed = (id: string, at: number | null): FeedSession =>
      sessionOf(id, { server_name: 'web', last_failed_at: at === null ? null : timeAt(at) });
    const lastFailedOf = (...sessions: FeedSession[]): string | undefined =>
      summarizeServers(sessions)[0]?.lastFailed?.session_id;
    expect(lastFailedOf(failed('a', 4), failed('b', 9), failed('c', 1), failed('d', null))).toBe('b');
    expect(lastFailedOf(failed('d', null))).toBeUndefined();
  });

  it('are none where there are no sessions', () => {
    expect(summarizeServers([])).toEqual([]);
  });
});
