import { expect, test } from 'vitest';

import { MetricsCollector, type MetricsCollectorOptions } from '../../../src/metrics/metrics-collector.ts';
import { FALLBACK_REASONS } from '../../../src/monitor/fallback-reasons.ts';
import { FAULT_PARTS } from '../../../src/monitor/faults.ts';
import { LIMITS } from '../../../src/monitor/limits.ts';
import { REFUSAL_REASONS } from '../../../src/monitor/refusal-reasons.ts';
import { samplesOf } from '../../support/exposition.ts';

function exporting(options: MetricsCollectorOptions = {}) {
  const collector = new MetricsCollector(options);
  return {
    collector,
    exporter: collector.exporter,
    /** The values of a metric of the exporter, by one of its labels. */
    by: async (label: string, metric: string) =>
      Object.fromEntries(
        samplesOf((await collector.expose()).body)
          .filter(({ name }) => name === `mcp_exporter_${metric}`)
          .map(({ labels, value }) => [labels[label] ?? '', value]),
      ),
  };
}

const zeros = (names: readonly string[]) => Object.fromEntries(names.map((name) => [name, 0]));

test('everything that the exporter counts is there at 0 from the start', async () => {
  const { by } = exporting();
  // The first scrape counts those before it.
  expect(await by('', 'scrape_duration_seconds_count')).toEqual({ '': 0 });
  expect(await by('', 'feed_clients')).toEqual({ '': 0 });
  expect(await by('', 'feed_events_total')).toEqual({ '': 0 });
  expect(await by('reason', 'feed_dropped_total')).toEqual({ coalesced: 0, closed: 0 });
  expect(await by('result', 'alert_notifications_total')).toEqual({ delivered: 0, failed: 0, dropped: 0 });
  expect(await by('reason', 'history_fallbacks_total')).toEqual(zeros(FALLBACK_REASONS));
  expect(await by('', 'reporters')).toEqual({ '': 0 });
  expect(await by('result', 'reported_events_total')).toEqual({ accepted: 0, duplicate: 0, lost: 0 });
  expect(await by('part', 'faults_total')).toEqual(zeros(FAULT_PARTS));
  expect(await by('limit', 'limit_reached_total')).toEqual(zeros(Object.keys(LIMITS)));
  expect(await by('reason', 'refused_requests_total')).toEqual(zeros(REFUSAL_REASONS));
  expect(await by('', 'log_lines_dropped_total')).toEqual({ '': 0 });
  expect(await by('url', 'page_info')).toEqual({});
});

test('the exporter tells its version, that of Node, and its objective', async () => {
  const told = exporting({ version: '1.2.3', config: { sloObjectivePercent: 99.5 } });
  expect(await told.by('version', 'build_info')).toEqual({ '1.2.3': 1 });
  expect(await told.by('node_version', 'build_info')).toEqual({ [process.versions.node]: 1 });
  expect(await told.by('', 'slo_objective_ratio')).toEqual({ '': 0.995 });
  const unnamed = exporting();
  expect(await unnamed.by('version', 'build_info')).toEqual({ '': 1 });
  expect(await unnamed.by('', 'slo_objective_ratio')).toEqual({ '': 0.99 });
});

test('what parts of the exporter report is added up, or is the latest number', async () => {
  const { exporter, by } = exporting();
  exporter.page('http://localhost:3001/');
  exporter.alertNotification('failed');
  exporter.alertNotification('failed');
  exporter.historyFallback('timeout');
  exporter.feedClients(3);
  exporter.feedClients(2);
  exporter.feedEvents(5);
  exporter.feedEvents(6);
  exporter.feedDropped('closed', 4);
  exporter.feedDropped('closed', 3);
  exporter.reporters(8);
  exporter.reporters(7);
  exporter.reportedEvents('duplicate', 9);
  exporter.reportedEvents('duplicate', 1);
  exporter.requestRefused('wrong_key');
  expect(await by('url', 'page_info')).toEqual({ 'http://localhost:3001/': 1 });
  expect(await by('result', 'alert_notifications_total')).toMatchObject({ failed: 2, delivered: 0 });
  expect(await by('reason', 'history_fallbacks_total')).toMatchObject({ timeout: 1, refused: 0 });
  expect(await by('', 'feed_clients')).toEqual({ '': 2 });
  expect(await by('', 'feed_events_total')).toEqual({ '': 11 });
  expect(await by('reason', 'feed_dropped_total')).toEqual({ closed: 7, coalesced: 0 });
  expect(await by('', 'reporters')).toEqual({ '': 7 });
  expect(await by('result', 'reported_events_total')).toMatchObject({ duplicate: 10, lost: 0 });
  expect(await by('reason', 'refused_requests_total')).toMatchObject({ wrong_key: 1, missing_key: 0 });
});

test('faults and limits are counted from the events that tell of them', async () => {
  const { collector, by } = exporting();
  collector.onEvent({ type: 'part_failed', part: 'feed' });
  collector.onEvent({ type: 'limit_reached', limit: 'sockets', count: 3 });
  collector.onEvent({ type: 'limit_reached', limit: 'sockets', count: 2 });
  expect(await by('part', 'faults_total')).toMatchObject({ feed: 1, clock: 0 });
  expect(await by('limit', 'limit_reached_total')).toMatchObject({ sockets: 5, feed_clients: 0 });
});

test('dropped log lines are read at each scrape', async () => {
  const { exporter, by } = exporting();
  let dropped = 4;
  exporter.countDroppedLogLines(() => dropped);
  expect(await by('', 'log_lines_dropped_total')).toEqual({ '': 4 });
  dropped = 6;
  expect(await by('', 'log_lines_dropped_total')).toEqual({ '': 6 });
});

test('the time that the event loop works is in seconds, and only goes up', async () => {
  const { by } = exporting();
  const before = (await by('', 'event_loop_active_seconds_total'))[''] ?? NaN;
  const startMs = performance.now();
  while (performance.now() - startMs < 50);
  // The loop counts what it did when it comes around.
  await new Promise((resolve) => setTimeout(resolve, 5));
  const after = (await by('', 'event_loop_active_seconds_total'))[''] ?? NaN;
  expect(after - before).toBeGreaterThan(0.03);
  expect(after).toBeLessThan(performance.now() / 1000 + 1);
});

test('a scrape is timed by the monotonic clock, and counted in the next one', async () => {
  let nowMs = 0;
  // Each reading takes half a second.
  const clock = { now: () => Date.now(), monotonic: () => (nowMs += 500) };
  const collector = new MetricsCollector({ clock });
  await collector.expose();
  await collector.expose('openmetrics');
  const { body } = await collector.expose();
  expect(body).toContain('mcp_exporter_scrape_duration_seconds_count 2\n');
  expect(body).toContain('mcp_exporter_scrape_duration_seconds_bucket{le="0.2"} 0\n');
  const sum = Number(/^mcp_exporter_scrape_duration_seconds_sum (\S+)$/m.exec(body)?.[1]);
  expect(sum).toBeGreaterThanOrEqual(1);
  expect(sum).toBeLessThanOrEqual(nowMs / 1000);
});
