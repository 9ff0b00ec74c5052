import {
  Counter as PromCounter,
  Gauge as PromGauge,
  Histogram as PromHistogram,
  Registry,
  type OpenMetricsContentType,
} from 'prom-client';
import { describe, expect, test } from 'vitest';

import { InstrumentFactory } from '../../../src/metrics/instrument-factory.ts';
import { parseOpenMetricsStrictly, parseStrictly } from '../../support/strict-exposition.ts';

const HISTOGRAM = {
  name: 'work_seconds',
  help: 'Time with a "quote", a \\ and\na line break',
  type: 'histogram',
  labels: ['operation', 'status'],
  buckets: [0.1, 1, 10],
  maxLabelSets: 100,
} as const;
const COUNTER = {
  name: 'work_total',
  help: 'Work',
  type: 'counter',
  labels: ['operation'],
  maxLabelSets: 3,
} as const;
const GAUGE = {
  name: 'work_active',
  help: 'Work',
  type: 'gauge',
  labels: ['operation'],
  maxLabelSets: 100,
} as const;

describe('exposition', () => {
  const odd = 'a "b" \\ c\nd';

  test('a histogram is exposed exactly as prom-client exposes the same observations', async () => {
    const factory = new InstrumentFactory(1000);
    const ours = factory.histogram(HISTOGRAM);
    const registry = new Registry();
    const { name, help, labels, buckets } = HISTOGRAM;
    const theirs = new PromHistogram({
      name,
      help,
      labelNames: labels,
      buckets: [...buckets],
      registers: [registry],
    });
    ours.touch(['idle', 'failed']);
    theirs.zero({ operation: 'idle', status: 'failed' });
    for (const value of [0, 0.1, 0.05, 0.5, 1, 10, 11, 1e9, 1e-9]) {
      ours.observe([odd, ''], value);
      theirs.observe({ operation: odd }, value);
    }
    expect(await factory.registry.getSingleMetricAsString(name)).toBe(
      await registry.getSingleMetricAsString(name),
    );
  });

  test('as JSON, each sample has all its labels, as those of prom-client have', async () => {
    const factory = new InstrumentFactory(1000);
    const registry = new Registry();
    const theirHistogram = new PromHistogram({
      ...HISTOGRAM,
      labelNames: HISTOGRAM.labels,
      buckets: [...HISTOGRAM.buckets],
      registers: [registry],
    });
    const theirCounter = new PromCounter({ ...COUNTER, labelNames: COUNTER.labels, registers: [registry] });
    factory.histogram(HISTOGRAM).observe(['a', 'failed'], 0.5);
    theirHistogram.observe({ operation: 'a', status: 'failed' }, 0.5);
    factory.counter(COUNTER).add(['a'], 2);
    theirCounter.inc({ operation: 'a' }, 2);
    const samplesOf = async (each: Registry, name: string) => {
      const metrics = await each.getMetricsAsJSON();
      const samples = metrics.find((metric) => metric.name === name) as unknown as { values: object[] };
      return samples.values.map((sample) => ({ ...sample, exemplar: undefined }));
    };
    for (const { name } of [HISTOGRAM, COUNTER]) {
      expect(await samplesOf(factory.registry, name)).toEqual(await samplesOf(registry, name));
    }
  });

  test('default labels of a registry are added to each sample', async () => {
    const factory = new InstrumentFactory(1000);
    factory.registry.setDefaultLabels({ team: 'a', operation: 'default' });
    factory.histogram(HISTOGRAM).observe(['scan', 'failed'], 0.5);
    factory.counter(COUNTER).add(['scan']);
    const text = await factory.registry.metrics();
    for (const { name, labels } of parseStrictly(text)) {
      expect(labels.get('team'), name).toBe('a');
      if (name.startsWith('work_')) expect(labels.get('operation')).toBe('scan');
    }
  });

  test('a counter and a gauge are exposed exactly as prom-client exposes the same observations', async () => {
    const factory = new InstrumentFactory(1000);
    const registry = new Registry();
    const [counter, gauge] = [factory.counter(COUNTER), factory.gauge(GAUGE)];
    const theirCounter = new PromCounter({ ...COUNTER, labelNames: COUNTER.labels, registers: [registry] });
    const theirGauge = new PromGauge({ ...GAUGE, labelNames: GAUGE.labels, registers: [registry] });
    for (const operation of ['a', odd, 'a']) {
      counter.add([operation], 2);
      theirCounter.inc({ operation }, 2);
      gauge.add([operation], -1.5);
      theirGauge.dec({ operation }, 1.5);
    }
    for (const { name } of [COUNTER, GAUGE]) {
      expect(await factory.registry.getSingleMetricAsString(name)).toBe(
        await registry.getSingleMetricAsString(name),
      );
    }
  });
});

