import { once } from 'node:events';
import { createServer } from 'node:net';
import type { AddressInfo } from 'node:net';
import { pino } from 'pino';

import { Counter, Gauge, Registry } from 'prom-client';
import { expect, onTestFinished, test, vi } from 'vitest';

import { createExporter } from '../../src/exporter/exporter.ts';
import type { ExporterOptions } from '../../src/exporter/exporter-options.ts';
import { createLogger } from '../../src/logging/logger.ts';
import { usableOptions } from '../../src/exporter/usable-options.ts';
import { runExporter } from '../support/running-exporter.ts';

/** A lenient exporter, and what its log says. */
function lenient(options: ExporterOptions = {}) {
  const lines: { part?: string; err?: { message: string }; msg: string }[] = [];
  const logger = pino({ level: 'info' }, { write: (line) => void lines.push(JSON.parse(line) as never) });
  const exporter = createExporter({
    logger,
    ...options,
    config: { httpPort: 0, feedPort: 0, ...options.config },
  });
  onTestFinished(() => exporter.close());
  const faults = () =>
    lines.filter(({ part }) => part !== undefined).map(({ part, err }) => `${part}: ${err?.message}`);
  return { exporter, faults };
}

/** @returns a port that is in use for as long as the test runs */
async function takenPort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  onTestFinished(() => void server.close());
  return (server.address() as AddressInfo).port;
}

test('a bad environment variable: the exporter starts with its default, logs it once and counts it', async () => {
  vi.stubEnv('METRICS_RETENTION_DAYS', 'soon');
  onTestFinished(() => void vi.unstubAllEnvs());
  const { exporter, faults } = lenient();
  const { metrics } = await exporter.start();
  expect(faults()).toEqual([
    'settings: METRICS_RETENTION_DAYS: expected an integer from 1 to 3650, got "soon"',
  ]);
  expect(await (await fetch(metrics ?? '')).text()).toContain('mcp_exporter_faults_total{part="settings"} 1');
  expect(() => createExporter({ strict: true })).toThrow('METRICS_RETENTION_DAYS');
});

test('a misspelt setting is logged, and thrown if strict', () => {
  const config = { httpPrt: 5 } as object;
  const { faults } = lenient({ config });
  expect(faults()).toEqual([
    expect.stringContaining('config.httpPrt: not a setting; expected one of host, '),
  ]);
  expect(() => createExporter({ strict: true, config })).toThrow('config.httpPrt: not a setting');
});

test('nothing is served while it is not clear who must send a key', async () => {
  const config = { apiKey: 'short' };
  const { exporter, faults } = lenient({ config });
  expect(await exporter.start()).toEqual({ page: null, metrics: null, feed: null, mcp: null });
  expect(faults()).toEqual([
    expect.stringContaining('settings: config.apiKey: expected at least 16'),
    expect.stringContaining('listener: cannot listen'),
  ]);
  expect(faults().join()).not.toContain('short');
});

test('a page of a program that mounts the router is closed, too, while that is not clear', async () => {
  const { exporter } = lenient({ config: { apiKey: 'short' } });
  const { default: express } = await import('express');
  const server = express().use(exporter.router).listen(0, '127.0.0.1');
  await once(server, 'listening');
  onTestFinished(() => void server.close());
  const { port } = server.address() as AddressInfo;
  expect((await fetch(`http://127.0.0.1:${port}/metrics`)).status).toBe(401);
});

test('the port of everything is in use: the feed alone is served, and nothing rejects', async () => {
  const httpPort = await takenPort();
  const { exporter, faults } = lenient({ config: { httpPort } });
  const urls = await exporter.start();
  expect(urls).toMatchObject({ page: null, metrics: null, feed: expect.stringMatching(/^ws:/) as string });
  expect(faults()).toEqual([expect.stringMatching(/listener: port \d+ on localhost is in use/)]);
  await expect(createExporter({ strict: true, config: { httpPort } }).start()).rejects.toThrow('is in use');
});

