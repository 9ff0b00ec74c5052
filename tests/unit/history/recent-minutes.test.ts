import { describe, expect, test } from 'vitest';

import { MINUTE_MS } from '../../../src/history/activity-columns.ts';
import { LocalHistory } from '../../../src/history/local-history.ts';
import { DEFAULT_CONFIG } from '../../../src/settings/config.ts';
import { RecentMinutes } from '../../../src/history/recent-minutes.ts';
import { FakeClock, HOUR_MS } from '../../support/fake-clock.ts';

function historyAt(start: string, retentionDays = 30) {
  const clock = new FakeClock(start);
  return { clock, history: new LocalHistory(clock, { ...DEFAULT_CONFIG, retentionDays }) };
}

describe('when the wall clock is set', () => {
  const counts = async (history: LocalHistory, minutes = 5) =>
    (await history.activity(minutes)).operations['a']?.count;

  test.each([
    ['back by an hour', [-HOUR_MS]],
    ['ahead by an hour', [HOUR_MS]],
    ['ahead and back again', [HOUR_MS, -HOUR_MS]],
    ['from 1970 to today, as a machine without a battery', [56 * 365 * 24 * HOUR_MS]],
  ])(
    'if the wall clock is set %s, operations that ended minutes ago still ended minutes ago',
    async (_case, jumps) => {
      const { clock, history } = historyAt('2026-03-01T12:00:00Z');
      history.record('a', 1, 'completed');
      clock.advance(2 * MINUTE_MS);
      history.record('a', 1, 'completed');
      for (const jump of jumps) {
        clock.set(jump);
        history.record('a', 1, 'completed');
      }
      clock.advance(MINUTE_MS);
      expect(await counts(history)).toEqual([0, 1, 0, 1 + jumps.length, 0]);
      expect(await history.summary('a', 1)).toMatchObject({ count: 2 + jumps.length });
      expect((await history.trend('a', 1)).trend).toMatchObject([{ count: 2 + jumps.length }]);
    },
  );

  test('recent activity does not move if the machine slept', async () => {
    const { clock, history } = historyAt('2026-03-01T12:00:00Z');
    history.record('a', 1, 'completed');
    clock.sleep(3 * MINUTE_MS);
    history.record('a', 1, 'completed');
    expect(await counts(history)).toEqual([0, 1, 0, 0, 1]);
    clock.sleep(HOUR_MS);
    expect(await counts(history)).toBeUndefined();
  });

  test('recent activity does not move with small corrections of the clock', async () => {
    const { clock, history } = historyAt('2026-03-01T12:00:30Z');
    for (let second = 0; second < 120; second++) {
      history.record('a', 1, 'completed');
      clock.advance(1000);
      clock.set(second % 2 === 0 ? 400 : -400);
    }
    expect((await counts(history))?.reduce((sum, count) => sum + count, 0)).toBe(120);
  });
});

