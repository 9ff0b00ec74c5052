import type { Sample } from './checked-query.ts';
import { readCorrections } from './correction-values.ts';
import { expectCounters, expectNoOrphans, expectProcesses } from './expected-labels.ts';
import { HistogramGrowth } from './histogram-growth.ts';
import { HistoryUnavailable } from './history-unavailable.ts';
import { correctionsFor, type Windows } from './process-lives.ts';
import { readProcessStarts } from './process-starts.ts';
import type { PrometheusClient } from './prometheus-client.ts';
import { countersOf, PROCESS_START, startsOf, sumOf, type HistogramSelection } from './selectors.ts';

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
 * @throws HistoryUnavailable
 */
export async function readGrowth(
  client: PrometheusClient,
  selection: HistogramSelection,
  windows: Windows,
): Promise<Growth> {
  const { startMs, lengthMs, count } = windows;
  const endMs = startMs + count * lengthMs;
  const counters = countersOf(selection);
  const starts = startsOf(selection.job);
  const expressions = [
    sumOf(counters),
    // Without its label, an operation would look as if it had never run.
    ...(selection.operation === undefined ? [] : [sumOf(countersOf({ ...selection, operation: '' }))]),
    starts,
    `count by (instance) (${counters} unless on (instance) ${starts})`,
  ];
  const [atEdges, { samples: between, stepMs }] = await Promise.all([
    readEdges(client, expressions.join(' or '), windows),
    readProcessStarts(client, starts, startMs, endMs),
  ]);
  const startsAtEdges = atEdges.filter(isProcessStart);
  const countersAtEdges = atEdges.filter((each) => !isProcessStart(each));
  const processStarts = [...startsAtEdges, ...between];
  expectNoOrphans(countersAtEdges);
  expectProcesses(processStarts);
  expectCounters(countersAtEdges, selection.histogram, ({ timeMs }) => timeMs);

  const growths = Array.from({ length: count }, () => new Map<string, HistogramGrowth>());
  for (const sample of countersAtEdges) {
    const edge = (sample.timeMs - startMs) / lengthMs;
    add(growths[edge - 1], sample, 1);
    add(growths[edge], sample, -1);
  }
  const corrections = correctionsFor(windows, processStarts, stepMs);
  for (const { correction, counters } of await readCorrections(client, selection, corrections, endMs)) {
    expectCounters(counters, selection.histogram, () => 0);
    for (const sample of counters) add(growths[correction.window], sample, correction.sign);
  }
  expectGrowth(growths);
  return { isJobSeen: processStarts.length > 0, windows: growths };
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

const isProcessStart = ({ labels }: Sample) => labels['__name__'] === PROCESS_START;

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
