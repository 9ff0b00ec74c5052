import type { MetricsSummary } from '../api/history-answers.ts';
import { endedOf, noOutcomes, type OutcomeCounts } from '../monitor/outcome-counts.ts';
import { isOutcome, mapOutcomes } from '../monitor/outcomes.ts';
import type { MinuteActivity } from './activity-columns.ts';
import { activityOfOutcomes, summarizeOutcomes } from './outcome-summary.ts';

/** The operations with durations above `lower`, up to and including `upper`, in seconds. */
interface Bucket {
  readonly lower: number;
  readonly upper: number;
  readonly count: number;
}

/**
 * The growth of one operation's duration histograms, and estimates of the durations. A histogram has the count of each
 * bucket and the sum of all durations, but not their positions within a bucket.
 */
export class HistogramGrowth {
  #sumSeconds = 0;
  readonly #outcomes = noOutcomes();
  /** Cumulative counts by upper bound. */
  readonly #cumulative = new Map<number, number>();

  /**
   * Adds the growth of one series, or a part of it. Parts may be negative.
   *
   * @param le - the bucket's bound as Prometheus writes it (`1` and `1.0` are equal); undefined for the sum
   */
  add(status: string | undefined, le: string | undefined, value: number): void {
    if (!isOutcome(status)) return;
    if (le === undefined) {
      this.#sumSeconds += value;
      return;
    }
    const bound = le === '+Inf' ? Infinity : Number(le);
    if (bound === Infinity) this.#outcomes[status] += value;
    this.#cumulative.set(bound, (this.#cumulative.get(bound) ?? 0) + value);
  }

  /**
   * Counts and mean are exact. Quantiles are interpolated within a bucket, as in `histogram_quantile()`. Minimum and
   * maximum are the bounds of the outermost non-empty buckets. The deviation is computed from the middles of the buckets.
   * For a single operation, all durations equal the mean.
   */
  summarize(): MetricsSummary {
    const counts = this.#counts;
    const count = endedOf(counts);
    const mean = count === 0 ? 0 : Math.max(this.#sumSeconds, 0) / count;
    return {
      count,
      ...summarizeOutcomes(counts),
      avgDuration: mean,
      ...(count < 2 ? durationsOfOne(mean) : estimateDurations(this.#buckets(mean), mean)),
    };
  }

  /** Whether a counter decreased, which growth across restarts never does. */
  get isNegative(): boolean {
    return [...this.#cumulative.values()].some((count) => count < -0.5);
  }

  /** The growth as the activity of one minute. */
  activity(): MinuteActivity {
    return { ...activityOfOutcomes(this.#counts), p95Duration: this.summarize().p95Duration };
  }

  get #counts(): OutcomeCounts {
    return mapOutcomes((outcome) => whole(this.#outcomes[outcome]));
  }

  /** The non-empty buckets, lowest first. */
  #buckets(mean: number): Bucket[] {
    const bounds = [...this.#cumulative.keys()].toSorted((a, b) => a - b);
    const total = this.#cumulative.get(Infinity) ?? 0;
    const buckets: Bucket[] = [];
    let lower = 0;
    let below = 0;
    for (const bound of bounds) {
      // Series of different scrapes may contradict each other. Clamps to the total, which equals the counts.
      const upTo = Math.min(Math.max(this.#cumulative.get(bound) ?? 0, below), total);
      // Durations above the last bound count as that bound, as in histogram_quantile(), unless the mean is higher.
      const upper = bound === Infinity ? Math.max(lower, mean) : bound;
      if (whole(upTo - below) > 0) buckets.push({ lower, upper, count: upTo - below });
      lower = bound;
      below = upTo;
    }
    return buckets;
  }
}

type Durations = Pick<
  MetricsSummary,
  'minDuration' | 'maxDuration' | 'medianDuration' | 'p95Duration' | 'p99Duration' | 'stdDeviation'
>;

function durationsOfOne(seconds: number): Durations {
  return {
    minDuration: seconds,
    maxDuration: seconds,
    medianDuration: seconds,
    p95Duration: seconds,
    p99Duration: seconds,
    stdDeviation: 0,
  };
}

function estimateDurations(buckets: readonly Bucket[], mean: number): Durations {
  return {
    minDuration: Math.min(buckets[0]?.lower ?? mean, mean),
    maxDuration: Math.max(buckets.at(-1)?.upper ?? mean, mean),
    medianDuration: quantile(buckets, 0.5),
    p95Duration: quantile(buckets, 0.95),
    p99Duration: quantile(buckets, 0.99),
    stdDeviation: deviation(buckets),
  };
}

function quantile(buckets: readonly Bucket[], q: number): number {
  let rank = q * total(buckets);
  for (const { lower, upper, count } of buckets) {
    if (rank <= count) return lower + (upper - lower) * (rank / count);
    rank -= count;
  }
  return buckets.at(-1)?.upper ?? 0;
}

/** Sample standard deviation, with the divisor `count - 1`. */
function deviation(buckets: readonly Bucket[]): number {
  const count = total(buckets);
  const middles = buckets.map((bucket) => ({ ...bucket, middle: (bucket.lower + bucket.upper) / 2 }));
  const mean = middles.reduce((sum, { middle, count }) => sum + middle * count, 0) / count;
  const squares = middles.reduce((sum, { middle, count }) => sum + (middle - mean) ** 2 * count, 0);
  return count < 2 ? 0 : Math.sqrt(squares / (count - 1));
}

function total(buckets: readonly Bucket[]): number {
  return buckets.reduce((sum, { count }) => sum + count, 0);
}

/** Rounds to a non-negative integer, because counters are integers and only grow. */
function whole(count: number): number {
  return Math.max(Math.round(count), 0);
}
