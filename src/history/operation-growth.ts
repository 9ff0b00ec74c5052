import type { Sample } from './checked-query.ts';
import { expectCounterLabels, expectProcesses } from './expected-labels.ts';
import { HistogramGrowth } from './histogram-growth.ts';
import { HistoryUnavailable } from './history-unavailable.ts';
import { correctionsFor, type Correction, type Windows } from './process-lives.ts';
import type { PrometheusClient } from './prometheus-client.ts';

const PROCESS_START = 'process_start_time_seconds';
/** Smaller than any scrape interval, so that a smaller step would not find more processes. */
const LEAST_STEP_MS = 1000;
/** Limit of `or` operands in one query, because each `or` compares with all operands before it. */
const MAX_VALUES = 25;
/** Prometheus returns at most 11,000 points per series. */
const MAX_STEPS = 10_000;

/** Selects the duration histogram with the labels `operation` and `status`. */
export interface HistogramSelection {
  /** Metric name without `_bucket`. */
  readonly histogram: string;
  readonly job: string;
  /** Undefined for all operations. */
  readonly operation: string | undefined;
}

/** Histogram growth by operation name. */
type OperationGrowth = ReadonlyMap<string, HistogramGrowth>;

export interface Growth {
  /** Whether Prometheus has any samples of the job in the windows. */
  readonly isJobSeen: boolean;
  readonly windows: readonly OperationGrowth[];
}

/**
 * Reads the histogram growth in each window, summed over all instances of the job and across their restarts.
 *
 * The growth is the difference of the counters at the window's two edges, corrected for processes that started or ended
 * in between. PromQL's `increase()` handles restarts, but has three disadvantages. It extrapolates, so that ten recent
 * operations become twelve. It ignores a counter's first sample, so that an operation that ran once is missing. It reads
 * every sample of the window, which is too slow for a month of data.
 *
 * Processes that lived for less than 1/10,000 of all windows, such as nine seconds of a day, may be missed.
 *
 * @throws HistoryUnavailable
 */
export async function readGrowth(
  client: PrometheusClient,
  selection: HistogramSelection,
  windows: Windows,
): Promise<Growth> {
  const { startMs, lengthMs, count } = windows;
  const endMs = startMs + count * lengthMs;
  const counters = countersOf(selection, selection.operation);
  const starts = `${PROCESS_START}{${equals('job', selection.job)}}`;
  const expressions = [
    sumOf(`{${counters}}`),
    // Without its label, an operation would look as if it had never run.
    ...(selection.operation === undefined ? [] : [sumOf(`{${countersOf(selection, '')}}`)]),
    starts,
    `count by (instance) ({${counters}} unless on (instance) ${starts})`,
  ];
  const stepMs = secondsAbove(Math.ceil((endMs - startMs) / MAX_STEPS));
  const [atEdges, between] = await Promise.all([
    readEdges(client, expressions.join(' or '), windows),
    // Multiples of the step, so that a front end that aligns times does not change them.
    client.queryRange(changesOf(starts, stepMs), {
      startMs: Math.floor(startMs / stepMs) * stepMs,
      endMs: Math.ceil(endMs / stepMs) * stepMs,
      stepMs,
    }),
  ]);
  const startsAtEdges = atEdges.filter(isProcessStart);
  const countersAtEdges = atEdges.filter((each) => !isProcessStart(each));
  expectProcesses(startsAtEdges, countersAtEdges);
  expectProcesses(between);
  expectCounterLabels(countersAtEdges, selection.histogram, ({ timeMs }) => timeMs);

  const growths = Array.from({ length: count }, () => new Map<string, HistogramGrowth>());
  for (const sample of countersAtEdges) {
    const edge = (sample.timeMs - startMs) / lengthMs;
    add(growths[edge - 1], sample, 1);
    add(growths[edge], sample, -1);
  }
  const corrections = correctionsFor(windows, [...startsAtEdges, ...between], stepMs);
  const values = await readValues(client, counters, corrections, endMs);
  expectCounterLabels(values, selection.histogram, ({ labels }) => labels['correction']);
  for (const sample of values) {
    const correction = corrections[Number(sample.labels['correction'])];
    if (correction) add(growths[correction.window], sample, correction.sign);
  }
  expectGrowth(growths);
  return { isJobSeen: startsAtEdges.length + between.length > 0, windows: growths };
}

