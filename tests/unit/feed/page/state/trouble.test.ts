import { describe, expect, it } from 'vitest';

import { describeConnection, gapNotice, updatedNotice } from '../../../../../src/feed/page/state/trouble.ts';

const NOON = new Date(2026, 7, 1, 12, 0, 0).getTime();

describe('the word for the connection', () => {
  it('says what it is', () => {
    expect(describeConnection({ kind: 'connecting', isAgain: false }, 0)).toBe('Connecting');
    expect(describeConnection({ kind: 'connected' }, 0)).toBe('Connected');
    expect(describeConnection({ kind: 'key_needed', wasRefused: false }, 90_000)).toBe('Key needed');
  });

  it('stays the same through all attempts, until there is little hope', () => {
    const states = [
      { kind: 'waiting', delayMs: 500, problem: null },
      { kind: 'connecting', isAgain: true },
    ] as const;
    for (const state of states) {
      expect(describeConnection(state, 0)).toBe('Reconnecting');
      expect(describeConnection(state, 19_999)).toBe('Reconnecting');
      expect(describeConnection(state, 20_000)).toBe('Disconnected');
    }
  });
});

describe('a notice', () => {
  it('of an update offers to reload', () => {
    expect(updatedNotice('2.0.0')).toMatchObject({
      action: 'reload',
      text: expect.stringContaining('2.0.0'),
    });
  });

  it('of a gap says from when to when, and how many events', () => {
    const { kind, text } = gapNotice('too_old', 12_345, [NOON, NOON + 90_000]);
    expect(kind).toBe('gap');
    expect(text).toContain('About 12,345 events between 12:00:00 and 12:01:30 were missed');
  });

  it('of a restart says when the connection was lost', () => {
    const { kind, text } = gapNotice('restarted', 0, [NOON, NOON + 90_000]);
    expect(kind).toBe('restarted');
    expect(text).toContain('restarted after 12:00:00');
  });

  it('of a slow browser says what is missing, and what is not', () => {
    expect(gapNotice('slow_client', 9, [NOON, NOON])).toMatchObject({
      kind: 'slow',
      text: expect.stringContaining('some progress updates were skipped'),
    });
  });
});
