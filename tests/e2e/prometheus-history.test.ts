import { once } from 'node:events';

import { Client } from '@modelcontextprotocol/sdk/client/index.js';
import { StreamableHTTPClientTransport } from '@modelcontextprotocol/sdk/client/streamableHttp.js';
import { expect, onTestFinished, test } from 'vitest';

import { History } from '../../src/history/history.ts';
import { PrometheusHistory } from '../../src/history/prometheus-history.ts';
import { pipelineCatalogue } from '../../src/metrics/catalogue.ts';
import { serve } from '../support/cli-process.ts';
import { FakeClock } from '../support/fake-clock.ts';
import { createLintedWorkspace } from '../support/linted-workspace.ts';
import { JOB, runPrometheus } from '../support/prometheus-process.ts';
import { runExporter } from '../support/running-exporter.ts';
import { scrapedPast, type PastOperation } from '../support/scraped-past.ts';

const { name: histogram, buckets: BOUNDS } = pipelineCatalogue.operationDuration;

/** A name that breaks whatever does not escape it. */
const NAME = 'say "hi", \\back and\nforth – {le="1"}';

/** How wide the bucket is that a duration falls into. */
function bucketWidth(seconds: number): number {
  const upper = BOUNDS.find((bound) => seconds <= bound) ?? Infinity;
  return upper - (BOUNDS.findLast((bound) => bound < upper) ?? 0);
}

test('Prometheus answers what the exporter would itself, as near as buckets allow; without it, the exporter does', async () => {
  const prometheus = await runPrometheus();
  const { exporter, urls, get } = await runExporter({
    config: { prometheusUrl: prometheus.url, prometheusJob: JOB },
  });
  const twin = new History();
  for (let i = 1; i <= 60; i++) {
    const metric = { operationType: NAME, duration: (i * i) / 500, success: i % 3 > 0 };
    for (const each of [exporter, twin]) each.recordMetric(metric);
  }
  for (const each of [exporter, twin]) {
    each.recordMetric({ operationType: 'only once', duration: 0.42, success: false });
  }
  prometheus.scrape(new URL(urls.metrics));

  const ask = () => exporter.history.getMetricsSummary(NAME);
  await expect.poll(ask).toMatchObject({ source: 'prometheus', count: 60 });
  const [here, there] = [await twin.getMetricsSummary(NAME), await ask()];
  const { successCount, failureCount, cancelledCount, successRate } = here;
  expect(there).toMatchObject({ successCount, failureCount, cancelledCount, successRate });
  expect(there.avgDuration).toBeCloseTo(here.avgDuration, 9);
  const estimates = ['minDuration', 'maxDuration', 'medianDuration', 'p95Duration', 'p99Duration'] as const;
  for (const key of estimates) {
    expect(Math.abs(there[key] - here[key]), key).toBeLessThanOrEqual(bucketWidth(here[key]));
  }
  expect(Math.abs(there.stdDeviation / here.stdDeviation - 1)).toBeLessThan(0.2);

  const { operations } = await exporter.history.getMetricsSummary();
  expect(Object.keys(operations).toSorted()).toEqual(['only once', NAME]);
  expect(operations['only once']).toMatchObject({
    count: 1,
    failureCount: 1,
    minDuration: 0.42,
    maxDuration: 0.42,
  });
  const trend = (await get(`/api/v1/trend?operation=${encodeURIComponent(NAME)}&days=2`)).json();
  expect(trend).toMatchObject({ source: 'prometheus', trend: [{ count: 60, success_rate: successRate }] });
  const activity = await exporter.history.getRecentActivity(60, NAME);
  const totalOf = (column: readonly number[] = []) => column.reduce((sum, each) => sum + each, 0);
  expect(activity.source).toBe('prometheus');
  expect(totalOf(activity.operations[NAME]?.count)).toBe(60);
  expect(totalOf(activity.operations[NAME]?.failureCount)).toBe(failureCount);
  expect((await get('/api/v1/summary?operation=unheard+of')).json()).toMatchObject({
    source: 'prometheus',
    count: 0,
  });

  await prometheus.kill();
  expect(await ask()).toMatchObject({ ...here, fallback: { reason: 'unreachable' } });
  expect(await exporter.history.getPerformanceTrend(NAME)).toMatchObject(
    await twin.getPerformanceTrend(NAME),
  );
  expect((await get('/metrics')).text).toContain(
    'mcp_exporter_history_fallbacks_total{reason="unreachable"} 2\n',
  );
});

