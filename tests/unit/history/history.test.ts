import { describe, expect, test } from 'vitest';

import { History } from '../../../src/history/history.ts';
import type { HistoryReader } from '../../../src/api/history-answers.ts';
import { SessionRegistry } from '../../../src/monitor/session-registry.ts';
import { DAY_MS, FakeClock, HOUR_MS } from '../../support/fake-clock.ts';

function remembering(retentionDays?: number) {
  const clock = new FakeClock();
  const history = new History({ clock, config: retentionDays === undefined ? {} : { retentionDays } });
  const sessions = new SessionRegistry({ clock });
  sessions.subscribe(history.onEvent);
  return { clock, history, sessions };
}

describe('a history that listens to the events of sessions', () => {
  test('a history that listens to sessions remembers operations by how they ended', async () => {
    const { clock, history, sessions } = remembering();
    const monitor = sessions.open('s');
    const [a, b, c] = [
      monitor.startMonitoring('scan'),
      monitor.startMonitoring('scan'),
      monitor.startMonitoring('scan'),
    ];
    clock.advance(6000);
    monitor.updateProgress(a, 50);
    expect(await history.getMetricsSummary('scan')).toMatchObject({ count: 0 });
    monitor.stopMonitoring(a);
    monitor.stopMonitoring(b, {}, false);
    monitor.cancelMonitoring(c);
    expect(await history.getMetricsSummary('scan')).toMatchObject({
      count: 3,
      successCount: 1,
      failureCount: 1,
      cancelledCount: 1,
      minDuration: 6,
      maxDuration: 6,
    });
  });

  test('a history keeps 200 operation names apart, and counts all later ones as one', async () => {
    const { history, sessions } = remembering();
    const monitor = sessions.open('s');
    for (let i = 0; i < 1000; i++) monitor.stopMonitoring(monitor.startMonitoring(`cycle_${i}`));
    const { operations } = await history.getMetricsSummary();
    expect(Object.keys(operations)).toHaveLength(201);
    expect(operations['_OTHER']?.count).toBe(800);
  });

  test('a history assigns names when operations start, as the metrics do', async () => {
    const { history, sessions } = remembering();
    const monitor = sessions.open('s');
    const first = monitor.startMonitoring('first');
    for (let i = 0; i < 200; i++) monitor.stopMonitoring(monitor.startMonitoring(`cycle_${i}`));
    monitor.stopMonitoring(first);
    expect((await history.getMetricsSummary('first')).count).toBe(1);
    expect((await history.getMetricsSummary('_OTHER')).count).toBe(1);
  });
});

test('events that end no operation leave no trace in the history', async () => {
  const history = new History();
  history.onEvent({ type: 'limit_reached', limit: 'sockets', count: 1 });
  history.onEvent({ type: 'child_started', serverName: 'a' });
  expect(await history.getMetricsSummary()).toEqual({ source: 'local', operations: {} });
});

describe('recordMetric', () => {
  test.each([
    { operationType: '', duration: 1 },
    { operationType: 'a', duration: -1 },
    { operationType: 'a', duration: NaN },
  ])('recordMetric refuses %j and remembers nothing', async (metric) => {
    const history = new History();
    expect(() => history.recordMetric(metric)).toThrow(TypeError);
    expect(await history.getMetricsSummary()).toEqual({ source: 'local', operations: {} });
  });

  test('recordMetric counts an error message as a failure, unless the caller says otherwise', async () => {
    const history = new History();
    history.recordMetric({ operationType: 'a', duration: 1, errorMessage: 'x' });
    history.recordMetric({ operationType: 'a', duration: 1, errorMessage: 'x', success: true });
    expect(await history.getMetricsSummary('a')).toMatchObject({ failureCount: 1, successCount: 1 });
  });
});

