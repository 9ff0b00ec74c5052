import { describe, expect, it } from 'vitest';

import { lostNotice, polledNotice } from '../../../../../src/feed/page/state/lost-notice.ts';

const NOON = new Date(2026, 7, 1, 12, 0, 0).getTime();

describe('a notice', () => {
  it('of a lost connection says since when, with the date where that was another day', () => {
    expect(lostNotice(NOON, NOON + 60_000, null)).toMatchObject({ kind: 'lost' });
    expect(lostNotice(NOON, NOON + 60_000, null).text).toContain('Disconnected since 12:00:00:');
    expect(lostNotice(NOON, NOON + 86_400_000, null).text).toContain('since 2026-08-01 12:00:00:');
  });

  it.each([
    [{ kind: 'unreachable' }, 'check that it is running', null],
    [{ kind: 'other_answer', status: 502 }, 'A proxy answers 502', null],
    [{ kind: 'signed_out' }, 'sign in again', 'reload'],
    [{ kind: 'throttled' }, 'Too many wrong keys', null],
    [
      { kind: 'refused', message: 'add it to MONITORING_ALLOWED_ORIGINS' },
      'MONITORING_ALLOWED_ORIGINS',
      null,
    ],
    [{ kind: 'viewer_limit' }, 'close other tabs', null],
    [{ kind: 'blocked' }, 'WebSocket upgrades of /ws', null],
  ] as const)('of the problem %j says what to do', (problem, text, action) => {
    const notice = lostNotice(null, NOON, problem);
    expect(notice.text).toContain(text);
    expect(notice.action).toBe(action);
  });

  it('of a page that polls says how often, and no longer that it retries', () => {
    const { text } = polledNotice({ kind: 'blocked' });
    expect(text).toContain('updated every 3 seconds');
    expect(text).not.toContain('Retrying');
  });
});
