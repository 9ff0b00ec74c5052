import {
  collectDefaultMetrics,
  Counter,
  Gauge,
  Histogram,
  Registry,
  Summary,
  type OpenMetricsContentType,
} from 'prom-client';
import { describe, expect, onTestFinished, test, vi } from 'vitest';

import { renderRegistry } from '../../../src/metrics/render-registry.ts';
import { parseOpenMetricsStrictly, parseStrictly, type Series } from '../../support/strict-exposition.ts';

function openMetricsRegistry(): Registry {
  const registry = new Registry<OpenMetricsContentType>();
  registry.setContentType(Registry.OPENMETRICS_CONTENT_TYPE);
  return registry as unknown as Registry;
}

async function render(registry: Registry, extra = new Registry()) {
  const errors: Error[] = [];
  const text = await renderRegistry(registry, extra, 'text', (error) => errors.push(error));
  const openMetrics = await renderRegistry(registry, extra, 'openmetrics', (error) => errors.push(error));
  return { text, openMetrics, errors };
}

/** The series as lines, without the numbers of the process, which change between two readings. */
const linesOf = (series: readonly Series[]) =>
  series.map(({ name, labels, value }) => {
    const changes = /^(?:process|nodejs)_/.test(name);
    return `${name}${JSON.stringify([...labels])}${changes ? '' : ` ${value}`}`;
  });

const REGISTRIES: Record<string, (registry: Registry) => void> = {
  'no metrics': () => undefined,
  'default metrics': (registry) => collectDefaultMetrics({ register: registry }),
  'default labels': (registry) => {
    registry.setDefaultLabels({ team: 'a', own: 'default' });
    const registers = [registry];
    new Gauge({ name: 'g', help: 'x', labelNames: ['own'], registers }).set({ own: 'b' }, 1);
    new Histogram({ name: 'h', help: 'x', labelNames: ['own'], registers }).observe({ own: 'b' }, 1);
  },
  'a summary': (registry) =>
    new Summary({ name: 's', help: 'x', labelNames: ['a'], registers: [registry] }).observe({ a: 'b' }, 1),
  'text that needs escapes, and numbers that are not finite': (registry) => {
    const help = 'A "quoted" help\nwith a \\';
    const gauge = new Gauge({ name: 'g', help, labelNames: ['a'], registers: [registry] });
    gauge.set({ a: 'not "a"\n\\ number' }, NaN);
    gauge.set({ a: 'b' }, Infinity);
    gauge.set({ a: 'c' }, -Infinity);
    gauge.set({ a: 5 }, -1.5e-7);
  },
  'a gauge x_total': (registry) => new Gauge({ name: 'x_total', help: 'x', registers: [registry] }).set(1),
  'a gauge jobs and a counter jobs_total': (registry) => {
    new Gauge({ name: 'jobs', help: 'x', registers: [registry] }).set(1);
    new Counter({ name: 'jobs_total', help: 'x', registers: [registry] }).inc(2);
  },
  'a counter without _total': (registry) =>
    new Counter({ name: 'jobs', help: 'x', registers: [registry] }).inc(2),
};

for (const [type, create] of [
  ['text', () => new Registry()],
  ['OpenMetrics', openMetricsRegistry],
] as const) {
  describe(`a registry of type ${type}`, () => {
    test.each(Object.entries(REGISTRIES))('with %s has the same series in both formats', async (_, fill) => {
      const registry = create();
      fill(registry);
      const { text, openMetrics, errors } = await render(registry);
      const series = parseStrictly(text);
      expect(linesOf(parseOpenMetricsStrictly(openMetrics))).toEqual(linesOf(series));
      expect(series.length).toBeGreaterThanOrEqual(registry.getMetricsAsArray().length);
      expect(errors).toEqual([]);
    });
  });
}

test('an empty registry renders as valid text', async () => {
  expect(await render(new Registry())).toMatchObject({ text: '', openMetrics: '# EOF\n' });
});

test('default labels give way to the labels of a series', async () => {
  const registry = new Registry();
  REGISTRIES['default labels']?.(registry);
  const { text } = await render(registry);
  expect(text).toContain('g{team="a",own="b"} 1\n');
  expect(text).toContain('h_sum{team="a",own="b"} 1\n');
});

test('NaN and infinity are spelled as Prometheus spells them', async () => {
  const registry = new Registry();
  const gauge = new Gauge({ name: 'g', help: 'x', labelNames: ['a'], registers: [registry] });
  for (const value of [NaN, Infinity, -Infinity]) gauge.set({ a: `${value}` }, value);
  const { text } = await render(registry);
  expect(parseStrictly(text).map(({ value }) => value)).toEqual(['NaN', '+Inf', '-Inf']);
});

test('a counter that OpenMetrics cannot name is unknown there', async () => {
  const registry = new Registry();
  REGISTRIES['a gauge jobs and a counter jobs_total']?.(registry);
  new Counter({ name: 'done', help: 'x', registers: [registry] }).inc();
  new Counter({ name: 'other_total', help: 'x', registers: [registry] }).inc();
  const { text, openMetrics } = await render(registry);
  expect(text.match(/# TYPE .+/g)).toEqual([
    '# TYPE jobs gauge',
    '# TYPE jobs_total counter',
    '# TYPE done counter',
    '# TYPE other_total counter',
  ]);
  expect(openMetrics.match(/# TYPE .+/g)).toEqual([
    '# TYPE jobs gauge',
    '# TYPE jobs_total unknown',
    '# TYPE done unknown',
    '# TYPE other counter',
  ]);
});

