import { isDeepStrictEqual } from 'node:util';

import { isOutcome } from '../monitor/outcomes.ts';
import type { Sample } from './checked-query.ts';
import { HistoryUnavailable } from './history-unavailable.ts';
import { PROCESS_START } from './selectors.ts';

/**
 * Checks that each process has its own `instance`, because a restart is recognized by its new start time. Replicas of
 * Prometheus behind one front end have several series at one time. Targets that share all labels have one series that
 * alternates between their values.
 *
 * @throws HistoryUnavailable `labels`
 */
export function expectProcesses(starts: readonly Sample[]): void {
  const ofInstances = new Map<string, Map<number, Sample>>();
  for (const sample of starts) {
    const { instance } = sample.labels;
    if (!instance) throw missing(PROCESS_START, 'instance');
    const atTimes = ofInstances.get(instance) ?? new Map<number, Sample>();
    ofInstances.set(instance, atTimes);
    // A sample may be both at an edge and between the edges.
    const other = atTimes.get(sample.timeMs) ?? sample;
    if (!isDeepStrictEqual(other, sample)) throw shared(instance);
    atTimes.set(sample.timeMs, sample);
  }
  for (const [instance, atTimes] of ofInstances) {
    const inOrder = [...atTimes.values()].toSorted((a, b) => a.timeMs - b.timeMs).map(({ value }) => value);
    const changes = inOrder.filter((value, index) => value !== inOrder[index - 1]);
    if (new Set(changes).size < changes.length) throw shared(instance);
  }
}

/**
 * @param counters - those with an `instance` belong to a process without a start time
 * @throws HistoryUnavailable `labels`
 */
export function expectNoOrphans(counters: readonly Sample[]): void {
  const orphan = counters.find(({ labels }) => 'instance' in labels)?.labels['instance'];
  if (orphan === undefined) return;
  const problem = `Prometheus has no ${PROCESS_START} of instance ${JSON.stringify(orphan)}`;
  throw new HistoryUnavailable('labels', `${problem}: keep it in metric_relabel_configs`);
}

/**
 * Checks that each counter of the duration histogram has its labels and a count, and that each histogram has its sum and
 * its total.
 *
 * @param groupOf - distinguishes the counters of different times
 * @throws HistoryUnavailable `labels`, or `incomplete` for the averages of a downsampled counter
 */
export function expectCounters(
  counters: readonly Sample[],
  histogram: string,
  groupOf: (sample: Sample) => unknown,
): void {
  const [sums, totals] = [new Set<string>(), new Set<string>()];
  for (const sample of counters) {
    const { operation, status, le } = sample.labels;
    if (le !== undefined && !Number.isInteger(sample.value)) {
      throw new HistoryUnavailable('incomplete', `Prometheus has averages of ${histogram}, not its counts`);
    }
    if (!operation) throw missing(histogram, 'operation');
    if (!isOutcome(status)) throw missing(histogram, 'status');
    const key = JSON.stringify([groupOf(sample), operation, status]);
    if (le === undefined) sums.add(key);
    else if (le === '+Inf') totals.add(key);
  }
  // Without `le`, the buckets cannot be told apart from the sum.
  if (!isSubset(sums, totals)) throw missing(histogram, 'le');
  if (!isSubset(totals, sums)) {
    throw new HistoryUnavailable('labels', `Prometheus has no ${histogram}_sum, only ${histogram}_bucket`);
  }
}

function isSubset(part: ReadonlySet<string>, whole: ReadonlySet<string>): boolean {
  return [...part].every((key) => whole.has(key));
}

function shared(instance: string): HistoryUnavailable {
  const series = `${PROCESS_START} of instance ${JSON.stringify(instance)}`;
  const cause = 'deduplicate replicas, and give each target its own instance';
  return new HistoryUnavailable('labels', `Prometheus has several series ${series}: ${cause}`);
}

function missing(metric: string, label: string): HistoryUnavailable {
  return new HistoryUnavailable(
    'labels',
    `Prometheus has ${metric} without a valid label ${label}: keep the label and all series in metric_relabel_configs`,
  );
}
