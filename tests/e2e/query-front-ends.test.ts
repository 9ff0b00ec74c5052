import { test } from 'vitest';

import type { FallbackReason } from '../../src/monitor/fallback-reasons.ts';
import { runPrometheus } from '../support/prometheus-process.ts';
import type { Distortion, Point, Series } from '../support/query-front-end.ts';
import { scrapedExporters } from '../support/scraped-exporters.ts';

type Lies = Readonly<Record<string, Distortion>>;
type Change = NonNullable<Distortion['answer']>;

const RIGHT: readonly FallbackReason[] = [];

const isRange = (form: URLSearchParams) => form.has('step');
const isBucket = ({ metric }: Series) => metric['le'] !== undefined;
const isStart = ({ metric }: Series) => metric['__name__'] === 'process_start_time_seconds';
const isCheck = ({ metric }: Series) => 'mcp_exporter_check' in metric;

const mapPoints =
  (change: (points: Point[], series: Series) => Point[]): Change =>
  (all) =>
    all
      .map((series) => ({ ...series, points: change(series.points, series) }))
      .filter(({ points }) => points.length > 0);
const mapTimes = (change: (seconds: number) => number) =>
  mapPoints((points) => points.map(([seconds, value]) => [change(seconds), value]));
const mapCounts = (change: (value: number) => number | string) =>
  mapPoints((points, series) =>
    isCheck(series) || isStart(series)
      ? points
      : points.map(([seconds, value]) => [seconds, String(change(Number(value)))]),
  );
const without =
  (label: string): Change =>
  (all) =>
    all.map(({ metric, points }) => ({
      metric: Object.fromEntries(Object.entries(metric).filter(([name]) => name !== label)),
      points,
    }));

/** Sets times to multiples of the step, as Thanos does. */
const align = (form: URLSearchParams, names: readonly string[], stepSeconds: number) => {
  for (const name of names) {
    const seconds = form.get(name);
    if (seconds) form.set(name, String(Math.floor(Number(seconds) / stepSeconds) * stepSeconds));
  }
};

async function expectTruths(groups: readonly (readonly [readonly FallbackReason[], Lies])[]) {
  const { expectTruth } = await scrapedExporters(await runPrometheus());
  for (const [reasons, lies] of groups) {
    for (const [title, lie] of Object.entries(lies)) await expectTruth(title, lie, reasons);
  }
}

test('times that a front end changes never change a number', async () => {
  let cached: Series[] | undefined;
  await expectTruths([
    [
      RIGHT,
      {
        'forwards all': {},
        'aligns ranges to the step': {
          ask: (form) => align(form, ['start', 'end'], Number(form.get('step'))),
        },
      },
    ],
    [
      ['misaligned'],
      {
        'aligns all times to minutes': { ask: (form) => align(form, ['start', 'end', 'time'], 60) },
        'evaluates an hour later': {
          ask: (form) => {
            for (const name of ['start', 'end', 'time']) {
              if (form.has(name)) form.set(name, String(Number(form.get(name)) + 3600));
            }
          },
        },
        'evaluates a minute earlier, and states the requested times': {
          ask: (form) => {
            for (const name of ['start', 'end', 'time']) {
              if (form.has(name)) form.set(name, String(Number(form.get(name)) - 60));
            }
          },
          answer: mapTimes((seconds) => seconds + 60),
        },
        'shifts the answer by a millisecond': { answer: mapTimes((seconds) => seconds + 0.001) },
        'continues a range by one step': {
          ask: (form) =>
            isRange(form) && form.set('end', String(Number(form.get('end')) + Number(form.get('step')))),
        },
      },
    ],
    [
      // Which one depends on the route that asked first.
      ['misaligned', 'incomplete'],
      { 'repeats an earlier answer': { answer: (all) => (cached ??= all) } },
    ],
    [
      ['incomplete'],
      {
        'doubles the step': {
          ask: (form) => isRange(form) && form.set('step', String(Number(form.get('step')) * 2)),
        },
        'sends every second point': {
          answer: mapPoints((points) => points.filter((_, index) => index % 2 === 0)),
        },
        'shortens ranges at their start': {
          ask: (form) =>
            isRange(form) && form.set('start', String(Number(form.get('start')) + Number(form.get('step')))),
        },
        'shortens ranges at their end': {
          ask: (form) =>
            isRange(form) && form.set('end', String(Number(form.get('end')) - Number(form.get('step')))),
        },
      },
    ],
  ]);
});

