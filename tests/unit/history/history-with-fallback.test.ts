import { pino } from 'pino';
import { describe, expect, test } from 'vitest';

import { HistogramGrowth } from '../../../src/history/histogram-growth.ts';
import type {
  ActivityAnswer,
  HistoryReader,
  SummariesAnswer,
  SummaryAnswer,
  TrendAnswer,
} from '../../../src/api/history-answers.ts';
import { HistoryUnavailable } from '../../../src/history/history-unavailable.ts';
import { HistoryWithFallback } from '../../../src/history/history-with-fallback.ts';
import { LocalHistory } from '../../../src/history/local-history.ts';
import type { FallbackReason } from '../../../src/monitor/fallback-reasons.ts';
import { DEFAULT_CONFIG } from '../../../src/settings/config.ts';
import { FakeClock } from '../../support/fake-clock.ts';

const MINUTE_MS = 60_000;

/** A Prometheus that has nothing, or fails as it is told. */
class FakePrometheus implements HistoryReader {
  failure: Error | null = null;

  async summary(): Promise<SummaryAnswer> {
    if (this.failure) throw this.failure;
    return { ...new HistogramGrowth().summarize(), source: 'prometheus' };
  }

  async summaries(): Promise<SummariesAnswer> {
    if (this.failure) throw this.failure;
    return { source: 'prometheus', operations: {} };
  }

  async trend(): Promise<TrendAnswer> {
    if (this.failure) throw this.failure;
    return { source: 'prometheus', trend: [] };
  }

  async activity(): Promise<ActivityAnswer> {
    if (this.failure) throw this.failure;
    return { source: 'prometheus', stepSeconds: 60, startTime: new Date(0), operations: {} };
  }
}

function withFallback() {
  const clock = new FakeClock();
  const prometheus = new FakePrometheus();
  const local = new LocalHistory(clock, DEFAULT_CONFIG);
  local.record('scan', 2, 'completed');
  const fallbacks: FallbackReason[] = [];
  const lines: { msg: string }[] = [];
  const logged: string[] = [];
  const write = (line: string) => {
    const parsed = JSON.parse(line) as { msg: string };
    lines.push(parsed);
    logged.push(parsed.msg);
  };
  const history = new HistoryWithFallback({
    prometheus,
    local,
    onFallback: (reason) => fallbacks.push(reason),
    logger: pino({}, { write }),
    clock,
  });
  return { clock, prometheus, local, history, fallbacks, logged, lines };
}

test('as long as Prometheus answers, its answers are given, empty ones too', async () => {
  const { history, fallbacks, logged } = withFallback();
  expect((await history.summaries(1)).source).toBe('prometheus');
  expect(await history.trend('scan', 1)).toEqual({ source: 'prometheus', trend: [] });
  expect(await history.activity(1)).toMatchObject({ source: 'prometheus', operations: {} });
  expect([fallbacks, logged]).toEqual([[], []]);
});

test('an outage is logged with its error, without a stack trace', async () => {
  const { prometheus, history, lines } = withFallback();
  const cause = new Error('connect ECONNREFUSED');
  const message = 'Prometheus at http://prometheus:9/ is unreachable: connect ECONNREFUSED';
  prometheus.failure = new HistoryUnavailable('unreachable', message, { cause });
  await history.summaries(1);
  expect(lines).toEqual([expect.objectContaining({ level: 40, reason: 'unreachable', error: message })]);
  expect(JSON.stringify(lines)).not.toContain('stack');
});

test('every question that Prometheus does not answer is answered locally, and counted by its reason', async () => {
  const { prometheus, local, history, fallbacks } = withFallback();
  prometheus.failure = new HistoryUnavailable('timeout', 'late');
  expect(await history.summary('scan', 1)).toMatchObject({ source: 'local', count: 1, avgDuration: 2 });
  prometheus.failure = new HistoryUnavailable('unreachable', 'nobody there');
  expect(await history.summaries(1)).toMatchObject({ source: 'local', operations: { scan: { count: 1 } } });
  prometheus.failure = new HistoryUnavailable('refused', 'no');
  expect(await history.trend('scan', 1)).toMatchObject({ source: 'local', trend: [{ count: 1 }] });
  expect(await history.activity(2)).toMatchObject({
    source: 'local',
    operations: { scan: { count: [0, 1] } },
  });
  local.record('other', 1, 'completed');
  expect(Object.keys((await history.activity(1, 'other')).operations)).toEqual(['other']);
  expect(fallbacks).toEqual(['timeout', 'unreachable', 'refused', 'refused', 'refused']);
});

test('an error of the exporter itself is not taken for an outage', async () => {
  const { prometheus, history, fallbacks } = withFallback();
  prometheus.failure = new TypeError('a mistake');
  await expect(history.summaries(1)).rejects.toThrow('a mistake');
  expect(fallbacks).toEqual([]);
});

test('fewer operations in Prometheus than in this process alone are not an answer, once it must have scraped them', async () => {
  const { clock, history, fallbacks } = withFallback();
  const ask = async () => [
    await history.summary('scan', 1),
    await history.summaries(1),
    await history.trend('scan', 1),
    await history.activity(60),
    await history.activity(60, 'scan'),
  ];
  clock.advance(4 * MINUTE_MS);
  expect((await ask()).map(({ source }) => source)).toEqual(Array(5).fill('prometheus'));
  clock.advance(2 * MINUTE_MS);
  for (const { source, fallback } of await ask()) {
    expect(source).toBe('local');
    expect(fallback?.message).toContain('0 operations "scan" since');
    expect(fallback?.message).toContain('this process alone has 1: let Prometheus scrape this exporter');
  }
  expect(fallbacks).toEqual(Array(5).fill('incomplete'));
  // Other operations and earlier minutes do not matter.
  expect(await history.summary('other', 1)).toMatchObject({ source: 'prometheus' });
  expect(await history.activity(5)).toMatchObject({ source: 'prometheus' });
  clock.advance(60 * MINUTE_MS);
  expect(await history.summary('scan', 1)).toMatchObject({ source: 'prometheus' });
});

describe('the log', () => {
  const WARNING = 'Prometheus unavailable, summaries and trends come from this process';
  const RECOVERED = 'Prometheus available again for summaries and trends';

  test('an outage of Prometheus is logged as one warning, and its end as one line', async () => {
    const { clock, prometheus, history, fallbacks, logged } = withFallback();
    prometheus.failure = new HistoryUnavailable('unreachable', 'nobody there');
    for (let i = 0; i < 100; i++) await history.summaries(1);
    expect(logged).toEqual([WARNING]);
    expect(fallbacks).toHaveLength(100);
    prometheus.failure = null;
    clock.advance(MINUTE_MS);
    for (let i = 0; i < 100; i++) await history.summaries(1);
    expect(logged).toEqual([WARNING, RECOVERED]);
    prometheus.failure = new HistoryUnavailable('timeout', 'late');
    await history.summaries(1);
    expect(logged).toEqual([WARNING, RECOVERED, WARNING]);
  });

  test('failures between answers of Prometheus are logged as one outage', async () => {
    const { clock, prometheus, history, logged } = withFallback();
    for (let i = 0; i < 100; i++) {
      prometheus.failure = i % 2 === 0 ? new HistoryUnavailable('timeout', 'late') : null;
      await history.summaries(1);
      clock.advance(MINUTE_MS / 2);
    }
    expect(logged).toEqual([WARNING]);
  });
});
