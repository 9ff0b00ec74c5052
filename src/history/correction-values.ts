import { isoTime, type Sample } from './checked-query.ts';
import { HistoryUnavailable } from './history-unavailable.ts';
import type { Correction } from './process-lives.ts';
import type { PrometheusClient } from './prometheus-client.ts';
import { countersOf, equals, startsOf, sumOf, type HistogramSelection } from './selectors.ts';

/** Limit of corrections in one query, because each `or` compares with all operands before it. */
const MAX_CORRECTIONS = 25;
/** Labels with the index of a correction: of its counters, and of the start of its process. */
const COUNTERS_OF = 'correction';
const START_OF = 'correction_start';

export interface CorrectionValues {
  readonly correction: Correction;
  /** The counters of the process. */
  readonly counters: readonly Sample[];
}

/**
 * Reads the counters for each correction.
 *
 * @throws HistoryUnavailable `incomplete` if they do not belong to the process of the correction
 */
export async function readCorrections(
  client: PrometheusClient,
  selection: HistogramSelection,
  corrections: readonly Correction[],
  endMs: number,
): Promise<CorrectionValues[]> {
  const expressions = corrections.map((correction, index) => valuesOf(selection, correction, index));
  const batches = Array.from({ length: Math.ceil(corrections.length / MAX_CORRECTIONS) }, (_, batch) =>
    expressions.slice(batch * MAX_CORRECTIONS, (batch + 1) * MAX_CORRECTIONS).join(' or '),
  );
  const answers = (await Promise.all(batches.map((batch) => client.query(batch, endMs)))).flat();
  const values = corrections.map((correction) => ({ correction, counters: new Array<Sample>() }));
  const starts = new Map<number, number>();
  for (const sample of answers) {
    const { [COUNTERS_OF]: ofCounters, [START_OF]: ofStart } = sample.labels;
    if (ofStart !== undefined) starts.set(Number(ofStart), sample.value);
    else if (ofCounters === undefined)
      throw new HistoryUnavailable('labels', `Prometheus dropped the label ${COUNTERS_OF}`);
    else values[Number(ofCounters)]?.counters.push(sample);
  }
  for (const [index, { instance, bornMs }] of corrections.entries()) {
    if (starts.get(index) === bornMs / 1000) continue;
    const ofProcess = `the process of ${JSON.stringify(instance)} that started at ${isoTime(bornMs)}`;
    throw new HistoryUnavailable('incomplete', `Prometheus has lost the values of ${ofProcess}`);
  }
  return values;
}

function valuesOf(
  selection: HistogramSelection,
  { instance, timeMs, lookbackMs }: Correction,
  index: number,
): string {
  const ofInstance = equals('instance', instance);
  const last = (series: string) => `last_over_time(${series}[${lookbackMs}ms] @ ${timeMs / 1000})`;
  const counters = sumOf(last(countersOf(selection, ofInstance)));
  const start = `max(${last(startsOf(selection.job, ofInstance))})`;
  const labeled = (label: string, values: string) =>
    `label_replace(${values}, "${label}", "${index}", "", "")`;
  return `${labeled(COUNTERS_OF, counters)} or ${labeled(START_OF, start)}`;
}