test('an exporter that restarts still knows, from Prometheus, what was before', async () => {
  const prometheus = await runPrometheus();
  const args = ['--workspace', createLintedWorkspace(2)];
  const start = (port = '0') =>
    serve(args, { PROMETHEUS_URL: prometheus.url, MONITORING_DASHBOARD_PORT: port });
  const scan = async (base: URL): Promise<void> => {
    const client = new Client({ name: 'test', version: '1' });
    onTestFinished(() => client.close());
    await client.connect(new StreamableHTTPClientTransport(new URL('mcp', base)));
    await client.callTool({ name: 'version_keeper_scan' });
  };
  const summary = async (base: URL): Promise<unknown> => {
    const response = await fetch(new URL('api/v1/summary?operation=version_keeper_scan&hours=1', base));
    return response.json();
  };

  const first = await start();
  await scan(first.base);
  prometheus.scrape(first.base);
  await expect
    .poll(() => summary(first.base))
    .toMatchObject({ source: 'prometheus', count: 1, success_count: 1 });
  first.child.kill('SIGTERM');
  await once(first.child, 'exit');

  const second = await start(first.base.port);
  await scan(second.base);
  await scan(second.base);
  await expect
    .poll(() => summary(second.base))
    .toMatchObject({ source: 'prometheus', count: 3, success_count: 3 });

  await prometheus.kill();
  for (let i = 0; i < 3; i++) expect(await summary(second.base)).toMatchObject({ source: 'local', count: 2 });
  const { stderr } = second.output;
  expect(stderr.match(/"level":40/g)).toHaveLength(1);
  expect(stderr).toContain('"reason":"unreachable"');
  expect(stderr).toContain('Prometheus unavailable, summaries and trends come from this process');
});

/** `count` operations that ended at once. */
function ended(at: string, count: number, seconds: number, status: PastOperation['status'] = 'completed') {
  return Array.from({ length: count }, (): PastOperation => ({ at, operation: 'scan', status, seconds }));
}

test('days are counted exactly across restarts, gaps, and processes that came and went', async () => {
  const dataDirectory = scrapedPast([
    // Restarted on the second day. What it counts at its first scrape is growth, too.
    {
      instance: 'restarted:3001',
      born: '2026-03-01T06:00:00Z',
      scrapedTo: '2026-03-02T15:00:00Z',
      operations: [
        ...ended('2026-03-01T06:01:00Z', 5, 0.3),
        ...ended('2026-03-01T20:00:00Z', 2, 3, 'failed'),
        ...ended('2026-03-02T14:59:00Z', 3, 0.3),
      ],
    },
    {
      instance: 'restarted:3001',
      born: '2026-03-02T15:01:00Z',
      scrapedTo: '2026-03-04T12:00:00Z',
      operations: [...ended('2026-03-02T15:02:00Z', 7, 0.3), ...ended('2026-03-04T10:00:00Z', 4, 0.3)],
      // A newer version: the first process had no servers in its series.
      servers: ['pipeline', 'linter'],
    },
    // Came and went within a day, and ran one operation.
    {
      instance: 'short-lived:3001',
      born: '2026-03-02T08:00:00Z',
      scrapedTo: '2026-03-02T09:00:00Z',
      operations: ended('2026-03-02T08:30:00Z', 1, 40, 'cancelled'),
    },
    // Nobody knows when its first hundred operations were: Prometheus found it on the third day.
    {
      instance: 'found-late:3001',
      born: '2026-02-20T00:00:00Z',
      scrapedFrom: '2026-03-03T06:00:00Z',
      scrapedTo: '2026-03-04T12:00:00Z',
      operations: [...ended('2026-02-25T00:00:00Z', 100, 0.3), ...ended('2026-03-03T09:00:00Z', 2, 0.3)],
      servers: ['pipeline', 'linter', 'scanner'],
    },
    // Began right before a day, and was first seen in it.
    {
      instance: 'before-midnight:3001',
      born: '2026-03-03T23:59:00Z',
      scrapedFrom: '2026-03-04T00:01:00Z',
      scrapedTo: '2026-03-04T12:00:00Z',
      operations: ended('2026-03-03T23:59:30Z', 3, 0.3),
    },
    // Prometheus did not see it at midnight.
    {
      instance: 'out-of-sight:3001',
      born: '2026-03-03T08:00:00Z',
      scrapedTo: '2026-03-03T23:00:00Z',
      operations: ended('2026-03-03T22:00:00Z', 6, 0.3),
    },
    {
      instance: 'out-of-sight:3001',
      born: '2026-03-03T08:00:00Z',
      scrapedFrom: '2026-03-04T01:00:00Z',
      scrapedTo: '2026-03-04T12:00:00Z',
      operations: [...ended('2026-03-03T22:00:00Z', 6, 0.3), ...ended('2026-03-04T11:00:00Z', 1, 0.3)],
    },
  ]);
  const { url } = await runPrometheus({ dataDirectory });
  const history = new PrometheusHistory({
    config: { retentionDays: 30, prometheusUrl: url, prometheusJob: JOB, variablePrefix: '' },
    histogram,
    clock: new FakeClock('2026-03-04T12:00:00Z'),
  });

  const { source, trend } = await history.trend('scan', 7);
  expect(source).toBe('prometheus');
  expect(trend.map(({ date, count }) => `${date} ${count}`)).toEqual([
    '2026-03-01 7',
    '2026-03-02 11',
    '2026-03-03 8',
    '2026-03-04 8',
  ]);
  expect(trend[0]).toMatchObject({ minDuration: 0.2, maxDuration: 5 });
  expect(trend[0]?.successRate).toBeCloseTo((5 / 7) * 100, 9);
  expect(trend[0]?.avgDuration).toBeCloseTo((5 * 0.3 + 2 * 3) / 7, 9);

  expect(await history.summary('scan', 4 * 24)).toMatchObject({
    count: 34,
    successCount: 31,
    failureCount: 2,
    cancelledCount: 1,
    maxDuration: 60,
  });
  // A window that reaches back to the birth of the one that was found late has all that it counted.
  expect((await history.summaries(20 * 24)).operations['scan']?.count).toBe(134);
  expect(await history.summaries(0.5)).toEqual({ source: 'prometheus', operations: {} });
});