test('counters of an OpenMetrics registry have the suffix before and after it has rendered them', async () => {
  const registry = openMetricsRegistry();
  new Counter({ name: 'jobs_total', help: 'x', registers: [registry] }).inc();
  new Counter({ name: 'done', help: 'x', registers: [registry] }).inc();
  const before = await render(registry);
  const own = await registry.metrics();
  expect(linesOf(parseStrictly(before.text))).toEqual(['jobs_total[] 1', 'done_total[] 1']);
  expect(await render(registry)).toEqual(before);
  expect(before.openMetrics).toBe(own);
});

test('exemplars of counters and histograms are in OpenMetrics only', async () => {
  const registry = openMetricsRegistry();
  const exemplarLabels = { trace_id: 'a"b' };
  const registers = [registry];
  new Counter({ name: 'jobs_total', help: 'x', registers, enableExemplars: true }).inc({
    value: 2,
    exemplarLabels,
  } as never);
  new Histogram({ name: 'h', help: 'x', buckets: [1], registers, enableExemplars: true }).observe({
    value: 0.5,
    exemplarLabels,
  } as never);
  const { text, openMetrics } = await render(registry);
  expect(text).not.toContain('trace_id');
  expect(openMetrics).toMatch(/^jobs_total 2 # \{trace_id="a\\"b"\} 2 [\d.]+$/m);
  expect(openMetrics).toMatch(/^h_bucket\{le="1"\} 1 # \{trace_id="a\\"b"\} 0\.5 [\d.]+$/m);
  expect(parseOpenMetricsStrictly(openMetrics)).toEqual(parseStrictly(text));
});

test('a counter that is unknown in OpenMetrics has no exemplar', async () => {
  const registry = openMetricsRegistry();
  new Gauge({ name: 'jobs', help: 'x', registers: [registry] }).set(1);
  new Counter({ name: 'jobs_total', help: 'x', registers: [registry], enableExemplars: true }).inc({
    exemplarLabels: { trace_id: 'a' },
  } as never);
  const { openMetrics } = await render(registry);
  expect(openMetrics).toContain('# TYPE jobs_total unknown\njobs_total 1\n');
});

test('the registry replaces extra metrics of the same name', async () => {
  const registry = openMetricsRegistry();
  const extra = new Registry();
  for (const [target, value] of [[registry, 1] as const, [extra, 2] as const]) {
    new Counter({ name: 'both_total', help: 'x', registers: [target] }).inc(value);
    new Gauge({ name: `only_${value}`, help: 'x', registers: [target] }).set(value);
  }
  registry.setDefaultLabels({ team: 'a' });
  await registry.metrics();
  const { text, openMetrics } = await render(registry, extra);
  expect(linesOf(parseStrictly(text)).toSorted()).toEqual([
    'both_total[["team","a"]] 1',
    'only_1[["team","a"]] 1',
    'only_2[["team","a"]] 2',
  ]);
  expect(parseOpenMetricsStrictly(openMetrics)).toHaveLength(3);
});

describe('a metric that cannot be read', () => {
  const reject = () => Promise.reject(new Error('no connection'));
  const fail = () => {
    throw new Error('no connection');
  };
  test.each([
    ['throws', { collect: fail }],
    ['rejects', { collect: reject }],
    ['has malformed samples', { get: () => Promise.resolve({ values: [null] }) }],
  ])('%s: it is omitted from both formats, and reported with its name', async (_, broken) => {
    const registry = new Registry();
    new Gauge({ name: 'before', help: 'x', registers: [registry] }).set(1);
    Object.assign(new Gauge({ name: 'broken', help: 'x', registers: [registry] }), broken);
    new Gauge({ name: 'after', help: 'x', registers: [registry] }).set(2);
    const { text, openMetrics, errors } = await render(registry);
    for (const series of [parseStrictly(text), parseOpenMetricsStrictly(openMetrics)]) {
      expect(linesOf(series)).toEqual(['before[] 1', 'after[] 2']);
    }
    expect(text).not.toContain('broken');
    expect(errors).toHaveLength(2);
    expect(errors[0]).toMatchObject({ code: 'metric_failed', cause: expect.any(Error) });
    expect(errors[0]?.message).toMatch(/^metric broken cannot be read and is omitted from \/metrics: ./);
  });

  test('that does not answer within 5 seconds is omitted, and no timer remains', async () => {
    vi.useFakeTimers();
    onTestFinished(() => void vi.useRealTimers());
    const registry = new Registry();
    const collect = () => new Promise<void>(() => undefined);
    new Gauge({ name: 'hangs', help: 'x', registers: [registry], collect }).set(1);
    new Gauge({ name: 'works', help: 'x', registers: [registry] }).set(2);
    const errors: Error[] = [];
    const rendered = renderRegistry(registry, new Registry(), 'text', (error) => errors.push(error));
    await vi.advanceTimersByTimeAsync(4999);
    expect(errors).toEqual([]);
    await vi.advanceTimersByTimeAsync(1);
    expect(linesOf(parseStrictly(await rendered))).toEqual(['works[] 2']);
    expect(errors).toMatchObject([
      { message: expect.stringMatching(/^metric hangs .*: not read within 5 seconds$/) },
    ]);
    registry.removeSingleMetric('hangs');
    await render(registry);
    expect(vi.getTimerCount()).toBe(0);
  });
});
