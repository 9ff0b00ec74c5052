import { describe, expect, it } from 'vitest';

import type { FeedSession } from '../../../../src/feed/feed-protocol.ts';
import { chooseSession, sortSessions } from '../../../../src/feed/page/session-choice.ts';
import { sessionOf, START_MS, timeAt } from './feed-messages.ts';

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

describe('the session that is shown until a person chooses', () => {
  const active = sessionOf('active', { status: 'active' });
  const alsoActive = sessionOf('also active', { status: 'active' });
  const idle = sessionOf('idle');

  it('is the first active one', () => {
    expect(chooseSession([active, alsoActive, idle], null)).toBe('active');
  });

  it('stays while it is active', () => {
    expect(chooseSession([active, alsoActive, idle], 'also active')).toBe('also active');
  });

  it('gives way to an active one when it is not', () => {
    expect(chooseSession([active, idle], 'idle')).toBe('active');
  });

  it('stays when no other is active either', () => {
    expect(chooseSession([sessionOf('other'), idle], 'idle')).toBe('idle');
  });

  it('is the first where none is active, and none where there is none', () => {
    expect(chooseSession([idle, sessionOf('other')], 'forgotten')).toBe('idle');
    expect(chooseSession([], 'forgotten')).toBeNull();
  });
});