describe('a question', () => {
  test.each([0, -1, NaN, Infinity])('a summary or trend of %d hours or days is refused', async (window) => {
    const history = new History();
    await expect(history.getMetricsSummary('a', window)).rejects.toThrow(
      `timeWindowHours: expected a number above 0, received ${window}`,
    );
    await expect(history.getPerformanceTrend('a', window)).rejects.toThrow(
      `days: expected a number above 0, received ${window}`,
    );
  });

  test.each([0, 61, 1.5, NaN])('recent activity of %d minutes is refused', async (minutes) => {
    await expect(new History().getRecentActivity(minutes)).rejects.toThrow(
      `minutes: expected an integer from 1 to 60, received ${minutes}`,
    );
  });

  test('summaries, trends and activity are of the last day, week and hour by default', async () => {
    const { clock, history } = remembering();
    history.recordMetric({ operationType: 'a', duration: 1 });
    clock.advance(DAY_MS + HOUR_MS);
    history.recordMetric({ operationType: 'a', duration: 1 });
    clock.advance(59 * 60_000);
    expect((await history.getMetricsSummary('a')).count).toBe(1);
    expect((await history.getMetricsSummary('a', 26)).count).toBe(2);
    expect((await history.getRecentActivity()).operations['a']?.count).toEqual([
      1,
      ...Array<number>(59).fill(0),
    ]);
    clock.advance(6 * DAY_MS);
    expect((await history.getPerformanceTrend('a')).trend).toHaveLength(1);
    expect((await history.getPerformanceTrend('a', 8)).trend).toHaveLength(2);
  });

  test('recent activity has the operation names that metrics have', async () => {
    const { history } = remembering();
    history.recordMetric({ operationType: 'a', duration: 1, success: false });
    history.recordMetric({ operationType: 'x'.repeat(200), duration: 1 });
    const { operations } = await history.getRecentActivity(60);
    expect(operations['a']?.failureCount).toEqual([...Array<number>(59).fill(0), 1]);
    expect(Object.keys(operations)).toEqual(['a', '_OTHER']);
    expect(await history.getRecentActivity(1, 'a')).toMatchObject({ operations: { a: { count: [1] } } });
  });

  test('questions go to the reader that is made from the history of this process', async () => {
    let local: HistoryReader | undefined;
    const reader: HistoryReader = {
      summary: async (operation, hours) => ({ ...(await nothing()), operation, hours }),
      summaries: async () => ({ source: 'prometheus', operations: {} }),
      trend: async () => ({ source: 'prometheus', trend: [] }),
      activity: async (minutes) => ({
        source: 'prometheus',
        stepSeconds: minutes,
        startTime: new Date(0),
        operations: {},
      }),
    };
    const history = new History({ reader: (own) => ((local = own), reader) });
    const nothing = async () => ({
      ...(await new History().getMetricsSummary('a')),
      source: 'prometheus' as const,
    });
    history.recordMetric({ operationType: 'a', duration: 1 });
    expect(await history.getMetricsSummary('a', 3)).toMatchObject({
      source: 'prometheus',
      operation: 'a',
      hours: 3,
    });
    expect((await history.getMetricsSummary()).source).toBe('prometheus');
    expect((await history.getPerformanceTrend('a')).source).toBe('prometheus');
    expect((await history.getRecentActivity(7)).stepSeconds).toBe(7);
    expect(await local?.summary('a', 1)).toMatchObject({ source: 'local', count: 1 });
  });
});

describe('forgetting', () => {
  test('forgetting with 0 days keeps the current hour', async () => {
    const history = new History({ clock: new FakeClock() });
    history.recordMetric({ operationType: 'a', duration: 1 });
    history.clearOldMetrics(0);
    expect((await history.getMetricsSummary('a')).count).toBe(1);
  });

  test.each([-1, NaN, Infinity])('forgetting after %d days is refused', (days) => {
    expect(() => new History().clearOldMetrics(days)).toThrow(
      `daysToKeep: expected a number of at least 0, received ${days}`,
    );
  });

  test('forgetting keeps the last 30 days by default', async () => {
    const { clock, history } = remembering(90);
    history.recordMetric({ operationType: 'a', duration: 1 });
    clock.advance(29 * DAY_MS);
    history.clearOldMetrics();
    expect(await history.getPerformanceTrend('a', 60)).toMatchObject({ trend: [{ count: 1 }] });
    clock.advance(2 * DAY_MS);
    history.clearOldMetrics();
    expect(await history.getPerformanceTrend('a', 60)).toMatchObject({ trend: [] });
  });

  test('operations are forgotten after the days of retention, and after 30 if none are given', async () => {
    for (const retentionDays of [undefined, 60]) {
      const { clock, history } = remembering(retentionDays);
      history.recordMetric({ operationType: 'a', duration: 1 });
      clock.advance(32 * DAY_MS);
      history.recordMetric({ operationType: 'b', duration: 1 });
      const { trend } = await history.getPerformanceTrend('a', 90);
      expect(trend).toHaveLength(retentionDays === undefined ? 0 : 1);
    }
  });
});
