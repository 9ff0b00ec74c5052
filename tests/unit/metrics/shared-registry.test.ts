import { collectDefaultMetrics, Counter, Gauge, Registry, type OpenMetricsContentType } from 'prom-client';
import { describe, expect, test } from 'vitest';

import { MetricsCollector } from '../../../src/metrics/metrics-collector.ts';
import { registerRemovably } from '../../../src/metrics/register-removably.ts';

const namesOf = (registry: Registry) => registry.getMetricsAsArray().map(({ name }) => name);

/** A registry with a metric of the program’s own, which works or fails as it is read. */
function sharedRegistry({ fails = false } = {}) {
  const registry = new Registry();
  const gauge = new Gauge({
    name: 'theirs',
    help: 'x',
    registers: [registry],
    collect() {
      if (fails) throw new Error('cannot be read');
    },
  });
  gauge.set(1);
  return registry;
}

test('a closed collector leaves the metrics of the program on the registry, and none of its own', () => {
  const registry = sharedRegistry();
  const collector = new MetricsCollector({ registry });
  expect(collector.registry).toBe(registry);
  expect(namesOf(registry).length).toBeGreaterThan(30);
  collector.collectProcessMetrics();
  collector.close();
  expect(namesOf(registry)).toEqual(['theirs']);
  expect(() => new MetricsCollector({ registry })).not.toThrow();
});

test('a closed collector leaves the metrics of the process that the program collects itself', () => {
  const registry = new Registry();
  collectDefaultMetrics({ register: registry });
  const before = namesOf(registry);
  const collector = new MetricsCollector({ registry });
  collector.collectProcessMetrics();
  collector.close();
  expect(namesOf(registry)).toEqual(before);
});