test('the port of the feed is in use: everything else is served, also if strict', async () => {
  const feedPort = await takenPort();
  const { exporter, faults } = lenient({ config: { feedPort } });
  const { metrics } = await exporter.start();
  expect((await fetch(metrics ?? '')).status).toBe(200);
  expect(faults()).toHaveLength(1);
  const strict = await runExporter({ config: { feedPort } });
  expect((await strict.get('/metrics')).status).toBe(200);
});

test('a metric of the program has the name of one of ours: ours are on a registry of their own', async () => {
  const registry = new Registry();
  registry.registerMetric(
    new Counter({ name: 'pipeline_fixes_total', help: 'Of the program', registers: [] }),
  );
  const { exporter, faults } = lenient({ registry });
  expect(faults()).toEqual([
    expect.stringContaining('collector: A metric with the name pipeline_fixes_total'),
  ]);
  expect(exporter.registry).not.toBe(registry);
  expect(registry.getMetricsAsArray().map(({ name }) => name)).toEqual(['pipeline_fixes_total']);
  expect(() => createExporter({ strict: true, registry })).toThrow('pipeline_fixes_total');
});

test('two exporters share a registry only one after the other', async () => {
  const registry = new Registry();
  const { exporter: first } = lenient({ registry });
  const { exporter: second, faults } = lenient({ registry });
  expect(faults()).toEqual([
    expect.stringMatching(/^collector: registry: .* another exporter uses it; close that exporter first/),
  ]);
  expect(second.registry).not.toBe(registry);
  expect(() => createExporter({ strict: true, registry })).toThrow(
    expect.objectContaining({ code: 'registry_in_use' }) as Error,
  );
  await second.close();
  expect(await registry.metrics()).toContain('mcp_exporter_build_info{');
  await first.close();
  const { exporter: third, faults: none } = lenient({ registry });
  expect(third.registry).toBe(registry);
  expect(none()).toEqual([]);
});

test('a logger that throws is counted, and stops nothing', async () => {
  const broken = () => {
    throw new Error('disk full');
  };
  const logger = { debug: broken, info: broken, warn: broken, error: broken };
  const { exporter } = lenient({ logger, config: { httpPrt: 1 } as object });
  const { metrics } = await exporter.start();
  const text = await (await fetch(metrics ?? '')).text();
  expect(text).toContain('mcp_exporter_faults_total{part="log"} 1');
  expect(text).toContain('mcp_exporter_faults_total{part="settings"} 1');
});

test('a clock that throws or gives no number is replaced by the system’s', async () => {
  const clock = {
    now: () => NaN,
    monotonic: () => {
      throw new Error('no clock');
    },
  };
  const { exporter, faults } = lenient({ clock });
  expect(await exporter.run('work', () => 42)).toBe(42);
  expect((await exporter.history.getMetricsSummary('work')).count).toBe(1);
  expect(faults()).toContainEqual('clock: no clock');
  expect(faults()).toContainEqual('clock: clock.now: expected a number of milliseconds, received NaN');
});

test('a subscriber that throws, or rejects, is reported as such, and others hear on', async () => {
  const { exporter, faults } = lenient();
  exporter.sessions.subscribe(() => {
    throw new Error('thrown');
  });
  // oxlint-disable-next-line typescript/no-misused-promises
  exporter.sessions.subscribe(async () => {
    throw new Error('rejected');
  });
  await exporter.run('work', () => undefined);
  await expect.poll(faults).toContainEqual('subscriber: rejected');
  expect(faults()).toContainEqual('subscriber: thrown');
  expect((await exporter.history.getMetricsSummary('work')).count).toBe(1);
});

test('a metric that the program records is counted and remembered; a wrong one is a fault, and thrown if strict', async () => {
  const { exporter, faults } = lenient();
  exporter.recordMetric({ operationType: 'import', duration: 2 });
  exporter.recordMetric({ operationType: 'import', duration: -1 });
  const { body } = await exporter.metrics.expose();
  expect(body).toContain(
    'pipeline_operation_duration_seconds_sum{operation="import",status="completed"} 2\n',
  );
  expect(await exporter.history.getMetricsSummary('import')).toMatchObject({ count: 1, avgDuration: 2 });
  const problem = 'duration: expected a number of at least 0, received -1';
  expect(faults()).toEqual([`collector: ${problem}`]);
  const strict = createExporter({ strict: true, logger: createLogger('silent') });
  expect(() => strict.recordMetric({ operationType: 'import', duration: -1 })).toThrow(problem);
});