describe('recent activity', () => {
  test('recent activity has a column entry for every UTC minute, the last one for the current minute', async () => {
    const { clock, history } = historyAt('2026-03-01T12:00:59.999Z');
    history.record('a', 1, 'completed');
    clock.advance(1);
    history.record('a', 2, 'failed');
    history.record('a', 2, 'cancelled');
    clock.advance(2 * MINUTE_MS);
    history.record('b', 0.5, 'completed');
    expect(await history.activity(4)).toEqual({
      source: 'local',
      stepSeconds: 60,
      startTime: new Date('2026-03-01T12:00:00Z'),
      operations: {
        a: {
          count: [1, 2, 0, 0],
          failureCount: [0, 1, 0, 0],
          p95Duration: [1, expect.closeTo(2, 1), null, null],
        },
        b: { count: [0, 0, 0, 1], failureCount: [0, 0, 0, 0], p95Duration: [null, null, null, 0.5] },
      },
    });
  });

  test('recent activity moves on while nothing ends, and is gone after its window', async () => {
    const { clock, history } = historyAt('2026-03-01T12:00:00Z');
    history.record('a', 1, 'completed');
    clock.advance(59 * MINUTE_MS);
    const { startTime, operations } = await history.activity(60);
    expect(startTime).toEqual(new Date('2026-03-01T12:00:00Z'));
    expect(operations['a']?.count).toEqual([1, ...Array<number>(59).fill(0)]);
    expect((await history.activity(59)).operations).toEqual({});
    clock.advance(MINUTE_MS);
    expect((await history.activity(60)).operations).toEqual({});
  });

  test('recent activity may be that of one operation, and is empty for an unknown one', async () => {
    const { history } = historyAt('2026-03-01T12:00:00Z');
    for (const operation of ['a', 'b', '__proto__']) history.record(operation, 1, 'completed');
    expect(Object.keys((await history.activity(60)).operations)).toEqual(['a', 'b', '__proto__']);
    expect(Object.keys((await history.activity(60, 'b')).operations)).toEqual(['b']);
    expect((await history.activity(60, 'nobody')).operations).toEqual({});
  });

  test('recent activity has 95th percentiles within 1 % of the true ones, in the current minute and in those before', async () => {
    const { clock, history } = historyAt('2026-03-01T12:00:00Z');
    // A fast crowd and a slow tail, milliseconds to minutes; 997 is a prime, so that they come in no order.
    const durations = Array.from({ length: 997 }, (_, i) => 0.001 * 1.012 ** ((i * 331) % 997));
    const truth = durations.toSorted((a, b) => a - b)[Math.ceil(0.95 * 997) - 1] ?? 0;
    for (let minute = 0; minute < 3; minute++) {
      for (const duration of durations) history.record('a', duration, 'completed');
      if (minute < 2) clock.advance(MINUTE_MS);
    }
    const { operations } = await history.activity(3);
    for (const p95 of operations['a']?.p95Duration ?? []) {
      expect(Math.abs((p95 ?? 0) / truth - 1)).toBeLessThanOrEqual(0.0101);
    }
    expect(operations['a']?.count).toEqual([997, 997, 997]);
  });

  test('recent activity has durations of a thousandth of a millisecond to a day, each to four digits', async () => {
    const { clock, history } = historyAt('2026-03-01T12:00:00Z');
    for (const duration of [0, 1.23456e-6, 0.0123456, 86_400]) {
      history.record('a', duration, 'completed');
      clock.advance(MINUTE_MS);
    }
    const { operations } = await history.activity(5);
    expect(operations['a']?.p95Duration).toEqual([0, 1.235e-6, 0.01235, 86_400, null]);
  });

  test('recent activity is forgotten like summaries, except for the current minute', async () => {
    const { clock, history } = historyAt('2026-03-01T12:00:30Z');
    history.record('a', 1, 'completed');
    history.clear(0);
    expect(Object.keys((await history.activity(60)).operations)).toEqual(['a']);
    clock.advance(MINUTE_MS);
    history.record('b', 1, 'completed');
    history.clear(0);
    expect(Object.keys((await history.activity(60)).operations)).toEqual(['b']);
    clock.advance(MINUTE_MS);
    history.clear(0);
    expect((await history.activity(60)).operations).toEqual({});
  });
});

describe('a minute', () => {
  const NOON = Date.parse('2026-03-01T12:00:00Z');
  const countsOf = (minutes: RecentMinutes, count: number, nowMs: number) =>
    minutes.last(count, nowMs).map((row) => [...row].map(([name, each]) => `${name} ${each.count}`).join());

  test('a minute is dropped once it is an hour old, whatever ends then', () => {
    const minutes = new RecentMinutes();
    for (let i = 0; i < 200; i++) minutes.record(NOON, `once ${i}`, 1, 'completed');
    minutes.record(NOON + MINUTE_MS, 'later', 1, 'completed');
    minutes.record(NOON + HOUR_MS, 'now', 1, 'completed');
    // More minutes than are kept, to see what is.
    const rows = minutes.last(100, NOON + HOUR_MS).filter((row) => row.size > 0);
    expect(rows.map((row) => [...row.keys()])).toEqual([['later'], ['now']]);
  });

  test('a minute that a clock has twice begins anew', () => {
    const minutes = new RecentMinutes();
    for (let i = 0; i < 5; i++) minutes.record(NOON + i * MINUTE_MS, 'a', 1, 'completed');
    minutes.record(NOON + 2 * MINUTE_MS, 'b', 1, 'completed');
    expect(countsOf(minutes, 5, NOON + 4 * MINUTE_MS)).toEqual(['a 1', 'a 1', 'b 1', '', '']);
    minutes.record(NOON + 3 * MINUTE_MS, 'b', 1, 'completed');
    expect(countsOf(minutes, 5, NOON + 4 * MINUTE_MS)).toEqual(['a 1', 'a 1', 'b 1', 'b 1', '']);
  });
});
