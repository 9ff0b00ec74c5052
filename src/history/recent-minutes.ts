import type { OperationOutcome } from '../monitor/outcomes.ts';
import { firstMinuteMs, MINUTE_MS, MOST_MINUTES, type MinuteActivity } from './activity-columns.ts';
import { DurationBucket } from './duration-bucket.ts';
import { activityOfOutcomes } from './outcome-summary.ts';

/**
 * The ended operations of each of the last 60 UTC minutes, by name. Only the current minute has a {@link DurationBucket},
 * which takes kilobytes. Past minutes keep three numbers, so that 200 operation names take less than 3 MB instead of
 * 80 MB. Quantiles are within 1 % of the true value.
 *
 * The caller must limit the number of names.
 */
export class RecentMinutes {
  /** Past minutes, by minutes since the epoch. */
  readonly #past = new Map<number, ReadonlyMap<string, MinuteActivity>>();
  // Stryker disable next-line UnaryOperator: no clock is in the first minutes of 1970
  #minute = -1;
  #current = new Map<string, DurationBucket>();

  record(nowMs: number, operation: string, durationSeconds: number, outcome: OperationOutcome): void {
    const minute = Math.floor(nowMs / MINUTE_MS);
    if (minute !== this.#minute) this.#startMinute(minute);
    let bucket = this.#current.get(operation);
    if (!bucket) {
      bucket = new DurationBucket();
      this.#current.set(operation, bucket);
    }
    bucket.add(durationSeconds, outcome);
  }

  /** One row for each of the last `count` minutes, oldest first. The last one contains `nowMs`. */
  last(count: number, nowMs: number): ReadonlyMap<string, MinuteActivity>[] {
    const first = firstMinuteMs(nowMs, count) / MINUTE_MS;
    return Array.from({ length: count }, (_, index) => this.#row(first + index));
  }

  /** Moves all minutes after the clock was set. */
  shift(byMinutes: number): void {
    const past = [...this.#past];
    this.#past.clear();
    for (const [minute, row] of past) this.#past.set(minute + byMinutes, row);
    this.#minute += byMinutes;
  }

  /** Deletes the minutes that ended before `timeMs`. */
  deleteBefore(timeMs: number): void {
    const isExpired = (minute: number) => (minute + 1) * MINUTE_MS <= timeMs;
    for (const minute of this.#past.keys()) if (isExpired(minute)) this.#past.delete(minute);
    if (isExpired(this.#minute)) this.#current.clear();
  }

  #row(minute: number): ReadonlyMap<string, MinuteActivity> {
    return minute === this.#minute ? rowOf(this.#current) : (this.#past.get(minute) ?? new Map());
  }

  /** Starts a new minute. If the clock was set back, repeated minutes start empty. */
  #startMinute(minute: number): void {
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