test('an exporter that collects no metrics remembers no operation', async () => {
  const { exporter } = lenient({ config: { isMetricsEnabled: false } });
  await exporter.run('work', () => 42);
  expect(await exporter.history.getMetricsSummary()).toEqual({ source: 'local', operations: {} });
});

test('work runs once and returns its result, however exporter.run is misused', async () => {
  const { exporter, faults } = lenient();
  let runs = 0;
  const work = (operation: { updateProgress(progress: number): void }) => {
    operation.updateProgress(150);
    return (runs += 1);
  };
  expect(await exporter.run('', work)).toBe(1);
  expect(await exporter.run('named', work)).toBe(2);
  const cannotSummarize = () => {
    throw new Error('no summary');
  };
  expect(await exporter.run('summarized', work, { summarize: cannotSummarize })).toBe(3);
  await expect(exporter.run('fails', () => Promise.reject(new Error('of the work')))).rejects.toThrow(
    'of the work',
  );
  expect(faults().map((fault) => fault.split(',')[0])).toEqual([
    'observer: operationName: expected a non-empty string',
    'observer: progress: expected a number from 0 to 100',
    'observer: progress: expected a number from 0 to 100',
    'subscriber: no summary',
  ]);
  const strict = createExporter({ strict: true, logger: createLogger('silent') });
  await expect(strict.run('', work)).rejects.toThrow(TypeError);
});

test.each([
  ['null', null, 'options: expected an object, received null'],
  ['a text', 'x', 'options: expected an object, received string'],
  ['a configuration that is null', { config: null }, 'config: expected an object, received null'],
  ['a logger that is none', { logger: 5 }, 'logger: expected an object with debug, info, warn, error'],
  ['a clock that is none', { clock: {} }, 'clock: expected an object with now, monotonic'],
  ['a registry that is none', { registry: {} }, 'registry: expected an object with registerMetric'],
  [
    'options that cannot be read',
    new Proxy(
      {},
      {
        ownKeys: () => {
          throw new Error('no');
        },
      },
    ),
    'options: expected a readable object',
  ],
])('with %s it starts all the same, and names the problem', async (_case, given, problem) => {
  const create = createExporter as (options: unknown) => ReturnType<typeof createExporter>;
  const exporter = create(given);
  onTestFinished(() => exporter.close());
  expect(await exporter.run('work', () => 42)).toBe(42);
  const text = (await exporter.metrics.expose()).body;
  expect(text).toContain('mcp_exporter_faults_total{part="settings"} 1');
  expect(usableOptions(given).problems.map(({ message }) => message)).toEqual([
    expect.stringContaining(problem),
  ]);
});

test('a logger whose methods reject stops nothing', async () => {
  const reject = () => Promise.reject(new Error('the log service is down'));
  const logger = { debug: reject, info: reject, warn: reject, error: reject } as never;
  const { exporter } = lenient({ logger, config: { httpPrt: 1 } as object });
  await exporter.start();
  await expect
    .poll(async () => (await exporter.metrics.expose()).body)
    .toContain('mcp_exporter_faults_total{part="log"} 1');
});

test('a metric of the program that cannot be read does not hide the others', async () => {
  const registry = new Registry();
  const { exporter, faults } = lenient({ registry });
  registry.registerMetric(
    new Gauge({
      name: 'broken',
      help: 'Of the program',
      registers: [],
      collect: () => {
        throw new Error('cannot be collected');
      },
    }),
  );
  for (const format of ['text', 'openmetrics'] as const) {
    expect((await exporter.metrics.expose(format)).body).toContain('mcp_exporter_build_info{');
  }
  expect(faults()).toContainEqual(
    expect.stringMatching(/^collector: metric broken cannot be read .*: cannot be collected$/),
  );
});

test('started after it was closed, it serves nothing and says so', async () => {
  const { exporter, faults } = lenient();
  await exporter.close();
  expect(await exporter.start()).toMatchObject({ metrics: null });
  expect(faults()).toEqual([expect.stringContaining('expected an exporter that has not been closed')]);
});