test('labels that a front end drops or adds never change a number', async () => {
  await expectTruths([
    [
      RIGHT,
      {
        'drops the job': { answer: without('job') },
        'adds a cluster': {
          answer: (all) => all.map(({ metric, points }) => ({ metric: { cluster: 'a', ...metric }, points })),
        },
      },
    ],
    [
      ['labels', 'incomplete'],
      {
        'drops all labels': { answer: (all) => all.map(({ points }) => ({ metric: {}, points })) },
        ...Object.fromEntries(
          ['__name__', 'instance', 'operation', 'status', 'le', 'mcp_exporter_check'].map((label) => [
            `drops ${label}`,
            { answer: without(label) },
          ]),
        ),
        'drops the correction': { answer: without('correction') },
        'gives all processes one instance': {
          answer: (all) =>
            all.map((series) =>
              isStart(series) ? { ...series, metric: { ...series.metric, instance: 'a' } } : series,
            ),
        },
        'renames a status': {
          answer: (all) =>
            all.map(({ metric, points }) => ({
              metric: metric['status'] ? { ...metric, status: 'ok' } : metric,
              points,
            })),
        },
      },
    ],
  ]);
});

test('series and values that a front end leaves out or repeats never change a number', async () => {
  await expectTruths([
    [
      ['incomplete'],
      {
        'sends nothing': { answer: () => [] },
        'sends ten series': { answer: (all) => all.slice(0, 10) },
        'sends only the last ten series': { answer: (all) => all.slice(-10) },
        'leaves out the counters': { answer: (all) => all.filter((each) => isCheck(each) || isStart(each)) },
        'leaves out the processes': { answer: (all) => all.filter((each) => !isStart(each)) },
        'leaves out one bucket': {
          answer: (all) => {
            const found = all.find(isBucket);
            return all.filter((each) => each !== found);
          },
        },
        'leaves out the last value': { answer: mapPoints((points) => points.slice(0, -1)) },
        'leaves out the first value of each counter': {
          answer: mapPoints((points, series) => (isBucket(series) ? points.slice(1) : points)),
        },
        'repeats a series': { answer: (all) => [...all, ...all.slice(0, 1)] },
        'repeats a series and leaves out another': {
          answer: (all) => {
            const [first, second] = all.filter((each) => !isCheck(each));
            return first && second ? [first, ...all.filter((each) => each !== second)] : all;
          },
        },
      },
    ],
  ]);
});

test('a front end that warns of partial data, or does not answer, never changes a number', async () => {
  const text = (status: number, body: string): Distortion => ({
    send: (response) => response.writeHead(status, { 'content-type': 'application/json' }).end(body),
  });
  await expectTruths([
    [
      RIGHT,
      {
        'has infos': { fields: { infos: ['metric might not be a counter'], warnings: [], isPartial: false } },
        'has statistics': { fields: { stats: { seriesFetched: '3' }, trace: null, warnings: null } },
      },
    ],
    [
      ['incomplete'],
      {
        warns: { fields: { warnings: ['No StoreAPIs matched for this query'] } },
        'answers partially': { fields: { isPartial: true } },
      },
    ],
    [
      ['refused'],
      {
        'has an error with status 200': text(200, '{"status":"error","error":"too many samples"}'),
        'has a page': text(200, '<!doctype html><title>Sign in</title>'),
        'has an empty body': text(200, ''),
        'has no content': text(204, ''),
        'is overloaded': text(503, 'upstream connect error'),
        'has data with status 500': { send: (response, body) => response.writeHead(500).end(body) },
        'has half of a body': { send: (response, body) => response.end(body.slice(0, body.length / 2)) },
        'has no value': { answer: mapCounts(() => '') },
        'has NaN': { answer: mapCounts(() => 'NaN') },
        'has Inf': { answer: mapCounts(() => '+Inf') },
        'has words': { answer: mapCounts(() => 'many') },
        'has native histograms': {
          send: (response, body) => response.end(body.replaceAll('"value":[', '"histogram":[')),
        },
      },
    ],
    [
      ['unreachable'],
      {
        'breaks off': {
          send: (response, body) => {
            response.writeHead(200, { 'content-length': body.length }).write(body.slice(0, 100));
            setImmediate(() => response.destroy());
          },
        },
      },
    ],
  ]);
});

test('values that cannot be counters of an exporter never become a number', async () => {
  const atEnd = (change: (value: number) => number): Change =>
    mapPoints((points, series) =>
      isBucket(series) || series.metric['status']
        ? points.map(([seconds, value], index) =>
            index === points.length - 1 && seconds > Date.now() / 1000 - 60
              ? [seconds, String(change(Number(value)))]
              : [seconds, value],
          )
        : points,
    );
  await expectTruths([
    [['reset'], { 'has counters below 0': { answer: atEnd(() => -5) } }],
    [['incomplete'], { 'has averages of counters': { answer: mapCounts((value) => value / 8) } }],
  ]);
});
