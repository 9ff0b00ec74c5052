import { pino } from 'pino';
import { describe, expect, test } from 'vitest';

import type { Config } from '../../../src/settings/config.ts';
import { FakeClock } from '../../support/fake-clock.ts';
import { fakePrometheus, json, nothing } from '../../support/fake-prometheus.ts';
import { runExporter } from '../../support/running-exporter.ts';

const JOB = 'mcp-exporter';
const NOW = '2026-03-01T12:00:00Z';
const NOW_SECONDS = Date.parse(NOW) / 1000;
const MINUTE_MS = 60_000;

/** An exporter that asks the Prometheus at `prometheusUrl`, with one operation of its own, and what it logs. */
async function exporterWith(prometheusUrl: string, prometheusJob = JOB, config: Partial<Config> = {}) {
  const logged: Record<string, unknown>[] = [];
  const write = (line: string) => logged.push(JSON.parse(line) as Record<string, unknown>);
  const clock = new FakeClock(NOW);
  const logger = pino({ level: 'info' }, { write });
  const running = await runExporter({ config: { prometheusUrl, prometheusJob, ...config }, clock, logger });
  running.exporter.recordMetric({ operationType: 'scan', duration: 2 });
  const fallbacks = async (reason: string): Promise<number> => {
    const { text } = await running.get('/metrics');
    return Number(
      new RegExp(`^mcp_exporter_history_fallbacks_total{reason="${reason}"} (\\d+)$`, 'm').exec(text)?.[1],
    );
  };
  return { ...running, clock, logged, fallbacks };
}

/** A process of the job that began ten seconds ago, and has counted nothing. */
const healthy = json(200, {
  status: 'success',
  data: {
    resultType: 'matrix',
    result: [
      {
        metric: { __name__: 'process_start_time_seconds', job: JOB, instance: 'a:3001' },
        values: [[NOW_SECONDS, String(NOW_SECONDS - 10)]],
      },
    ],
  },
});

const sample = (value: unknown) =>
  json(200, {
    status: 'success',
    data: { resultType: 'matrix', result: [{ metric: {}, values: [[NOW_SECONDS, value]] }] },
  });

