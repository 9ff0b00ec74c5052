import { describe, expect, it } from 'vitest';

import { PipelineSessions } from '../../../src/pipeline/session/pipeline-session.ts';
import { totalsOf } from '../../../src/pipeline/contract/scan-totals.ts';
import { FakeClock } from '../../support/fake-clock.ts';

const ids = (sessions: PipelineSessions) => sessions.list().map(({ sessionId }) => sessionId);

function fail(error: unknown): never {
  throw error;
}

describe('the sessions', () => {
  it('each session is announced once, and sessions are listed by latest use', () => {
    const sessions = new PipelineSessions(new FakeClock(), fail);
    const added: string[] = [];
    const stop = sessions.onAdded(({ sessionId }) => added.push(sessionId));
    const first = sessions.open('a');
    sessions.open('b');
    expect(sessions.open('a')).toBe(first);
    expect(ids(sessions)).toEqual(['a', 'b']);
    stop();
    sessions.open('c');
    expect(added).toEqual(['a', 'b']);
  });

  it('the least recently used session is evicted past 200', () => {
    const sessions = new PipelineSessions(new FakeClock(), fail);
    for (let i = 0; i < 200; i++) sessions.open(`s${i}`);
    sessions.open('s0');
    sessions.open('one more');
    expect(ids(sessions)).toHaveLength(200);
    expect(sessions.get('s0')).toBeDefined();
    expect(sessions.get('s1')).toBeUndefined();
  });
});

describe('sessions past the limit', () => {
  it('evicted sessions are counted', () => {
    let evicted = 0;
    const sessions = new PipelineSessions(new FakeClock(), fail, () => (evicted += 1));
    for (let i = 0; i < 200 * 100; i++) sessions.open(`s${i}`);
    expect(ids(sessions)).toHaveLength(200);
    expect(evicted).toBe(200 * 99);
  });
});

describe('the quality score', () => {
  const clean = { issues: [], isParsable: true };
  const issue = { line: 1, column: 1, rule: 'r', severity: 'error', message: '', fix: null } as const;
  const scoreOf = (...issueCounts: number[]) =>
    totalsOf(
      new Map(
        issueCounts.map((count, index) => [
          `f${index}`,
          { ...clean, issues: Array.from({ length: count }, () => issue) },
        ]),
      ),
    ).qualityScore;

  it('the quality score grows with each issue that is fixed, and is 100 only without any', () => {
    expect(scoreOf(15)).toBe(6.25);
    expect(scoreOf(5)).toBe(16.66);
    expect(scoreOf(1)).toBe(50);
    expect(scoreOf(0)).toBe(100);
    expect(scoreOf(0, 0, 1)).toBe(83.33);
    expect(scoreOf(1, ...Array.from({ length: 30_000 }, () => 0))).toBe(99.99);
  });

  it('there is no quality score without files', () => {
    expect(scoreOf()).toBeNull();
  });
});
