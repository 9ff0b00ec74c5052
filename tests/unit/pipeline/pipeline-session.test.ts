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
  const unclean = {
    issues: [{ line: 1, column: 1, rule: 'r', severity: 'error', message: '', fix: null } as const],
    isParsable: true,
  };
  const scoreOf = (files: number, withIssues: number) =>
    totalsOf(new Map(Array.from({ length: files }, (_, i) => [`f${i}`, i < withIssues ? unclean : clean])))
      .qualityScore;

  it('the quality score is the percentage of files without issues, and 100 only without any', () => {
    expect(scoreOf(0, 0)).toBe(100);
    expect(scoreOf(3, 1)).toBe(66.66);
    expect(scoreOf(100, 71)).toBe(29);
    expect(scoreOf(30_000, 1)).toBe(99.99);
    expect(scoreOf(2, 2)).toBe(0);
  });
});
