import type { Metric, Registry } from 'prom-client';

import type { TraceContext } from '../monitor/traffic-events.ts';
import type { MetricDefinition } from './catalogue.ts';
import { NO_LABELS, type Sample } from './exposition-format.ts';
import type { LabelSetLimiter } from './label-set-limiter.ts';
import { SeriesTable, type LabelValues } from './series-table.ts';

// Counters, gauges and histograms on typed arrays, which a prom-client registry reads like its own metrics. They are
// optimized for recording, because reading happens only once per scrape.

abstract class Instrument<D extends MetricDefinition> {
  readonly aggregator = 'sum';
  protected readonly series: SeriesTable;
  protected readonly definition: D;
  #renderedName: string | null = null;

  constructor(definition: D, limiter: LabelSetLimiter) {
    this.definition = definition;
    this.series = new SeriesTable(definition, limiter);
  }

  protected abstract samples(): Sample[];

  get name(): string {
    return this.definition.name;
  }

  /**
   * An OpenMetrics registry of prom-client assigns the name of a counter without `_total` just before it reads the counter,
   * and appends the suffix to its samples. The counter has this name only for that reading: the registry and all others
   * have it under its full name.
   */
  set name(renderedName: string) {
    this.#renderedName = renderedName;
  }

  get help(): string {
    return this.definition.help;
  }

  get type(): MetricDefinition['type'] {
    return this.definition.type;
  }

  /** Called by prom-client's registry for JSON and for merging, with all labels of each sample. */
  get() {
    const values = this.samples().map(({ sharedLabels, labels, ...sample }) => {
      return { ...sample, labels: { ...labels, ...sharedLabels } };
    });
    return Promise.resolve({ ...this.#described(), values });
  }

  /** Called by prom-client's registry for text. It formats each object of shared labels once, and remembers the result. */
  getForPromString() {
    return Promise.resolve({ ...this.#described(), values: this.samples() });
  }

  #described() {
    const { help, type, aggregator } = this;
    const name = this.#renderedName ?? this.name;
    this.#renderedName = null;
    return { name, help, type, aggregator };
  }

  /**
   * Called by `registry.resetMetrics()`. Counters and histograms begin at 0 again. Gauges are unchanged, because they show
   * a current state, such as the open sessions.
   */
  abstract reset(): void;

  // prom-client's types require its own classes, but its registry uses only the members of this class.
  register(registry: Registry): this {
    registry.registerMetric(this as unknown as Metric);
    return this;
  }
}

/** A growing array of numbers, initially 0. It doubles its size, so that recording rarely allocates. */
class Cells {
  #cells = new Float64Array(16);

  at(index: number): number {
    return this.#cells[index] ?? 0;
  }

  add(index: number, amount: number): void {
    this.set(index, this.at(index) + amount);
  }

  set(index: number, value: number): void {
    if (index >= this.#cells.length) {
      // Stryker disable next-line ArithmeticOperator: doubling only saves copies
      const larger = new Float64Array(Math.max(index + 1, this.#cells.length * 2));
      larger.set(this.#cells);
      this.#cells = larger;
    }
    this.#cells[index] = value;
  }

  zero(): void {
    this.#cells.fill(0);
  }
}

abstract class ScalarInstrument<D extends MetricDefinition> extends Instrument<D> {
  protected readonly cells = new Cells();

  add(values: LabelValues<D>, amount = 1): void {
    this.cells.add(this.series.indexOf(values), amount);
  }

  protected override samples(): Sample[] {
    return this.series.labelSets.map((sharedLabels, index) => ({
      labels: NO_LABELS,
      sharedLabels,
      value: this.cells.at(index),
    }));
  }
}

/** A monotonic counter. `add(labels, 0)` creates a series. */
export class Counter<D extends MetricDefinition> extends ScalarInstrument<D> {
  override reset(): void {
    this.cells.zero();
  }
}

export class Gauge<D extends MetricDefinition> extends ScalarInstrument<D> {
  set(values: LabelValues<D>, value: number): void {
    this.cells.set(this.series.indexOf(values), value);
  }

  /** Removes a series until it is set again. */
  drop(values: LabelValues<D>): void {
    this.set(values, NaN);
  }

  protected override samples(): Sample[] {
    return super.samples().filter(({ value }) => !Number.isNaN(value));
  }

  override reset(): void {}

  /** Sets all existing series to 0. */
  zero(): void {
    this.series.labelSets.forEach((_, index) => this.cells.set(index, 0));
  }
}

/** A gauge that is computed on each scrape. */
export class Computed<D extends MetricDefinition> extends Gauge<D> {
  readonly #compute: (gauge: Gauge<D>) => void;

  constructor(definition: D, limiter: LabelSetLimiter, compute: (gauge: Gauge<D>) => void) {
    super(definition, limiter);
    this.#compute = compute;
  }

  protected override samples(): Sample[] {
    this.#compute(this);
    return super.samples();
  }
}

export class Histogram<D extends MetricDefinition> extends Instrument<D> {
  readonly #bounds: readonly number[];
  /** For each series: the count of each bucket and of +Inf, then the sum. */
  readonly #cells = new Cells();
  readonly #stride: number;
  /** The last exemplar of each bucket, by cell index. */
  readonly #exemplars = new Map<number, NonNullable<Sample['exemplar']>>();

  constructor(definition: D, limiter: LabelSetLimiter) {
    super(definition, limiter);
    this.#bounds = definition.buckets ?? [];
    this.#stride = this.#bounds.length + 2;
  }

  observe(values: LabelValues<D>, value: number, trace: TraceContext | null = null): void {
    const base = this.series.indexOf(values) * this.#stride;
    let bucket = 0;
    while (bucket < this.#bounds.length && value > (this.#bounds[bucket] ?? Infinity)) bucket += 1;
    this.#cells.add(base + bucket, 1);
    this.#cells.add(base + this.#stride - 1, value);
    if (!trace) return;
    const labelSet = { trace_id: trace.traceId, span_id: trace.spanId };
    this.#exemplars.set(base + bucket, { labelSet, value, timestamp: Date.now() / 1000 });
  }

  /** Creates an empty series, so that `rate()` includes its first sample. */
  touch(values: LabelValues<D>): void {
    this.series.indexOf(values);
  }

  override reset(): void {
    this.#cells.zero();
    this.#exemplars.clear();
  }

  protected override samples(): Sample[] {
    const { name } = this;
    return this.series.labelSets.flatMap((sharedLabels, index) => {
      const base = index * this.#stride;
      let count = 0;
      const buckets = [...this.#bounds, '+Inf'].map((le, bucket): Sample => {
        count += this.#cells.at(base + bucket);
        const exemplar = this.#exemplars.get(base + bucket);
        return { metricName: `${name}_bucket`, labels: { le }, sharedLabels, value: count, exemplar };
      });
      const sum = this.#cells.at(base + this.#stride - 1);
      return [
        ...buckets,
        { metricName: `${name}_sum`, labels: NO_LABELS, sharedLabels, value: sum },
        { metricName: `${name}_count`, labels: NO_LABELS, sharedLabels, value: count },
      ];
    });
  }
}
