import { isOutcome } from '../monitor/outcomes.ts';
import type { Sample } from './checked-query.ts';
import { HistoryUnavailable } from './history-unavailable.ts';

/**
 * Checks that each process has its own `instance`, because a restart is recognized by its new start time. Replicas of
 * Prometheus behind one front end, and targets that share an `instance`, have several series at one time.
 *
 * @param counters - those with an `instance` belong to a process without a start time
 * @throws HistoryUnavailable `labels`
 */
export function expectProcesses(starts: readonly Sample[], counters: readonly Sample[] = []): void {
  const seen = new Set<string>();
  for (const { labels, timeMs } of starts) {
    const { instance } = labels;
    if (!instance) throw missing('process_start_time_seconds', 'instance');
    const key = `${timeMs} ${instance}`;
    if (seen.has(key)) {
      const series = `process_start_time_seconds of instance ${JSON.stringify(instance)}`;
      const cause = 'deduplicate replicas, and give each target its own instance';
      throw new HistoryUnavailable('labels', `Prometheus has several series ${series}: ${cause}`);
    }
    seen.add(key);
  }
  const orphan = counters.find(({ labels }) => 'instance' in labels)?.labels['instance'];
  if (orphan === undefined) return;
  const problem = `Prometheus has no process_start_time_seconds of instance ${JSON.stringify(orphan)}`;
  throw new HistoryUnavailable('labels', `${problem}: keep it in metric_relabel_configs`);
}

/**
 * Checks that each counter of the duration histogram has its labels, and that each histogram has its sum and its total.
 *
 * @param groupOf - distinguishes the counters of different times
 * @throws HistoryUnavailable `labels`
 */
export function expectCounterLabels(
  counters: readonly Sample[],
  histogram: string,
  groupOf: (sample: Sample) => unknown,
): void {
  const [sums, totals] = [new Set<string>(), new Set<string>()];
  for (const sample of counters) {
    const { operation, status, le } = sample.labels;
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

function missing(metric: string, label: string): HistoryUnavailable {
  return new HistoryUnavailable(
    'labels',
    `Prometheus has ${metric} without a valid label ${label}: keep the label and all series in metric_relabel_configs`,
  );
}
