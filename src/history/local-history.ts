import type { Clock } from '../monitor/clock.ts';
import { successPercent } from '../monitor/outcome-counts.ts';
import type { OperationOutcome } from '../monitor/outcomes.ts';
import type { Config } from '../settings/config.ts';
import { activityAnswer, firstMinuteMs, MINUTE_MS } from './activity-columns.ts';
import { DurationBucket } from './duration-bucket.ts';
import type {
  ActivityAnswer,
  HistoryReader,
  MetricsSummary,
  SummariesAnswer,
  SummaryAnswer,
  TrendAnswer,
  TrendRow,
} from '../api/history-answers.ts';
import { summarizeOutcomes } from './outcome-summary.ts';
import { RecentMinutes } from './recent-minutes.ts';
import { SteadyTime } from './steady-time.ts';

const HOUR_MS = 3_600_000;
const DAY_HOURS = 24;
const DAY_MS = DAY_HOURS * HOUR_MS;
/** Older hours are merged into their UTC day. */
const HOURS_KEPT = 48;

/** The buckets of one operation, by hours or UTC days since the epoch. */
interface Buckets {
  readonly hours: Map<number, DurationBucket>;
  readonly days: Map<number, DurationBucket>;
}

/**
 * A history in memory. Each operation has one bucket for each of the last 48 hours and for each earlier UTC day. Time
 * windows are rounded to whole hours, or to whole days beyond 48 hours. The last hour is also kept by minute.
 */
export class LocalHistory implements HistoryReader {
  readonly #clock: Clock;
  readonly #time: SteadyTime;
  readonly #retentionDays: number;
  readonly #operations = new Map<string, Buckets>();
  readonly #minutes = new RecentMinutes();
  // Stryker disable next-line UnaryOperator: no clock is in the first hours of 1970
  #compactedHour = -1;

  constructor(clock: Clock, { retentionDays }: Pick<Config, 'retentionDays'>) {
    this.#clock = clock;
    this.#time = new SteadyTime(clock, (byMs) => this.#onClockSet(byMs));
    this.#retentionDays = retentionDays;
  }

  record(operation: string, durationSeconds: number, outcome: OperationOutcome): void {
    const nowMs = this.#now();
    const hour = Math.floor(nowMs / HOUR_MS);
    let buckets = this.#operations.get(operation);
    if (!buckets) {
      buckets = { hours: new Map(), days: new Map() };
      this.#operations.set(operation, buckets);
    }
    bucketAt(buckets.hours, hour).add(durationSeconds, outcome);
    this.#minutes.record(nowMs, operation, durationSeconds, outcome);
  }

