import { LogCollapsingLowestDenseDDSketch as Sketch } from '@datadog/sketches-js';

import { noOutcomes } from '../monitor/outcome-counts.ts';
import { OUTCOME_NAMES, type OperationOutcome } from '../monitor/outcomes.ts';

const RELATIVE_ACCURACY = 0.01;

/** Statistics of the ended operations with one name in one period. Durations are in seconds. Its size is constant. */
export class DurationBucket {
  readonly outcomes = noOutcomes();
  #count = 0;
  #mean = 0;
  /** Sum of squared differences from the mean (Welford). Keeps the deviation exact and mergeable. */
  #squares = 0;
  #min = Infinity;
  #max = 0;
  // Stryker disable next-line ObjectLiteral: the library has the same accuracy by default
  readonly #sketch = new Sketch({ relativeAccuracy: RELATIVE_ACCURACY });

  add(seconds: number, outcome: OperationOutcome): void {
    this.outcomes[outcome] += 1;
    this.#count += 1;
    const delta = seconds - this.#mean;
    this.#mean += delta / this.#count;
    this.#squares += delta * (seconds - this.#mean);
    this.#min = Math.min(this.#min, seconds);
    this.#max = Math.max(this.#max, seconds);
    this.#sketch.accept(seconds);
  }

  /** Adds `other` (Chan's formula for the deviation). */
  merge(other: DurationBucket): void {
    if (other.#count === 0) return;
    const count = this.#count + other.#count;
    const delta = other.#mean - this.#mean;
    this.#squares += other.#squares + (delta * delta * this.#count * other.#count) / count;
    this.#mean += (delta * other.#count) / count;
    this.#count = count;
    this.#min = Math.min(this.#min, other.#min);
    this.#max = Math.max(this.#max, other.#max);
    this.#sketch.merge(other.#sketch);
    for (const outcome of OUTCOME_NAMES) this.outcomes[outcome] += other.outcomes[outcome];
  }

  get count(): number {
    return this.#count;
  }

  get mean(): number {
    return this.#mean;
  }

  get min(): number {
    return this.#count === 0 ? 0 : this.#min;
  }

  get max(): number {
    return this.#max;
  }

  /** Sample standard deviation, with the divisor `count - 1`. */
  get standardDeviation(): number {
    return this.#count < 2 ? 0 : Math.sqrt(this.#squares / (this.#count - 1));
  }

  /** The `q` quantile, within 1 % of the true value and between the minimum and the maximum. */
  quantile(q: number): number {
    if (this.#count <= 1) return this.max;
    const rank = Math.max(Math.ceil(q * this.#count) - 1, 0);
    const value = this.#sketch.getValueAtQuantile(rank / (this.#count - 1));
    return Math.min(Math.max(value, this.#min), this.#max);
  }
}
