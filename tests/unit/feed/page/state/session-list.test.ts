import { describe, expect, it } from 'vitest';

import type { FeedSession } from '../../../../../src/feed/feed-protocol.ts';
import { sortSessions, summarizeServers } from '../../../../../src/feed/page/state/session-list.ts';
import { sessionOf, START_MS, timeAt } from '../feed-messages.ts';

const NOW_MS = START_MS + 100_000;

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
  it('have the totals of their sessions, and the one with most operations is first', () => {
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
    expect(summarizeServers(sessions, [], NOW_MS)).toMatchObject([
      {
        name: 'web',
        sessions: 2,
        condition: { text: '1 running' },
        total: 9,
        active: 1,
        // Six of the seven that succeeded or failed.
        successRate: expect.closeTo(85.7, 1),
        lastActivityMs: START_MS + 9000,
      },
      { name: null, sessions: 1, condition: { kind: 'active' }, total: 1, active: 1, successRate: null },
    ]);
  });

  it('begin with those that failed in the last five minutes', () => {
    const sessions = [
      sessionOf('a', { server_name: 'busy', total_operations: 900 }),
      sessionOf('b', { server_name: 'failed once', failed_operations: 9, last_failed_at: timeAt(-201) }),
      sessionOf('c', { server_name: 'failing', failed_operations: 1, last_failed_at: timeAt(-199) }),
      sessionOf('d', { server_name: 'failing most', failed_operations: 2, last_failed_at: timeAt(0) }),
    ];
    expect(summarizeServers(sessions, [], NOW_MS).map(({ name }) => name)).toEqual([
      'failing most',
      'failing',
      'busy',
      'failed once',
    ]);
    expect(sortedIds(sessions).slice(0, 2)).toEqual(['c', 'd']);
  });

  it('name the session that failed last', () => {
    const failed = (id: string, at: number | null): FeedSession =>
      sessionOf(id, { server_name: 'web', last_failed_at: at === null ? null : timeAt(at) });
    const lastFailedOf = (...sessions: FeedSession[]): string | undefined =>
      summarizeServers(sessions, [], NOW_MS)[0]?.lastFailed?.session_id;
    expect(lastFailedOf(failed('a', 4), failed('b', 9), failed('c', 1), failed('d', null))).toBe('b');
    expect(lastFailedOf(failed('d', null))).toBeUndefined();
  });

  it('include the unreachable ones first, even without sessions', () => {
    const sessions = [
      sessionOf('a', { server_name: 'busy', total_operations: 900 }),
      sessionOf('b', { server_name: 'web', total_operations: 2 }),
    ];
    const unreachable = ['unused', 'web'].map((server_name) => ({
      server_name,
      reason: null,
      since: timeAt(0),
    }));
    const servers = summarizeServers(sessions, unreachable, NOW_MS);
    expect(servers.map(({ name, sessions: count, isUnreachable }) => [name, count, isUnreachable])).toEqual([
      ['web', 1, true],
      ['unused', 0, true],
      ['busy', 1, false],
    ]);
    expect(servers[1]).toMatchObject({ latest: null, lastActivityMs: null, total: 0, successRate: null });
  });

  it('are none where there are no sessions', () => {
    expect(summarizeServers([], [], NOW_MS)).toEqual([]);
  });
});