describe('without an answer of Prometheus', () => {
  test.each([
    {
      title: 'an error',
      answer: json(503, { status: 'error', error: 'overloaded' }),
      says: /503: overloaded/,
    },
    {
      title: 'an error with status 200',
      answer: json(200, { status: 'error', error: 'no' }),
      says: /200: no/,
    },
    { title: 'no key', answer: json(401, 'Unauthorized'), says: /401/ },
    {
      title: 'a redirect',
      answer: (response) => response.writeHead(302, { location: '/login' }).end(),
      says: /302/,
    },
    {
      title: 'a page',
      answer: (response) => response.end('<html>Welcome</html>'),
      says: /not a response of the Prometheus API/,
    },
    {
      title: 'another shape',
      answer: json(200, { status: 'success', data: {} }),
      says: /not a response of the Prometheus API/,
    },
    { title: 'not a number', answer: sample('NaN'), says: /not a response of the Prometheus API/ },
    { title: 'infinitely many', answer: sample('+Inf'), says: /not a response of the Prometheus API/ },
    { title: 'nothing of the job', answer: nothing, says: /no series of job "mcp-exporter"/ },
  ] satisfies { title: string; answer: typeof nothing; says: RegExp }[])(
    'if Prometheus answers with $title, this process answers, counts it and warns once',
    async ({ answer, says }) => {
      const { url } = await fakePrometheus(answer);
      const { get, logged, fallbacks } = await exporterWith(url);
      const summary = { source: 'local', count: 1, avg_duration: 2 };
      expect((await get('/api/v1/summary?operation=scan')).json()).toMatchObject(summary);
      expect((await get('/api/v1/summary')).json()).toMatchObject({
        source: 'local',
        operations: { scan: { count: 1 } },
      });
      expect((await get('/api/v1/trend?operation=scan')).json()).toMatchObject({
        source: 'local',
        trend: [{ date: '2026-03-01', count: 1 }],
      });
      expect((await get('/api/v1/activity?minutes=2')).json()).toMatchObject({
        source: 'local',
        operations: { scan: { count: [0, 1], p95_duration: [null, 2] } },
      });
      expect(await fallbacks('refused')).toBe(4);
      expect(logged).toMatchObject([
        { level: 40, reason: 'refused', error: expect.stringMatching(says) as string },
      ]);
    },
  );

  test('the advice for an unknown job names the variable that the process reads', async () => {
    const { url } = await fakePrometheus(nothing);
    const { get, logged } = await exporterWith(url, JOB, { variablePrefix: 'MCP_EXPORTER_' });
    await get('/api/v1/summary');
    expect(logged).toMatchObject([
      {
        error: expect.stringMatching(/or set MCP_EXPORTER_PROMETHEUS_JOB to the name of its job$/) as string,
      },
    ]);
  });

  test('if nothing listens at Prometheus’ address, this process answers, counts it and warns once', async () => {
    const gone = await fakePrometheus(nothing);
    // Closed any sooner, its port might become the exporter's own.
    const { get, logged, fallbacks } = await exporterWith(gone.url);
    await gone.close();
    expect((await get('/api/v1/summary')).json()).toMatchObject({ source: 'local' });
    expect(await fallbacks('unreachable')).toBe(1);
    expect(logged).toMatchObject([{ reason: 'unreachable' }]);
  });

  test('if Prometheus’ answer breaks off, this process answers and counts it', async () => {
    const { url } = await fakePrometheus((response) => {
      response.writeHead(200, { 'content-length': '1000' }).write('{');
      setImmediate(() => response.destroy());
    });
    const { get, fallbacks } = await exporterWith(url);
    expect((await get('/api/v1/summary')).json()).toMatchObject({ source: 'local' });
    expect(await fallbacks('unreachable')).toBe(1);
  });

  test.each([
    { title: 'an answer that does not come', answer: () => undefined },
    {
      title: 'an answer that does not end',
      answer: (response) => void response.writeHead(200).write('{'),
    },
  ] satisfies { title: string; answer: typeof nothing }[])(
    '$title makes this process answer instead, and is counted and warned of once',
    async ({ answer }) => {
      const { url } = await fakePrometheus(answer);
      const { get, logged, fallbacks } = await exporterWith(url);
      const answers = await Promise.all([1, 2, 3].map(async () => (await get('/api/v1/summary')).json()));
      for (const one of answers)
        expect(one).toMatchObject({ source: 'local', operations: { scan: { count: 1 } } });
      expect(await fallbacks('timeout')).toBe(3);
      expect(logged).toMatchObject([{ level: 40, reason: 'timeout' }]);
    },
  );
});

test('when Prometheus is back, its answers are given, and one line says so', async () => {
  const prometheus = await fakePrometheus(nothing);
  const { get, clock, logged } = await exporterWith(prometheus.url);
  await get('/api/v1/summary');
  prometheus.answer = healthy;
  for (let i = 0; i < 3; i++) {
    expect((await get('/api/v1/summary')).json()).toMatchObject({ source: 'prometheus', operations: {} });
  }
  expect(logged).toHaveLength(1);
  clock.advance(MINUTE_MS);
  prometheus.answer = json(200, {
    status: 'success',
    data: {
      resultType: 'matrix',
      result: [
        {
          metric: { __name__: 'process_start_time_seconds', instance: 'a:3001' },
          values: [[NOW_SECONDS + 60, String(NOW_SECONDS)]],
        },
      ],
    },
  });
  for (let i = 0; i < 3; i++) await get('/api/v1/summary');
  expect(logged).toMatchObject([
    { level: 40 },
    { level: 30, msg: expect.stringContaining('again') as string },
  ]);
});

