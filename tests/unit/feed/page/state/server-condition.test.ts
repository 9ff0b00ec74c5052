import { describe, expect, it } from 'vitest';

import {
  conditionOfServer,
  conditionOfSession,
} from '../../../../../src/feed/page/state/server-condition.ts';
import { sessionOf, START_MS, timeAt } from '../feed-messages.ts';

const NOW_MS = START_MS + 1000;
const crashed = {
  server_state: 'crashed',
  server_state_reason: 'ended by SIGSEGV',
  status: 'closed',
} as const;

describe('a session', () => {
  it.each([
    [{ status: 'active', active_operations: 2, server_state: 'ready' }, 'active', '2 running', null],
    [{ server_state: 'ready' }, 'idle', 'idle', null],
    [{ server_state: null, status: 'closed' }, 'closed', 'closed', null],
    [{ server_state: 'ready', status: 'closed' }, 'closed', 'closed', null],
    [{ server_state: 'starting' }, 'idle', 'starting', null],
    [{ server_state: 'starting', status: 'closed' }, 'closed', 'closed', null],
    [crashed, 'bad', 'crashed', 'ended by SIGSEGV'],
    [{ ...crashed, server_state: 'never_initialized' }, 'bad', 'never initialized', 'ended by SIGSEGV'],
    [{ ...crashed, server_state: 'exited' }, 'closed', 'exited', 'ended by SIGSEGV'],
  ] as const)('%j is %s', (given, kind, text, reason) => {
    expect(conditionOfSession(sessionOf('s', given), NOW_MS)).toEqual({ kind, text, reason });
  });

  it('whose server does not answer for a minute has a problem', () => {
    const session = sessionOf('s', { server_state: 'starting' });
    expect(conditionOfSession(session, START_MS + 59_999).kind).toBe('idle');
    expect(conditionOfSession(session, START_MS + 60_000)).toMatchObject({
      kind: 'bad',
      text: 'not initialized',
      reason: 'started 1 min ago, and has not answered a request yet',
    });
  });
});

describe('a server', () => {
  const latest = { opened_at: timeAt(0.5) };

  it.each([
    ['runs operations of all sessions', [{ active_operations: 1 }, { active_operations: 2 }], '3 running'],
    ['is idle while one of its sessions is open', [{ status: 'closed' }, { status: 'idle' }], 'idle'],
    ['is what its latest session is if all are closed', [crashed, { ...latest, status: 'closed' }], 'closed'],
    [
      'has crashed if its latest process has',
      [{ active_operations: 1 }, { ...crashed, ...latest }],
      'crashed',
    ],
    ['has recovered if a later process runs', [crashed, { ...latest, server_state: 'ready' }], 'idle'],
  ] as const)('%s', (_what, given, text) => {
    const sessions = given.map((each, i) => sessionOf(`s${i}`, each));
    expect(conditionOfServer(sessions, undefined, NOW_MS).text).toBe(text);
    expect(conditionOfServer(sessions.toReversed(), undefined, NOW_MS).text).toBe(text);
  });

  it.each([
    ['connect ECONNREFUSED', /^connect ECONNREFUSED, since \d\d:\d\d:\d\d$/],
    [null, /^since \d\d:\d\d:\d\d$/],
  ])('is unreachable even if it runs operations, because of %s', (reason, text) => {
    const unreachable = { server_name: 'web', reason, since: timeAt(0) };
    for (const sessions of [[], [sessionOf('s', { active_operations: 1 })]]) {
      expect(conditionOfServer(sessions, unreachable, NOW_MS)).toEqual({
        kind: 'bad',
        text: 'unreachable',
        reason: expect.stringMatching(text),
      });
    }
  });
});