test('the metrics of the process have no gauge that is called like a counter', async () => {
  const collector = new MetricsCollector();
  collector.collectProcessMetrics();
  const { body } = await collector.expose();
  const gauges = [...body.matchAll(/^# TYPE (\S+) gauge$/gm)].map(([, name]) => name);
  expect(gauges).toContain('nodejs_active_resources');
  expect(gauges.filter((name) => name?.endsWith('_total'))).toEqual([]);
  expect(body).toContain('process_cpu_seconds_total');
});

describe('the metrics of the process', () => {
  test('leave their names on a shared registry to the program', async () => {
    const registry = new Registry();
    const collector = new MetricsCollector({ registry });
    collector.collectProcessMetrics();
    collector.collectProcessMetrics();
    expect((await collector.expose()).body).toContain('process_cpu_seconds_total');
    expect(registry.getSingleMetric('process_cpu_seconds_total')).toBeUndefined();
    collectDefaultMetrics({ register: registry });
    const { body } = await collector.expose();
    expect(body.match(/^# TYPE process_cpu_seconds_total counter$/gm)).toHaveLength(1);
  });

  test('are on the collector’s own registry', () => {
    const collector = new MetricsCollector();
    collector.collectProcessMetrics();
    expect(namesOf(collector.registry)).toContain('process_cpu_seconds_total');
  });
});

describe('a metric of the program that cannot be read', () => {
  test.each(['text', 'openmetrics'] as const)('is left out of %s and reported', async (format) => {
    const errors: unknown[] = [];
    const registry = sharedRegistry({ fails: true });
    const collector = new MetricsCollector({ registry, onMetricError: (error) => errors.push(error) });
    const { body, contentType } = await collector.expose(format);
    expect(contentType).toBe(
      format === 'text' ? Registry.PROMETHEUS_CONTENT_TYPE : Registry.OPENMETRICS_CONTENT_TYPE,
    );
    expect(body).toContain('mcp_exporter_build_info{');
    expect(body).not.toContain('theirs');
    expect(errors).toMatchObject([{ message: expect.stringMatching(/metric theirs .*: cannot be read$/) }]);
  });

  test('needs no listener', async () => {
    const { body } = await new MetricsCollector({ registry: sharedRegistry({ fails: true }) }).expose();
    expect(body).toContain('mcp_exporter_build_info');
  });
});

test('metrics of the program are on /metrics, too', async () => {
  const { body } = await new MetricsCollector({ registry: sharedRegistry() }).expose();
  expect(body).toContain('theirs 1\n');
});

describe('a registry that another collector uses', () => {
  test.each(['', 'mcp_exporter_build_info', 'mcp_exporter_label_overflow_total'])(
    'is refused with a clear error, also without its metric "%s"',
    (removed) => {
      const { registry } = new MetricsCollector({ registry: sharedRegistry() });
      registry.removeSingleMetric(removed);
      const before = namesOf(registry);
      expect(() => new MetricsCollector({ registry })).toThrow(
        expect.objectContaining({
          code: 'registry_in_use',
          message: expect.stringMatching(/^registry: .* another exporter uses it; close that exporter first/),
        }) as Error,
      );
      expect(namesOf(registry)).toEqual(before);
    },
  );

  test('is free after that collector was closed, also if prom-client has rendered it as OpenMetrics', async () => {
    const registry = new Registry<OpenMetricsContentType>();
    registry.setContentType(Registry.OPENMETRICS_CONTENT_TYPE);
    for (let round = 0; round < 3; round++) {
      const collector = new MetricsCollector({ registry });
      collector.recordMetric({ operationType: 'scan', duration: 1 });
      expect(await registry.metrics()).toContain('pipeline_operations_ended_total{operation="scan"');
      collector.close();
      expect(registry.getMetricsAsArray()).toEqual([]);
    }
  });

  test('is free after registry.clear(), and the first collector does not remove the metrics of the second', async () => {
    const registry = new Registry();
    const first = new MetricsCollector({ registry });
    registry.clear();
    expect((await first.expose()).body).toBe('');
    expect((await first.expose('openmetrics')).body).toBe('# EOF\n');
    const second = new MetricsCollector({ registry });
    const before = namesOf(registry);
    first.close();
    expect(namesOf(registry)).toEqual(before);
    second.close();
    expect(namesOf(registry)).toEqual([]);
  });
});

test('a metric that the program removes is in neither format, and is counted without error', async () => {
  const registry = new Registry();
  const collector = new MetricsCollector({ registry });
  registry.removeSingleMetric('pipeline_operations_ended_total');
  collector.recordMetric({ operationType: 'scan', duration: 1 });
  for (const format of ['text', 'openmetrics'] as const) {
    const { body } = await collector.expose(format);
    expect(body).toContain('pipeline_operation_duration_seconds_count{operation="scan"');
    expect(body).not.toContain('pipeline_operations_ended');
  }
});

test('a collector whose names are taken leaves nothing on the registry', () => {
  const registry = new Registry();
  new Counter({ name: 'mcp_server_operations_total', help: 'x', registers: [registry] }).inc();
  expect(() => new MetricsCollector({ registry })).toThrow('mcp_server_operations_total');
  expect(namesOf(registry)).toEqual(['mcp_server_operations_total']);
});

describe('a registration', () => {
  const register = (registry: Registry, ...names: string[]) =>
    names.map((name) => new Counter({ name, help: 'x', registers: [registry] }));

  test('that fails takes back what it has registered, and nothing else', () => {
    const registry = new Registry();
    register(registry, 'a_total');
    expect(() => registerRemovably(registry, () => register(registry, 'b_total', 'a_total'))).toThrow(
      'a_total',
    );
    expect(namesOf(registry)).toEqual(['a_total']);
  });

  test('that succeeds is returned, and removes exactly its metrics', () => {
    const registry = new Registry();
    register(registry, 'a_total');
    const { result, remove } = registerRemovably(registry, () => register(registry, 'b_total', 'c_total'));
    expect(result).toHaveLength(2);
    register(registry, 'd_total');
    registry.removeSingleMetric('c_total');
    register(registry, 'c_total');
    remove();
    expect(namesOf(registry)).toEqual(['a_total', 'd_total', 'c_total']);
  });
});
