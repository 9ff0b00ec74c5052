import type { OperationOutcome } from '../monitor/outcomes.ts';
import { firstMinuteMs, MINUTE_MS, MOST_MINUTES, type MinuteActivity } from './activity-columns.ts';
import { DurationBucket } from './duration-bucket.ts';
import { activityOfOutcomes } from './outcome-summary.ts';

/**
 * What ended in each of the last 60 UTC minutes, by operation. Only the current minute has all its durations: a bucket
 * of them takes kilobytes, and of a minute that is over nothing but three numbers is ever asked. So 200 operations in
 * 60 minutes take less than 3 MB instead of 80. Quantiles are those of {@link DurationBucket}, within 1 %.
 *
 * Whoever records sees to it that there are not too many names.
 */
export class RecentMinutes {
  /** The minutes that are over, by their number since the epoch. */
  readonly #past = new Map<number, ReadonlyMap<string, MinuteActivity>>();
  // Stryker disable next-line UnaryOperator: no clock is in the first minutes of 1970
  #minute = -1;
  #current = new Map<string, DurationBucket>();

  record(nowMs: number, operation: string, durationSeconds: number, outcome: OperationOutcome): void {
    const minute = Math.floor(nowMs / MINUTE_MS);
    if (minute !== this.#minute) this.#turnTo(minute);
    let bucket = this.#current.get(operation);
    if (!bucket) {
      bucket = new DurationBucket();
      this.#current.set(operation, bucket);
    }
    bucket.add(durationSeconds, outcome);
  }

  /** A row for each of the last `count` minutes, oldest first; the last is the one that `nowMs` is in. */
  last(count: number, nowMs: number): ReadonlyMap<string, MinuteActivity>[] {
    const first = firstMinuteMs(nowMs, count) / MINUTE_MS;
    return Array.from({ length: count }, (_, index) => this.#row(first + index));
  }

  /** Moves everything by some minutes: the clock was set. */
  shift(byMinutes: number): void {
    const past = [...this.#past];
    this.#past.clear();
    for (const [minute, row] of past) this.#past.set(minute + byMinutes, row);
    this.#minute += byMinutes;
  }

  /** Forgets the minutes that were over at `timeMs`. */
  forgetBefore(timeMs: number): void {
    const isForgotten = (minute: number) => (minute + 1) * MINUTE_MS <= timeMs;
    for (const minute of this.#past.keys()) if (isForgotten(minute)) this.#past.delete(minute);
    if (isForgotten(this.#minute)) this.#current.clear();
  }

  #row(minute: number): ReadonlyMap<string, MinuteActivity> {
    return minute === this.#minute ? rowOf(this.#current) : (this.#past.get(minute) ?? new Map());
  }

  /** Once a minute. A clock that was set back has some minutes twice: the second time they begin anew. */
  #turnTo(minute: number): void {
    if (this.#current.size > 0) this.#past.set(this.#minute, rowOf(this.#current));
    for (const past of this.#past.keys()) {
      if (past <= minute - MOST_MINUTES || past >= minute) this.#past.delete(past);
    }
    this.#minute = minute;
    this.#current = new Map();
  }
}

function rowOf(buckets: ReadonlyMap<string, DurationBucket>): ReadonlyMap<string, MinuteActivity> {
  const row = new Map<string, MinuteActivity>();
  for (const [operation, bucket] of buckets) {
    row.set(operation, { ...activityOfOutcomes(bucket.outcomes), p95Duration: bucket.quantile(0.95) });
  }
  return row;
}
