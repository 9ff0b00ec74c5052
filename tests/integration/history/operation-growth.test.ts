import { expect, test } from 'vitest';

import { readGrowth } from '../../../src/history/operation-growth.ts';
import { PrometheusClient } from '../../../src/history/prometheus-client.ts';
import { fakePrometheus, json, nothing } from '../../support/fake-prometheus.ts';

const START_MS = Date.parse('2026-03-01T12:00:00Z');
const WINDOW_MS = 600_000;
const WINDOWS = { startMs: START_MS, lengthMs: WINDOW_MS, count: 2 };
const SELECTION = { histogram: 'work_seconds', job: 'jobs', operation: undefined };

type Labels = Readonly<Record<string, string>>;
const secondsAt = (windows: number) => (START_MS + windows * WINDOW_MS) / 1000;

/** A series with a value at some times, in windows after the start. */
const series = (metric: Labels, values: Readonly<Record<number, number>>) => ({
  metric,
  values: Object.entries(values).map(([windows, value]) => [secondsAt(Number(windows)), String(value)]),
});
const bucket = (operation: string, values: Readonly<Record<number, number>>) => [
  series({ operation, status: 'completed', le: '+Inf' }, values),
  series({ operation, status: 'completed' }, values),
];
/** A process that began before all windows, and when it was seen. */
const seen = (instance: string, ...times: number[]) =>
  series(
    { __name__: 'process_start_time_seconds', instance, job: 'jobs' },
    Object.fromEntries(times.map((time) => [time, secondsAt(-60)])),
  );

/** The starts of the processes with these corrections. */
const startsOfProcesses = (corrections: ReadonlySet<string>): object[] =>
  [...corrections].map((correction_start) => ({
    metric: { correction_start },
    value: [secondsAt(2), String(secondsAt(-60))],
  }));

/** A Prometheus with these series at the edges, these process starts between them, and these corrections. */
async function growthOf(
  edges: object[],
  between: object[] = [],
  corrected: readonly Labels[] = [],
  startsOf = startsOfProcesses,
) {
  const prometheus = await fakePrometheus(nothing);
  prometheus.answer = (response, request) => {
    const query = prometheus.questions.at(-1)?.form.get('query') ?? '';
    const isOfValues = query.startsWith('label_replace');
    const indexes = new Set([...query.matchAll(/"correction", "(\d+)"/g)].map(([, index = '']) => index));
    const counters = corrected
      .flatMap(({ le = '', ...sum }) => [{ ...sum, le }, sum])
      .filter(({ correction = '' }) => indexes.has(correction))
      .map((metric) => ({ metric, value: [secondsAt(2), '7'] }));
    const vector = [...counters, ...startsOf(indexes)];
    const data = isOfValues
      ? { resultType: 'vector', result: vector }
      : { resultType: 'matrix', result: query.includes(' unless (') ? between : edges };
    json(200, { status: 'success', data })(response, request);
  };
  const growth = await readGrowth(new PrometheusClient(prometheus.url), SELECTION, WINDOWS);
  const counts = growth.windows.map((window) =>
    Object.fromEntries([...window].map(([operation, each]) => [operation, each.summarize().count])),
  );
  const queries = prometheus.questions.map(({ form }) => form);
  return { growth, counts, queries };
}

test('the growth of a window is the difference between its edges, for each operation', async () => {
  const { growth, counts, queries } = await growthOf([
    ...bucket('scan', { 0: 10, 1: 13, 2: 18 }),
    ...bucket('fix', { 1: 4, 2: 6 }),
    seen('a', 0, 1, 2),
  ]);
  expect(counts).toEqual([
    { scan: 3, fix: 4 },
    { scan: 5, fix: 2 },
  ]);
  expect(growth.isJobSeen).toBe(true);
  const spans = queries.map((form) => ['start', 'end', 'step'].map((name) => Number(form.get(name))));
  expect(spans).toEqual([
    [secondsAt(0), secondsAt(2), 600],
    [secondsAt(0), secondsAt(2), 60],
  ]);
});

test('a job of which Prometheus has nothing is not seen, and one of which it has a process is', async () => {
  expect((await growthOf([])).growth.isJobSeen).toBe(false);
  expect((await growthOf([], [seen('a', 0.5)])).growth.isJobSeen).toBe(true);
  expect((await growthOf([seen('a', 0)])).growth.isJobSeen).toBe(true);
});