test('a full metric still counts a malformed value with the series that it was written as', async () => {
  const factory = new InstrumentFactory(1000);
  const counter = factory.counter(COUNTER);
  for (const value of ['a\uD800', 'b', 'c', 'd', 'a\uD800']) counter.add([value]);
  const text = await factory.registry.metrics();
  expect(text).toMatch(/^work_total\{operation="a\uFFFD[^"]*"\} 2$/m);
  expect(text).toContain('work_total{operation="_OTHER"} 1');
});

test('label sets beyond the maximum of a metric become _OTHER, and are counted', async () => {
  const factory = new InstrumentFactory(1000);
  const counter = factory.counter(COUNTER);
  for (let i = 0; i < 1000; i++) counter.add([`operation-${i}`]);
  counter.add(['operation-0']);
  const text = await factory.registry.metrics();
  expect(text.match(/^work_total\{/gm)).toHaveLength(4);
  expect(text).toContain('work_total{operation="operation-0"} 2');
  expect(text).toContain('work_total{operation="_OTHER"} 997');
  expect(text).toContain('mcp_exporter_label_overflow_total{label="work_total"} 997');
});

test('a label’s values are limited, and long ones are refused', async () => {
  const factory = new InstrumentFactory(1000);
  const limiter = factory.limiter('operation', 2);
  expect(['a', 'b', 'c', 'a', '', 'x'.repeat(129)].map((value) => limiter.limit(value))).toEqual([
    'a',
    'b',
    '_OTHER',
    'a',
    '',
    '_OTHER',
  ]);
  expect(await factory.registry.metrics()).toContain(
    'mcp_exporter_label_overflow_total{label="operation"} 2',
  );
});

test('ten thousand series keep their numbers apart', async () => {
  const factory = new InstrumentFactory(1000);
  const gauge = factory.gauge({ ...GAUGE, labels: ['a', 'b'], maxLabelSets: 10_000 });
  for (let a = 0; a < 100; a++) for (let b = 0; b < 100; b++) gauge.set([`a${a}`, `b${b}`], a * 100 + b);
  const text = await factory.registry.metrics();
  for (const [a, b] of [[0, 0] as const, [42, 7] as const, [99, 99] as const]) {
    expect(text).toContain(`work_active{a="a${a}",b="b${b}"} ${a * 100 + b}\n`);
  }
});

describe('registry.resetMetrics()', () => {
  test('sets counters and histograms to 0, and keeps their series', async () => {
    const factory = new InstrumentFactory(1000);
    const trace = { traceId: 'a'.repeat(32), spanId: 'b'.repeat(16) };
    factory.histogram(HISTOGRAM).observe(['scan', 'failed'], 0.5, trace);
    const counter = factory.counter(COUNTER);
    counter.add(['scan'], 7);
    factory.registry.resetMetrics();
    const text = await factory.registry.metrics();
    const values = parseStrictly(text).filter(({ name }) => /^work_(?:total|seconds)/.test(name));
    expect(values).toHaveLength(7);
    expect(values.filter(({ value }) => value !== '0')).toEqual([]);
    const json = await factory.registry.getMetricsAsJSON();
    expect(JSON.stringify(json)).not.toContain('trace_id');
    counter.add(['scan'], 2);
    expect(await factory.registry.getSingleMetricAsString('work_total')).toContain('} 2');
  });

  test('keeps gauges, which show a current state', async () => {
    const factory = new InstrumentFactory(1000);
    factory.gauge(GAUGE).set(['scan'], 3);
    factory.registry.resetMetrics();
    expect(await factory.registry.metrics()).toContain('work_active{operation="scan"} 3\n');
  });
});

describe('a registry of prom-client with the type OpenMetrics', () => {
  const createRegistry = () => {
    const registry = new Registry<OpenMetricsContentType>();
    registry.setContentType(Registry.OPENMETRICS_CONTENT_TYPE);
    return registry as unknown as Registry;
  };

  test('renders our counters with one suffix, again and again', async () => {
    const registry = createRegistry();
    new InstrumentFactory(1000, registry).counter(COUNTER).add(['scan'], 2);
    for (let times = 0; times < 2; times++) {
      const text = await registry.metrics();
      expect(text).toContain('# TYPE work counter\nwork_total{operation="scan"} 2\n');
      parseOpenMetricsStrictly(text);
    }
  });

  test('has our counters under their full names', async () => {
    const registry = createRegistry();
    new InstrumentFactory(1000, registry).counter(COUNTER);
    await registry.metrics();
    expect(registry.getMetricsAsArray().map(({ name }) => name)).toContain('work_total');
    const json = await registry.getMetricsAsJSON();
    expect(json.map(({ name }) => name)).toContain('work_total');
  });

  test('merges, and renders the merged metrics', async () => {
    const registry = createRegistry();
    new InstrumentFactory(1000, registry).counter(COUNTER).add(['scan'], 2);
    const merged = Registry.merge([registry, createRegistry()]);
    expect(await merged.metrics()).toContain('work_total{operation="scan"} 2\n');
  });
});
