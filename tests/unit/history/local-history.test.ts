import { describe, expect, test } from 'vitest';

import { LocalHistory } from '../../../src/history/local-history.ts';
import { DEFAULT_CONFIG } from '../../../src/settings/config.ts';
import { DAY_MS, FakeClock, HOUR_MS } from '../../support/fake-clock.ts';

function historyAt(start?: string, retentionDays = 30) {
  const clock = new FakeClock(start);
  return { clock, history: new LocalHistory(clock, { ...DEFAULT_CONFIG, retentionDays }) };
}

/** Durations from microseconds to minutes, the same at every run. */
function manyDurations(count: number): number[] {
  let state = 42;
  return Array.from({ length: count }, () => {
    state = (state * 1_103_515_245 + 12_345) % 2 ** 31;
    return 10 ** (-5 + (state / 2 ** 31) * 7);
  });
}

describe('a summary', () => {
  test('a summary is exact in count, mean, least, most and deviation, also when merged from many hours', async () => {
    const { clock, history } = historyAt();
    const durations = manyDurations(5000);
    durations.forEach((duration, i) => {
      if (i % 1000 === 999) clock.advance(HOUR_MS);
      history.record('a', duration, 'completed');
    });
    const mean = durations.reduce((sum, duration) => sum + duration, 0) / durations.length;
    const squares = durations.reduce((sum, duration) => sum + (duration - mean) ** 2, 0);
    const summary = await history.summary('a', 24);
    expect(summary.count).toBe(5000);
    expect(summary.minDuration).toBe(Math.min(...durations));
    expect(summary.maxDuration).toBe(Math.max(...durations));
    expect(summary.avgDuration / mean).toBeCloseTo(1, 10);
    expect(summary.stdDeviation / Math.sqrt(squares / (durations.length - 1))).toBeCloseTo(1, 10);
  });

  test('a summary has quantiles within 1 % of the true ones', async () => {
    const { history } = historyAt();
    const durations = manyDurations(20_000);
    for (const duration of durations) history.record('a', duration, 'completed');
    const sorted = durations.toSorted((a, b) => a - b);
    const { medianDuration, p95Duration, p99Duration } = await history.summary('a', 24);
    for (const [q, value] of [
      [0.5, medianDuration] as const,
      [0.95, p95Duration] as const,
      [0.99, p99Duration] as const,
    ]) {
      const truth = sorted[Math.ceil(q * sorted.length) - 1] ?? 0;
      expect(Math.abs(value / truth - 1)).toBeLessThanOrEqual(0.0101);
    }
  });

  test.each([
    { durations: [1], median: 1, p95: 1 },
    { durations: [1, 3], median: 1, p95: 3 },
    { durations: [5, 1, 3], median: 3, p95: 5 },
    { durations: [0, 0], median: 0, p95: 0 },
  ])(
    'a summary of few operations has quantiles that occurred: $durations',
    async ({ durations, median, p95 }) => {
      const { history } = historyAt();
      for (const duration of durations) history.record('a', duration, 'completed');
      const summary = await history.summary('a', 24);
      expect(Math.abs(summary.medianDuration - median)).toBeLessThanOrEqual(median * 0.01);
      expect(Math.abs(summary.p95Duration - p95)).toBeLessThanOrEqual(p95 * 0.01);
    },
  );

  test('a summary counts a cancelled operation as neither success nor failure', async () => {
    const { history } = historyAt();
    for (const outcome of ['completed', 'completed', 'failed', 'cancelled'] as const)
      history.record('a', 1, outcome);
    expect(await history.summary('a', 24)).toMatchObject({
      count: 4,
      successCount: 2,
      failureCount: 1,
      cancelledCount: 1,
      successRate: expect.closeTo(66.7, 1),
    });
  });

  test('a summary of two operations has the lesser one as its median, and their deviation', async () => {
    const { history } = historyAt();
    for (const duration of [1, 3]) history.record('a', duration, 'completed');
    const { medianDuration, p95Duration, stdDeviation } = await history.summary('a', 1);
    expect(medianDuration).toBeCloseTo(1, 1);
    expect(p95Duration).toBeCloseTo(3, 1);
    expect(stdDeviation).toBeCloseTo(Math.SQRT2, 10);
  });

  test('the summary of an unknown operation is all zeros', async () => {
    const { source, ...summary } = await historyAt().history.summary('nobody', 24);
    expect(source).toBe('local');
    expect(new Set(Object.values(summary))).toEqual(new Set([0]));
  });

  test('a summary looks back over its window and no further', async () => {
    const { clock, history } = historyAt('2026-03-10T12:30:00Z');
    history.record('a', 1, 'completed');
    clock.advance(5 * HOUR_MS);
    history.record('a', 3, 'completed');
    expect((await history.summary('a', 4)).count).toBe(1);
    expect((await history.summary('a', 5)).count).toBe(2);
    clock.advance(5 * DAY_MS);
    history.record('a', 5, 'completed');
    expect((await history.summary('a', 24)).count).toBe(1);
    expect(await history.summary('a', 24 * 7)).toMatchObject({ count: 3, avgDuration: 3, maxDuration: 5 });
  });

  test('a summary has single hours up to 48 hours ago, and whole days before', async () => {
    const { clock, history } = historyAt('2026-03-01T10:30:00Z');
    history.record('a', 1, 'completed');
    clock.advance(HOUR_MS);
    history.record('a', 2, 'completed');
    clock.advance(48 * HOUR_MS);
    history.record('a', 3, 'completed');
    expect((await history.summary('a', 47)).count).toBe(1);
    expect(await history.summary('a', 48)).toMatchObject({ count: 2, minDuration: 2 });
    expect((await history.summary('a', 49)).count).toBe(3);
    clock.advance(HOUR_MS);
    history.record('a', 4, 'completed');
    // The second hour is part of its day by now.
    expect((await history.summary('a', 48)).count).toBe(2);
    expect((await history.summary('a', 49)).count).toBe(4);
  });

  test('a summary of days has none before the day in which its window begins', async () => {
    const { clock, history } = historyAt('2026-03-01T23:30:00Z');
    history.record('a', 1, 'completed');
    clock.advance(HOUR_MS);
    history.record('a', 2, 'completed');
    clock.advance(4 * DAY_MS);
    history.record('a', 3, 'completed');
    expect((await history.summary('a', 4 * 24)).count).toBe(2);
    expect((await history.summary('a', 4 * 24 + 1)).count).toBe(3);
  });

  test('the summaries of all operations leave out those that were quiet', async () => {
    const { clock, history } = historyAt();
    history.record('old', 1, 'completed');
    clock.advance(30 * HOUR_MS);
    history.record('new', 1, 'completed');
    expect(Object.keys((await history.summaries(24)).operations)).toEqual(['new']);
  });
});

