import { spawnSync } from 'node:child_process';

import {
  collectDefaultMetrics,
  Counter,
  Gauge,
  Registry,
  Summary,
  type OpenMetricsContentType,
} from 'prom-client';
import { expect, onTestFinished, test } from 'vitest';

import { createExporter } from '../../src/index.ts';
import { runPrometheus } from '../support/prometheus-process.ts';

const TYPES = [Registry.PROMETHEUS_CONTENT_TYPE, Registry.OPENMETRICS_CONTENT_TYPE];

/** A registry with metrics of a program that are hard to render. */
function programRegistry(contentType: string): Registry {
  const registry = new Registry<OpenMetricsContentType>();
  registry.setContentType(contentType as OpenMetricsContentType);
  registry.setDefaultLabels({ team: 'a "b"' });
  const registers = [registry];
  new Gauge({ name: 'jobs', help: 'Open "jobs"\nnow', registers }).set(1);
  new Counter({ name: 'jobs_total', help: 'Jobs', registers }).inc(2);
  new Gauge({ name: 'queue_total', help: 'Queue', registers }).set(3);
  new Gauge({ name: 'unknown_size', help: 'Size', registers }).set(NaN);
  new Summary({ name: 'wait_seconds', help: 'Wait', registers }).observe(4);
  return registry as unknown as Registry;
}

async function exporterOn(registry: Registry) {
  const exporter = createExporter({
    registry,
    strict: true,
    config: { httpPort: 0, feedPort: 0, logLevel: 'silent' },
  });
  onTestFinished(() => exporter.close());
  const { metrics } = await exporter.start();
  collectDefaultMetrics({ register: registry });
  return new URL(metrics ?? '');
}

test.each(TYPES)('Prometheus scrapes a program’s own registry of type %s as OpenMetrics', async (type) => {
  const metrics = await exporterOn(programRegistry(type));
  const prometheus = await runPrometheus();
  prometheus.scrape(metrics);
  const query = async (expr: string) => {
    const response = await fetch(`${prometheus.url}/api/v1/query?query=${encodeURIComponent(expr)}`);
    const { data } = (await response.json()) as { data: { result: { value: [number, string] }[] } };
    return data.result.map(({ value }) => value[1]);
  };
  await expect.poll(() => query('up'), { timeout: 20_000 }).toEqual(['1']);
  const ours = `{team='a "b"'}`;
  for (const [expr, value] of [
    [`jobs${ours}`, '1'],
    [`jobs_total${ours}`, '2'],
    [`queue_total${ours}`, '3'],
    [`unknown_size${ours}`, 'NaN'],
    [`wait_seconds_sum${ours}`, '4'],
    [`mcp_exporter_build_info${ours}`, '1'],
    [`count(process_cpu_seconds_total${ours})`, '1'],
  ] as const) {
    expect(await query(expr), expr).toEqual([value]);
  }
});

test.each(TYPES)('promtool accepts the text of a program’s own registry of type %s', async (type) => {
  const metrics = await exporterOn(programRegistry(type));
  const input = await (await fetch(metrics)).text();
  const { stderr } = spawnSync('promtool', ['check', 'metrics'], { input, encoding: 'utf8' });
  // The names are the program's, and those of prom-client's default metrics.
  expect(stderr.trim().split('\n')).toEqual(
    ['nodejs_active_handles', 'nodejs_active_requests', 'nodejs_active_resources', 'queue'].map(
      (name) => `${name}_total non-counter metrics should not have "_total" suffix`,
    ),
  );
});
