import type { HistoryReader } from '../api/history-answers.ts';
import { OTHER } from '../monitor/other-label.ts';
import { MINUTE_MS, MOST_MINUTES } from './activity-columns.ts';
import { isoTime } from './checked-query.ts';
import { HistoryUnavailable } from './history-unavailable.ts';

/** Prometheus has counted an operation by this time after its end. It is Prometheus' default lookback. */
const COUNTED_AFTER_MS = 300_000;

/** The number of operations by name that Prometheus has since a time. */
export interface CountedOperations {
  readonly sinceMs: number;
  readonly counts: ReadonlyMap<string, number>;
  /** Undefined if all operations were counted. */
  readonly operation?: string | undefined;
}

/**
 * Checks that Prometheus has at least the operations of this process in the last hour. It has fewer if it does not scrape
 * this process, or if a front end leaves out its series or repeats old values.
 *
 * The metrics and this process have different limits of names. So each name may be part of `_OTHER` there, and any name may
 * be part of `_OTHER` here.
 *
 * @param local - the history of this process
 * @throws HistoryUnavailable `incomplete`
 */
export async function expectOwnOperations(
  local: HistoryReader,
  { sinceMs, counts, operation }: CountedOperations,
  nowMs: number,
): Promise<void> {
  const { startTime, operations } = await local.activity(MOST_MINUTES, operation);
  const isCounted = (minute: number) => {
    const startMs = startTime.getTime() + minute * MINUTE_MS;
    return startMs >= sinceMs && startMs + MINUTE_MS + COUNTED_AFTER_MS <= nowMs;
  };
  const others = counts.get(OTHER) ?? 0;
  const all = totalOf([...counts.values()]);
  for (const [name, { count }] of Object.entries(operations)) {
    const counted = name === OTHER ? all : (counts.get(name) ?? 0) + others;
    const own = totalOf(count.filter((_, minute) => isCounted(minute)));
    if (counted >= own) continue;
    const found = `Prometheus has ${counted} operations ${JSON.stringify(name)} since ${isoTime(sinceMs)}`;
    const remedy = 'let Prometheus scrape this exporter';
    throw new HistoryUnavailable('incomplete', `${found}, this process alone has ${own}: ${remedy}`);
  }
}

export function totalOf(counts: readonly number[]): number {
  return counts.reduce((sum, each) => sum + each, 0);
}