test('what a process had counted when it went is added to the window in which it went', async () => {
  const { counts } = await growthOf(
    [...bucket('scan', { 0: 2, 1: 2, 2: 2 }), seen('a', 0, 1)],
    [seen('a', 1.5)],
    [{ correction: '0', operation: 'scan', status: 'completed', le: '+Inf' }],
  );
  expect(counts).toEqual([{ scan: 0 }, { scan: 7 }]);
});

test('what a process had counted when it was first seen is taken from the window in which it was seen', async () => {
  const { counts } = await growthOf(
    [...bucket('scan', { 0: 2, 1: 12, 2: 12 }), seen('a', 1, 2)],
    [seen('a', 0.5)],
    [{ correction: '0', operation: 'scan', status: 'completed', le: '+Inf' }],
  );
  expect(counts).toEqual([{ scan: 3 }, { scan: 0 }]);
});

test.each([
  { title: 'an operation', unlabeled: [series({ status: 'completed', le: '+Inf' }, { 0: 1 })] },
  { title: 'a status', unlabeled: [series({ operation: 'scan', le: '+Inf' }, { 0: 1 })] },
  { title: 'a bound', unlabeled: [series({ operation: 'scan', status: 'completed' }, { 0: 1 })] },
  {
    title: 'an instance',
    unlabeled: [series({ __name__: 'process_start_time_seconds', job: 'jobs' }, { 0: 1 })],
  },
  { title: 'a process', unlabeled: [series({ instance: 'a' }, { 0: 1 })] },
  {
    title: 'an instance of its own',
    unlabeled: [seen('b', 0), series({ ...seen('b', 0).metric, replica: '2' }, { 0: secondsAt(-60) })],
  },
  {
    title: 'labels of its own',
    unlabeled: [series(seen('b').metric, { 0: secondsAt(-60), 1: secondsAt(-90), 2: secondsAt(-60) })],
  },
])('a series without $title makes the history unavailable', async ({ unlabeled }) => {
  await expect(growthOf([...unlabeled, seen('a', 0, 1, 2)])).rejects.toMatchObject({ reason: 'labels' });
});

test.each([
  {
    title: 'another process',
    starts: () => [{ metric: { correction_start: '0' }, value: [secondsAt(2), '1'] }],
  },
  { title: 'no process', starts: () => [] },
])('values of $title in place of a process that went make the history unavailable', async ({ starts }) => {
  const answer = growthOf(
    [...bucket('scan', { 0: 2, 1: 2, 2: 2 }), seen('a', 0, 1)],
    [seen('a', 1.5)],
    [],
    starts,
  );
  await expect(answer).rejects.toMatchObject({ reason: 'incomplete' });
});

test('averages of counters make the history unavailable', async () => {
  const edges = [...bucket('scan', { 0: 10, 1: 13.5, 2: 18 }), seen('a', 0, 1, 2)];
  await expect(growthOf(edges)).rejects.toMatchObject({ reason: 'incomplete' });
});

test('a counter that decreases without a restart makes the history unavailable', async () => {
  const edges = [...bucket('scan', { 0: 10, 1: 13, 2: 4 }), seen('a', 0, 1, 2)];
  await expect(growthOf(edges)).rejects.toMatchObject({ reason: 'reset' });
});

test('the values of many processes are asked for 25 at a time', async () => {
  const instances = Array.from({ length: 30 }, (_, i) => `i${i}`);
  const { counts, queries } = await growthOf(
    [...bucket('scan', { 0: 0, 1: 0, 2: 0 }), ...instances.map((instance) => seen(instance, 0, 1))],
    instances.map((instance) => seen(instance, 1.5)),
    instances.map((_, i) => ({ correction: String(i), operation: 'scan', status: 'completed', le: '+Inf' })),
  );
  expect(counts).toEqual([{ scan: 0 }, { scan: 30 * 7 }]);
  const values = queries.slice(2).map((form) => form.get('query')?.match(/label_replace/g)?.length);
  // Each correction has its counters and its process. Both are also counted, and the two checks have labels of their own.
  expect(values).toEqual(expect.arrayContaining([4 * 25 + 2, 4 * 5 + 2]));
});