describe('a trend', () => {
  test('a trend has a row per UTC day, whether its hours are still apart or merged', async () => {
    const { clock, history } = historyAt('2026-03-01T22:00:00Z');
    for (let hour = 0; hour < 24 * 6; hour++) {
      history.record('a', hour + 1, hour % 2 === 0 ? 'completed' : 'failed');
      clock.advance(HOUR_MS);
    }
    const { trend } = await history.trend('a', 30);
    expect(trend.map(({ date, count }) => `${date} ${count}`)).toEqual([
      '2026-03-01 2',
      '2026-03-02 24',
      '2026-03-03 24',
      '2026-03-04 24',
      '2026-03-05 24',
      '2026-03-06 24',
      '2026-03-07 22',
    ]);
    expect(trend[0]).toMatchObject({ minDuration: 1, maxDuration: 2, avgDuration: 1.5, successRate: 50 });
    expect((await history.trend('a', 1)).trend.map(({ date }) => date)).toEqual(['2026-03-07']);
  });
});

describe('forgetting', () => {
  test('clear(0) forgets an hour and a minute as soon as they are over', async () => {
    const { clock, history } = historyAt('2026-03-01T23:59:30Z');
    history.record('a', 1, 'completed');
    clock.advance(29_999);
    history.clear(0);
    expect((await history.summary('a', 1)).count).toBe(1);
    expect((await history.activity(2)).operations['a']?.count).toEqual([0, 1]);
    clock.advance(1);
    history.clear(0);
    expect((await history.summary('a', 1)).count).toBe(0);
    expect((await history.activity(2)).operations).toEqual({});
  });

  test('clear forgets a day whose hours are merged as soon as it is over', async () => {
    const { clock, history } = historyAt('2026-03-01T00:30:00Z');
    history.record('a', 1, 'completed');
    clock.advance(3 * DAY_MS - HOUR_MS / 2 - 1);
    history.record('b', 1, 'completed');
    history.clear(2);
    expect((await history.trend('a', 30)).trend).toHaveLength(1);
    clock.advance(1);
    history.clear(2);
    expect((await history.trend('a', 30)).trend).toHaveLength(0);
  });

  test('clear forgets operations that ended before', async () => {
    const { clock, history } = historyAt();
    history.record('a', 1, 'completed');
    clock.advance(10 * DAY_MS);
    history.record('a', 2, 'completed');
    history.clear(5);
    expect((await history.trend('a', 30)).trend).toHaveLength(1);
    history.clear(0);
    expect((await history.summary('a', 24 * 30)).count).toBe(1);
  });

  test('operations past their retention are forgotten without a call of clear', async () => {
    const { clock, history } = historyAt(undefined, 3);
    history.record('a', 1, 'completed');
    clock.advance(5 * DAY_MS);
    history.record('b', 1, 'completed');
    expect((await history.summaries(24 * 365)).operations).not.toHaveProperty('a');
  });
});

describe('rows that do not belong to the present', () => {
  test('a trend without expired days after a long time without operations', async () => {
    const { clock, history } = historyAt(undefined, 2);
    history.record('a', 1, 'completed');
    clock.advance(5 * DAY_MS);
    expect((await history.trend('a', 30)).trend).toEqual([]);
    expect((await history.summary('a', 24 * 30)).count).toBe(0);
  });

  test('an operation that ended while the clock was ahead is not counted in the future', async () => {
    let nowMs = Date.parse('2026-03-01T12:00:00Z');
    // Both clocks jump, so that the jump cannot be recognized.
    const clock = { now: () => nowMs, monotonic: () => nowMs };
    const history = new LocalHistory(clock, { retentionDays: 30 });
    nowMs += 3 * DAY_MS;
    history.record('a', 1, 'completed');
    nowMs -= 3 * DAY_MS;
    expect((await history.summary('a', 1)).count).toBe(0);
    nowMs += 3 * DAY_MS;
    expect((await history.trend('a', 7)).trend).toEqual([]);
  });

  test('an operation stays in the present when the clock is set by half an hour and back', async () => {
    const { clock, history } = historyAt('2026-03-01T12:10:00Z');
    history.record('a', 1, 'completed');
    for (const minutes of [30, -30]) {
      clock.set(minutes * 60_000);
      expect((await history.summary('a', 1)).count).toBe(1);
    }
    clock.advance(HOUR_MS);
    expect((await history.summary('a', 2)).count).toBe(1);
  });
});
