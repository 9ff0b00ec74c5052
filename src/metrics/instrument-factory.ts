import { Registry } from 'prom-client';

import { LabelLimiter } from '../monitor/label-limiter.ts';
import { exporterCatalogue, LABELS, MAX_SERVERS, type MetricDefinition } from './catalogue.ts';
import { Computed, Counter, Gauge, Histogram } from './instruments.ts';
import { LabelSetLimiter } from './label-set-limiter.ts';
import { NameLimiter, type NamePurposes } from './name-limiter.ts';
import { SeriesBudget } from './series-budget.ts';

/** Creates instruments on one registry with shared limits, and counts their label overflows. */
export class InstrumentFactory {
  readonly registry: Registry;
  /** The server names in all metrics. */
  readonly servers: LabelLimiter;
  readonly #budget: SeriesBudget;
  readonly #overflow: Counter<typeof exporterCatalogue.labelOverflow>;
  readonly #countOverflow = (label: string): void => this.#overflow.add([label]);

  /** @param maxSeries - METRICS_MAX_SERIES */
  constructor(maxSeries: number, registry = new Registry()) {
    this.registry = registry;
    this.#budget = new SeriesBudget(maxSeries);
    const limiter = new LabelSetLimiter(exporterCatalogue.labelOverflow, this.#budget, () => undefined);
    this.#overflow = new Counter(exporterCatalogue.labelOverflow, limiter).register(this.registry);
    this.servers = this.limiter(LABELS.server, MAX_SERVERS);
  }

  counter<const D extends MetricDefinition>(definition: D): Counter<D> {
    return new Counter(definition, this.#limiterOf(definition)).register(this.registry);
  }

  gauge<const D extends MetricDefinition>(definition: D): Gauge<D> {
    return new Gauge(definition, this.#limiterOf(definition)).register(this.registry);
  }

  computed<const D extends MetricDefinition>(definition: D, compute: (gauge: Gauge<D>) => void): Gauge<D> {
    return new Computed(definition, this.#limiterOf(definition), compute).register(this.registry);
  }

  histogram<const D extends MetricDefinition>(definition: D): Histogram<D> {
    return new Histogram(definition, this.#limiterOf(definition)).register(this.registry);
  }

  /** Creates a limiter for a label with external values. */
  limiter(label: string, maxValues: number): LabelLimiter {
    this.#overflow.add([label], 0);
    return new LabelLimiter(maxValues, () => this.#countOverflow(label));
  }

  /** Creates a limiter for a label with the names of a server's tools, prompts or operations. */
  names(label: string, purposes?: NamePurposes): NameLimiter {
    this.#overflow.add([label], 0);
    return new NameLimiter(this.#budget, () => this.#countOverflow(label), purposes);
  }

  #limiterOf(definition: MetricDefinition): LabelSetLimiter {
    return new LabelSetLimiter(definition, this.#budget, this.#countOverflow);
  }
}
