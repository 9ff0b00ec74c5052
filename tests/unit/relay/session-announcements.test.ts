import { expect, test } from 'vitest';

import { LIMITS } from '../../../src/monitor/limits.ts';
import { SessionRegistry } from '../../../src/monitor/session-registry.ts';
import { SessionAnnouncements } from '../../../src/relay/session-announcements.ts';

function announcing() {
  const sessions = new SessionRegistry();
  const announcements = new SessionAnnouncements();
  sessions.subscribe((event) => {
    if (event.type === 'session') announcements.add(event);
  });
  return {
    sessions,
    announcements,
    ids: (max = 1000) => announcements.take(max).map((each) => each.sessionId),
  };
}

test('each session is announced once, and again when what it is has changed', () => {
  const { sessions, ids } = announcing();
  sessions.open('a');
  sessions.open('b');
  expect(ids(1)).toEqual(['a']);
  expect(ids()).toEqual(['b']);
  sessions.open('b').startMonitoring('add');
  sessions.stop();
  expect(ids()).toEqual([]);
  sessions.open('b', null, undefined, { client: { name: 'bot', version: '1' } });
  sessions.stop();
  expect(ids()).toEqual(['b']);
});

test('a session that closes at once is still announced, as it was in the end', () => {
  const { sessions, announcements } = announcing();
  sessions.open('a', 'web', undefined, { server: { state: 'starting', reason: null } });
  sessions.open('a', 'web', undefined, { server: { state: 'crashed', reason: 'ended by SIGSEGV' } });
  sessions.close('a');
  expect(announcements.take(10)).toMatchObject([{ sessionId: 'a', serverState: 'crashed' }]);
});

test('only the latest sessions wait for a hub that is away', () => {
  const { sessions, ids, announcements } = announcing();
  const { max } = LIMITS.sessions_per_reporter;
  for (let i = 0; i < max + 5; i++) {
    sessions.open(`s${i}`);
    sessions.close(`s${i}`);
  }
  expect(announcements.size).toBe(max);
  expect(ids().at(-1)).toBe(`s${max + 4}`);
});