test('minutes are counted when they were scraped, across a restart, and the current one as far as it goes', async () => {
  const dataDirectory = scrapedPast([
    {
      instance: 'restarted:3001',
      born: '2026-03-01T10:00:00Z',
      scrapedFrom: '2026-03-01T10:00:30Z',
      scrapedTo: '2026-03-01T11:52:30Z',
      operations: [
        ...ended('2026-03-01T11:00:00Z', 9, 0.3),
        ...ended('2026-03-01T11:50:20Z', 1, 0.3),
        ...ended('2026-03-01T11:52:10Z', 3, 3, 'failed'),
      ],
    },
    // Born right before the edge of a minute, and first seen after it. It has the series that its predecessor had:
    // those that a scrape does not see any more are marked as gone, which blocks that are made cannot be.
    {
      instance: 'restarted:3001',
      born: '2026-03-01T11:53:50Z',
      scrapedFrom: '2026-03-01T11:54:30Z',
      scrapedTo: '2026-03-01T11:58:30Z',
      operations: [
        ...ended('2026-03-01T11:54:10Z', 2, 0.3),
        ...ended('2026-03-01T11:54:10Z', 1, 0.3, 'failed'),
        ...ended('2026-03-01T11:58:20Z', 4, 40),
      ],
    },
  ]);
  const { url } = await runPrometheus({ dataDirectory });
  const clock = new FakeClock('2026-03-01T11:58:40Z');
  const history = new PrometheusHistory({
    config: { retentionDays: 30, prometheusUrl: url, prometheusJob: JOB, variablePrefix: '' },
    histogram,
    clock,
  });

  const { startTime, operations } = await history.activity(10);
  expect(startTime).toEqual(new Date('2026-03-01T11:49:00Z'));
  expect(operations['scan']).toMatchObject({
    count: [0, 1, 0, 3, 0, 3, 0, 0, 0, 4],
    failureCount: [0, 0, 0, 3, 0, 1, 0, 0, 0, 0],
    // Of one it is exact, of more it is interpolated in their bucket.
    p95Duration: [null, 0.3, null, 4.85, null, 0.485, null, null, null, 58.5],
  });
  expect((await history.activity(1, 'scan')).operations['scan']?.count).toEqual([4]);
  expect((await history.activity(2, 'other')).operations).toEqual({});
});
