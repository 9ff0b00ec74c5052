import { describe, expect, it } from 'vitest';

import { FeedState, MAX_SESSIONS } from '../../../../src/feed/page/feed-state.ts';
import { eventOf, helloOf, operationOf, sessionOf, timeAt } from './feed-messages.ts';

function idsOf(state: FeedState): string[] {
  return state.sessions.map((session) => session.session_id);
}

describe('the state of the feed', () => {
  it('has no sessions until the server has listed them', () => {
    const state = new FeedState();
    state.apply(helloOf('boot-1'));
    expect(state.hasSessionList).toBe(false);
    state.apply({ type: 'session_list', sessions: [] });
    expect(state.hasSessionList).toBe(true);
    expect(state.serverVersion).toBe('1.2.3');
  });

  it('takes over a session’s summary from every update', () => {
    const state = new FeedState();
    state.apply({ type: 'session_list', sessions: [sessionOf('s')] });
    state.apply({ type: 'session_update', session: sessionOf('s', { total_operations: 4 }) });
    state.apply({ type: 'session_update', session: sessionOf('new') });
    expect(state.session('s')?.total_operations).toBe(4);
    expect(idsOf(state)).toEqual(['s', 'new']);
  });

  it('keeps the operations of each session apart', () => {
    const state = new FeedState();
    const events = [eventOf('started', 'a', 1, 0), eventOf('started', 'a', 2, 1, { session_id: 't' })];
    state.apply({ type: 'operations', seq: 2, events });
    expect(state.operations('s')?.records).toHaveLength(1);
    expect(state.operations('t')?.records).toHaveLength(1);
    expect(state.operations('u')).toBeUndefined();
  });

  it('learns from a status what had started before the page was opened', () => {
    const state = new FeedState();
    const data = {
      session_id: 's',
      current_operation: 'a',
      active_operations: [operationOf('a')],
      recently_completed: [operationOf('b', { status: 'completed', end_time: timeAt(1), duration: 1 })],
      total_operations: 2,
      success_rate: 100,
      average_duration: 1,
      start_time: timeAt(0),
    };
    state.apply({ type: 'session_status', session_id: 's', data });
    expect(state.operations('s')?.records.map((record) => record.id)).toEqual(['a', 'b']);
  });

  it('forgets sessions that a new list does not name, with their operations', () => {
    const state = new FeedState();
    state.apply({ type: 'session_list', sessions: [sessionOf('s'), sessionOf('t')] });
    state.apply({ type: 'operations', seq: 1, events: [eventOf('started', 'a', 1, 0)] });
    state.apply({ type: 'session_list', sessions: [sessionOf('t')] });
    expect(idsOf(state)).toEqual(['t']);
    expect(state.operations('s')).toBeUndefined();
  });

  it('keeps everything when the same server says hello again', () => {
    const state = new FeedState();
    state.apply(helloOf('boot-1'));
    state.apply({ type: 'session_list', sessions: [sessionOf('s')] });
    state.apply({ type: 'operations', seq: 1, events: [eventOf('started', 'a', 1, 0)] });
    state.apply(helloOf('boot-1', 5));
    expect(idsOf(state)).toEqual(['s']);
    expect(state.operations('s')?.records).toHaveLength(1);
  });

  it('forgets everything when the server has been started again', () => {
    const state = new FeedState();
    state.apply(helloOf('boot-1'));
    state.apply({ type: 'session_list', sessions: [sessionOf('s')] });
    state.apply({ type: 'operations', seq: 1, events: [eventOf('started', 'a', 1, 0)] });
    state.apply(helloOf('boot-2'));
    expect(idsOf(state)).toEqual([]);
    expect(state.operations('s')).toBeUndefined();
    expect(state.hasSessionList).toBe(false);
  });

  it('loses nothing to a gap: what it hid is asked for anew', () => {
    const state = new FeedState();
    state.apply({ type: 'session_list', sessions: [sessionOf('s')] });
    state.apply({ type: 'operations', seq: 1, events: [eventOf('started', 'a', 1, 0)] });
    state.apply({ type: 'gap', from_seq: 2, to_seq: 9, reason: 'slow_client' });
    expect(idsOf(state)).toEqual(['s']);
    expect(state.operations('s')?.records).toHaveLength(1);
  });

  it('forgets the quietest session past its bound, closed ones first', () => {
    const state = new FeedState();
    const sessions = Array.from({ length: MAX_SESSIONS }, (_, i) =>
      sessionOf(`s${i}`, { last_activity_at: timeAt(i), status: i === 7 ? 'closed' : 'idle' }),
    );
    state.apply({ type: 'session_list', sessions });
    state.apply({
      type: 'session_update',
      session: sessionOf('one more', { last_activity_at: timeAt(999) }),
    });
    expect(idsOf(state)).not.toContain('s7');
    state.apply({ type: 'session_update', session: sessionOf('another', { last_activity_at: timeAt(999) }) });
    expect(idsOf(state)).not.toContain('s0');
    expect(idsOf(state)).toHaveLength(MAX_SESSIONS);
  });
});