describe('recent activity', () => {
  /** How many took up to a second and how many there were in all, as the counters of an old process stood. */
  type Reading = readonly [upToOne: number, all: number];

  /** A Prometheus that knows these readings, a minute apart, the first of them two minutes before noon. */
  async function countingPrometheus(readings: readonly Reading[]) {
    const series = (metric: Record<string, string>, valueOf: (reading: Reading) => number) => ({
      metric,
      values: readings.map((reading, i) => [NOW_SECONDS + (i - 2) * 60, String(valueOf(reading))]),
    });
    const failed = { operation: 'scan', status: 'failed' };
    const result = [
      series({ ...failed, le: '1' }, ([upToOne]) => upToOne),
      series({ ...failed, le: '+Inf' }, ([, all]) => all),
      series(failed, ([, all]) => all),
      series({ __name__: 'process_start_time_seconds', instance: 'a:3001' }, () => 1),
    ];
    const atEdges = json(200, { status: 'success', data: { resultType: 'matrix', result } });
    const prometheus = await fakePrometheus((response, request) => {
      const query = prometheus.questions.at(-1)?.form.get('query');
      (query?.startsWith('process_start') ? nothing : atEdges)(response, request);
    });
    return prometheus;
  }

  test('recent activity is the growth of the counters in each whole minute, including the current one', async () => {
    const readings: Reading[] = [
      [0, 5],
      [0, 5],
      [1, 6],
      [21, 26],
    ];
    const { url, questions } = await countingPrometheus(readings);
    const { get, clock } = await exporterWith(url);
    clock.advance(20_000);
    expect((await get('/api/v1/activity?minutes=3')).json()).toEqual({
      source: 'prometheus',
      step_seconds: 60,
      start_time: '2026-03-01T11:58:00.000Z',
      // One operation is as long as the sum grew by; of twenty, the quantile is interpolated in their bucket.
      operations: { scan: { count: [0, 1, 20], failure_count: [0, 1, 20], p95_duration: [null, 1, 0.95] } },
      by_server: [],
    });
    const range = `${NOW_SECONDS - 120}.000 ${NOW_SECONDS + 60}.000`;
    expect(questions.map(({ form }) => `${form.get('start')} ${form.get('end')}`)).toEqual([range, range]);
  });

  test('recent activity leaves out operations that were quiet', async () => {
    const { url } = await countingPrometheus([
      [0, 5],
      [0, 5],
      [0, 5],
      [0, 5],
    ]);
    const { get } = await exporterWith(url);
    const answer = (await get('/api/v1/activity?minutes=3')).json();
    expect(answer).toMatchObject({ source: 'prometheus', operations: {} });
  });

  test('recent activity of one operation asks Prometheus for no other', async () => {
    const prometheus = await fakePrometheus(healthy);
    const { get } = await exporterWith(prometheus.url);
    await get('/api/v1/activity?operation=scan');
    expect(prometheus.questions[0]?.form.get('query')).toContain('operation="scan"}');
  });
});

describe('questions to Prometheus', () => {
  test('questions to Prometheus go by POST below the URL’s path, with its credentials in a header that is never logged', async () => {
    const prometheus = await fakePrometheus(json(401, { status: 'error', error: 'who are you?' }));
    const url = prometheus.url.replace('http://', 'http://us%3Aer:p%40ss@');
    const { get, logged } = await exporterWith(`${url}/some/prefix`);
    await get('/api/v1/summary');
    const [question] = prometheus.questions;
    expect(question).toMatchObject({ method: 'POST', path: '/some/prefix/api/v1/query' });
    expect(question?.authorization).toBe(`Basic ${Buffer.from('us:er:p@ss').toString('base64')}`);
    expect(logged).toHaveLength(1);
    expect(JSON.stringify(logged)).not.toMatch(/p@ss|p%40ss|us%3Aer|dXM6ZXI6/);
  });

  test('questions to Prometheus are about the edges of the window and the processes in between, and nothing else', async () => {
    const prometheus = await fakePrometheus(healthy);
    const { get } = await exporterWith(prometheus.url);
    await get('/api/v1/summary?hours=2');
    expect(
      prometheus.questions.map(({ form }) => `${form.get('start')} ${form.get('end')} ${form.get('step')}`),
    ).toEqual([
      `${NOW_SECONDS - 7200}.000 ${NOW_SECONDS}.000 7200.000`,
      `${NOW_SECONDS - 7200}.000 ${NOW_SECONDS}.000 60.000`,
    ]);
  });

  test.each([
    ['scan', '"scan"'],
    ['"} or vector(1) #', String.raw`"\"} or vector(1) #"`],
    ['back\\slash\nnew line', String.raw`"back\\slash\nnew line"`],
    ['half a \uD83D pair', String.raw`"half a \uFFFD pair"`],
    ['\uFFFD', String.raw`"\uFFFD"`],
  ])('the operation name %j is quoted so that PromQL reads it unchanged', async (operation, quoted) => {
    const prometheus = await fakePrometheus(healthy);
    const { exporter } = await exporterWith(prometheus.url, 'my {job}');
    await exporter.history.getMetricsSummary(operation);
    const queries = prometheus.questions.map(({ form }) => form.get('query') ?? '');
    expect(queries[0]).toContain(`job="my {job}", operation=${quoted}}`);
  });
});
