import { collectDefaultMetrics, Counter, Gauge, Registry } from 'prom-client';
import { describe, expect, test } from 'vitest';

import { MetricsCollector } from '../../../src/metrics/metrics-collector.ts';
import { registerOrRollBack } from '../../../src/metrics/registry-rollback.ts';

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

describe('a metric of the program that cannot be read', () => {
  test('is left out and reported, and hides no other', async () => {
    const errors: unknown[] = [];
    const registry = sharedRegistry({ fails: true });
    const collector = new MetricsCollector({ registry, onMetricError: (error) => errors.push(error) });
    collector.recordMetric({ operationType: 'scan', duration: 1 });
    const { body, contentType } = await collector.expose();
    expect(contentType).toBe(Registry.PROMETHEUS_CONTENT_TYPE);
    expect(body).toContain('pipeline_operations_started_total{operation="scan"} 0\n\n# HELP');
    expect(body).not.toContain('theirs');
    expect(body.startsWith('# HELP')).toBe(true);
    expect(body.endsWith('\n')).toBe(true);
    expect(errors).toEqual([new Error('cannot be read')]);
  });

  test('makes the answer text where OpenMetrics was asked for', async () => {
    const errors: unknown[] = [];
    const registry = sharedRegistry({ fails: true });
    const collector = new MetricsCollector({ registry, onMetricError: (error) => errors.push(error) });
    const { body, contentType } = await collector.expose('openmetrics');
    expect(contentType).toBe(Registry.PROMETHEUS_CONTENT_TYPE);
    expect(body).toContain('mcp_exporter_build_info');
    expect(errors).toHaveLength(1);
  });

  test('needs nobody who hears of it', async () => {
    const { body } = await new MetricsCollector({ registry: sharedRegistry({ fails: true }) }).expose();
    expect(body).toContain('mcp_exporter_build_info');
  });
});

test('metrics of the program are on /metrics, too', async () => {
  const { body } = await new MetricsCollector({ registry: sharedRegistry() }).expose();
  expect(body).toContain('theirs 1\n');
});

describe('a registration that fails', () => {
  const register = (registry: Registry, ...names: string[]) =>
    names.map((name) => new Counter({ name, help: 'x', registers: [registry] }));

  test('takes back what it has registered, and nothing else', () => {
    const registry = new Registry();
    register(registry, 'a_total');
    expect(() => registerOrRollBack(registry, () => register(registry, 'b_total', 'a_total'))).toThrow(
      'a_total',
    );
    expect(namesOf(registry)).toEqual(['a_total']);
  });

  test('is told also without a registry', () => {
    const fail = () => {
      throw new Error('taken');
    };
    expect(() => registerOrRollBack(undefined, fail)).toThrow('taken');
  });
});

test('a registration that succeeds is returned', () => {
  const registry = new Registry();
  expect(registerOrRollBack(registry, () => 42)).toBe(42);
  expect(registerOrRollBack(undefined, () => 42)).toBe(42);
});