/** The values at all edges of the windows. */
async function readEdges(client: PrometheusClient, expression: string, windows: Windows): Promise<Sample[]> {
  const { startMs, lengthMs, count } = windows;
  // Minutes and days are multiples of their length. A front end would move the edges of other ranges to such multiples.
  if (startMs % lengthMs === 0) {
    const range = { startMs, endMs: startMs + count * lengthMs, stepMs: lengthMs };
    return client.queryRange(expression, range);
  }
  const edges = Array.from({ length: count + 1 }, (_, edge) => startMs + edge * lengthMs);
  return (await Promise.all(edges.map((edgeMs) => client.query(expression, edgeMs)))).flat();
}

/** @throws HistoryUnavailable `reset` if a counter decreased although its process did not end */
function expectGrowth(growths: readonly OperationGrowth[]): void {
  for (const [operation, histogram] of growths.flatMap((growth) => [...growth])) {
    if (histogram.isNegative) {
      throw new HistoryUnavailable(
        'reset',
        `Prometheus has counters of ${JSON.stringify(operation)} that decreased without a restart`,
      );
    }
  }
}

/** Selects buckets and sum together, so that they come from the same scrape. The sum has no `le`. */
function countersOf({ histogram, job }: HistogramSelection, operation: string | undefined): string {
  const matchers = [`__name__=~"${histogram}_(bucket|sum)"`, equals('job', job)];
  if (operation !== undefined) matchers.push(equals('operation', operation));
  return matchers.join(', ');
}

const sumOf = (counters: string) => `sum by (operation, status, le) (${counters})`;

/** Samples whose value differs from that of the previous or the next step. */
function changesOf(series: string, stepMs: number): string {
  const [before, after] = [`${series} offset ${stepMs}ms`, `${series} offset -${stepMs}ms`];
  return `${series} unless (${before} == ${series} and ${after} == ${series})`;
}

const isProcessStart = ({ labels }: Sample) => labels['__name__'] === PROCESS_START;

function secondsAbove(ms: number): number {
  return Math.max(Math.ceil(ms / 1000) * 1000, LEAST_STEP_MS);
}

/** The values of all corrections, each with its index as a label. */
async function readValues(
  client: PrometheusClient,
  counters: string,
  corrections: readonly Correction[],
  endMs: number,
): Promise<Sample[]> {
  const values = corrections.map(({ instance, timeMs, lookbackMs }, index) => {
    const series = `{${counters}, ${equals('instance', instance)}}[${lookbackMs}ms] @ ${timeMs / 1000}`;
    return `label_replace(${sumOf(`last_over_time(${series})`)}, "correction", "${index}", "", "")`;
  });
  const batches = Array.from({ length: Math.ceil(values.length / MAX_VALUES) }, (_, batch) =>
    values.slice(batch * MAX_VALUES, (batch + 1) * MAX_VALUES).join(' or '),
  );
  const answers = await Promise.all(batches.map((batch) => client.query(batch, endMs)));
  return answers.flat();
}

/** A label matcher for any value. */
function equals(label: string, value: string): string {
  // PromQL uses Go's string syntax, which includes JSON's escapes. Lone surrogates are invalid there, and are U+FFFD on
  // /metrics. PromQL accepts U+FFFD only as an escape.
  const text = JSON.stringify(value.replaceAll(/\p{Surrogate}/gu, '\uFFFD'));
  return `${label}=${text.replaceAll('\uFFFD', String.raw`\uFFFD`)}`;
}

function add(
  growth: Map<string, HistogramGrowth> | undefined,
  { labels, value }: Sample,
  sign: 1 | -1,
): void {
  const { operation, status, le } = labels;
  if (!growth || operation === undefined) return;
  const histogram = growth.get(operation) ?? new HistogramGrowth();
  growth.set(operation, histogram);
  histogram.add(status, le, sign * value);
}