  async summary(operation: string, hours: number): Promise<SummaryAnswer> {
    this.#now();
    return { source: 'local', ...summarize(this.#window(this.#operations.get(operation), hours)) };
  }

  async summaries(hours: number): Promise<SummariesAnswer> {
    this.#now();
    const operations = Object.fromEntries(
      [...this.#operations]
        .map(([operation, buckets]) => [operation, this.#window(buckets, hours)] as const)
        .filter(([, bucket]) => bucket.count > 0)
        .map(([operation, bucket]) => [operation, summarize(bucket)]),
    );
    return { source: 'local', operations };
  }

  async trend(operation: string, days: number): Promise<TrendAnswer> {
    this.#now();
    const buckets = this.#operations.get(operation);
    return { source: 'local', trend: buckets ? this.#days(buckets, days) : [] };
  }

  async activity(minutes: number, operation?: string): Promise<ActivityAnswer> {
    const nowMs = this.#now();
    const rows = this.#minutes.last(minutes, nowMs);
    return activityAnswer('local', firstMinuteMs(nowMs, minutes), rows, operation);
  }

  /** Deletes buckets that are older than `daysToKeep` days. */
  clear(daysToKeep: number): void {
    const oldestMs = this.#time.now() - daysToKeep * DAY_MS;
    this.#minutes.deleteBefore(oldestMs);
    for (const [operation, { hours, days }] of this.#operations) {
      deleteBefore(hours, oldestMs, HOUR_MS);
      deleteBefore(days, oldestMs, DAY_MS);
      if (hours.size === 0 && days.size === 0) this.#operations.delete(operation);
    }
  }

  #days(buckets: Buckets, days: number): TrendRow[] {
    const firstDay = Math.floor(this.#now() / DAY_MS) - days + 1;
    const byDay = new Map<number, DurationBucket>();
    for (const [day, bucket] of buckets.days) if (day >= firstDay) bucketAt(byDay, day).merge(bucket);
    for (const [hour, bucket] of buckets.hours) {
      const day = Math.floor(hour / DAY_HOURS);
      if (day >= firstDay) bucketAt(byDay, day).merge(bucket);
    }
    return [...byDay].toSorted(([a], [b]) => a - b).map(([day, bucket]) => trendRow(day, bucket));
  }

  #window(buckets: Buckets | undefined, hours: number): DurationBucket {
    const merged = new DurationBucket();
    if (!buckets) return merged;
    const nowMs = this.#now();
    const firstHour = Math.floor((nowMs - hours * HOUR_MS) / HOUR_MS);
    for (const [hour, bucket] of buckets.hours) if (hour >= firstHour) merged.merge(bucket);
    if (firstHour >= Math.floor(nowMs / HOUR_MS) - HOURS_KEPT) return merged;
    const firstDay = Math.floor(firstHour / DAY_HOURS);
    for (const [day, bucket] of buckets.days) if (day >= firstDay) merged.merge(bucket);
    return merged;
  }

  /** The current time. Deletes expired buckets first, also if no operation has ended for a long time. */
  #now(): number {
    const nowMs = this.#time.now();
    const hour = Math.floor(nowMs / HOUR_MS);
    if (hour !== this.#compactedHour) this.#compact(hour);
    return nowMs;
  }

  /** Moves all buckets by whole minutes, hours or days after the clock was set. */
  #onClockSet(byMs: number): void {
    const nowMs = this.#clock.now();
    this.#minutes.shift(Math.round(byMs / MINUTE_MS));
    for (const [operation, { hours, days }] of this.#operations) {
      this.#operations.set(operation, {
        hours: shifted(hours, Math.round(byMs / HOUR_MS), Math.floor(nowMs / HOUR_MS)),
        days: shifted(days, Math.round(byMs / DAY_MS), Math.floor(nowMs / DAY_MS)),
      });
    }
  }

  /** Runs once an hour: merges old hours into their days and deletes buckets beyond the retention and in the future. */
  #compact(hour: number): void {
    this.#compactedHour = hour;
    for (const { hours, days } of this.#operations.values()) {
      deleteAfter(hours, hour);
      deleteAfter(days, Math.floor(hour / DAY_HOURS));
      for (const [old, bucket] of hours) {
        if (old >= hour - HOURS_KEPT) continue;
        bucketAt(days, Math.floor(old / DAY_HOURS)).merge(bucket);
        hours.delete(old);
      }
    }
    this.clear(this.#retentionDays);
  }
}

/** Rounding may not move a bucket beyond `latest`, because its operations have ended. */
function shifted(
  buckets: ReadonlyMap<number, DurationBucket>,
  by: number,
  latest: number,
): Map<number, DurationBucket> {
  const moved = new Map<number, DurationBucket>();
  for (const [index, bucket] of buckets) bucketAt(moved, Math.min(index + by, latest)).merge(bucket);
  return moved;
}

function bucketAt(buckets: Map<number, DurationBucket>, index: number): DurationBucket {
  let bucket = buckets.get(index);
  if (!bucket) {
    bucket = new DurationBucket();
    buckets.set(index, bucket);
  }
  return bucket;
}

/** Deletes the buckets that the clock has not reached: it was ahead when their operations ended. */
function deleteAfter(buckets: Map<number, DurationBucket>, latest: number): void {
  for (const index of buckets.keys()) if (index > latest) buckets.delete(index);
}

/** Deletes the buckets that ended before `oldestMs`. */
function deleteBefore(buckets: Map<number, DurationBucket>, oldestMs: number, spanMs: number): void {
  for (const index of buckets.keys()) if ((index + 1) * spanMs <= oldestMs) buckets.delete(index);
}

function summarize(bucket: DurationBucket): MetricsSummary {
  return {
    count: bucket.count,
    ...summarizeOutcomes(bucket.outcomes),
    avgDuration: bucket.mean,
    minDuration: bucket.min,
    maxDuration: bucket.max,
    medianDuration: bucket.quantile(0.5),
    p95Duration: bucket.quantile(0.95),
    p99Duration: bucket.quantile(0.99),
    stdDeviation: bucket.standardDeviation,
  };
}

function trendRow(day: number, bucket: DurationBucket): TrendRow {
  return {
    date: new Date(day * DAY_MS).toISOString().slice(0, 10),
    count: bucket.count,
    successRate: successPercent(bucket.outcomes) ?? 0,
    avgDuration: bucket.mean,
    minDuration: bucket.min,
    maxDuration: bucket.max,
  };
}
