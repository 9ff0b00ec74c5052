import { HistogramGrowth } from './histogram-growth.ts';
import { correctionsFor, type Correction, type Windows } from './process-lives.ts';
import type { PrometheusClient, Sample } from './prometheus-client.ts';

/** Nobody scrapes more often: processes that are looked for more often are not found more often. */
const LEAST_STEP_MS = 1000;
/** Of one query: each `or` compares with all before it. */
const MAX_VALUES = 25;
/** Prometheus gives no more than 11,000 points of a series. */
const MAX_STEPS = 10_000;

/** What is read: the histogram of durations by `operation` and `status`. */
export interface HistogramSelection {
  /** Without `_bucket`. */
  readonly histogram: string;
  readonly job: string;
  /** Undefined for all. */
  readonly operation: string | undefined;
}

/** By how much the histogram of each operation grew, by its name. */
type OperationGrowth = ReadonlyMap<string, HistogramGrowth>;

export interface Growth {
  /** Whether Prometheus saw a process of the job, or anything of it, in any of the windows. */
  readonly isJobSeen: boolean;
  readonly windows: readonly OperationGrowth[];
}

/**
 * Reads the growth of histograms in each window, summed over all instances of the job, across their restarts.
 *
 * It is the difference of what the counters stood at at a window's two edges, set right for processes that came or
 * went in between. PromQL's `increase()` sees restarts by itself. But it extrapolates: of ten operations it makes
 * twelve while the data are young. It does not see what a counter has at its first sample: an operation that ran once
 * is none. And it reads every sample of a window, which for a month of some dozen operations takes longer than
 * anybody waits; this reads the edges.
 *
 * Overlooked are processes that lived for less than a ten-thousandth of all windows: nine seconds of a day.
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
  const stepMs = Math.max(LEAST_STEP_MS, Math.ceil((endMs - startMs) / MAX_STEPS));
  const counters = countersOf(selection);
  const starts = `process_start_time_seconds{${equals('job', selection.job)}}`;
  const [atEdges, between] = await Promise.all([
    client.queryRange(`${sumOf(`{${counters}}`)} or ${starts}`, { startMs, endMs, stepMs: lengthMs }),
    client.queryRange(changesOf(starts, stepMs), { startMs, endMs, stepMs }),
  ]);

  const growths = Array.from({ length: count }, () => new Map<string, HistogramGrowth>());
  for (const sample of atEdges.filter((each) => !isProcessStart(each))) {
    const edge = (sample.timeMs - startMs) / lengthMs;
    add(growths[edge - 1], sample, 1);
    add(growths[edge], sample, -1);
  }
  const processStarts = [...atEdges.filter(isProcessStart), ...between];
  const corrections = correctionsFor(windows, processStarts, stepMs);
  for (const sample of await readValues(client, counters, corrections, endMs)) {
    const correction = corrections[Number(sample.labels['correction'])];
    if (correction) add(growths[correction.window], sample, correction.sign);
  }
  return { isJobSeen: atEdges.length + between.length > 0, windows: growths };
}

/** Buckets and sum in one, so that they are of one scrape; the sum is the one without `le`. */
function countersOf({ histogram, job, operation }: HistogramSelection): string {
  const matchers = [`__name__=~"${histogram}_(bucket|sum)"`, equals('job', job)];
  if (operation !== undefined) matchers.push(equals('operation', operation));
  return matchers.join(', ');
}

const sumOf = (counters: string) => `sum by (operation, status, le) (${counters})`;

/** Where an instance's value is not what it was a step before, or not what it is a step later. */
function changesOf(series: string, stepMs: number): string {
  const [before, after] = [`${series} offset ${stepMs}ms`, `${series} offset -${stepMs}ms`];
  return `${series} unless (${before} == ${series} and ${after} == ${series})`;
}

const isProcessStart = ({ labels }: Sample) => labels['instance'] !== undefined;

/** The values of all corrections, each labelled with its index. */
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

/** A label matcher; any text is a value. */
function equals(label: string, value: string): string {
  // Texts in PromQL are Go's, which has JSON's escapes, and others past ASCII. Half a surrogate pair is no text there, and
  // is U+FFFD on /metrics, too; that one is read as an error unless it is escaped.
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
