import { Registry } from 'prom-client';

import { exporterCatalogue, MAX_SERVERS, type MetricDefinition } from './catalogue.ts';
import { Computed, Counter, Gauge, Histogram } from './instruments.ts';
import { LabelLimiter } from '../monitor/label-limiter.ts';

/** Creates instruments on one registry, and counts their label overflows. */
export class InstrumentFactory {
  readonly registry: Registry;
  /** The server names in all metrics. */
  readonly servers: LabelLimiter;
  readonly #overflow: Counter<typeof exporterCatalogue.labelOverflow>;
  readonly #countOverflow = (label: string): void => this.#overflow.add([label]);

  constructor(registry = new Registry()) {
    this.registry = registry;
    this.#overflow = new Counter(exporterCatalogue.labelOverflow, () => undefined).register(this.registry);
    this.servers = this.limiter('mcp_server_name', MAX_SERVERS - 1);
  }

  counter<const D extends MetricDefinition>(definition: D): Counter<D> {
    return new Counter(definition, this.#countOverflow).register(this.registry);
  }

  gauge<const D extends MetricDefinition>(definition: D): Gauge<D> {
    return new Gauge(definition, this.#countOverflow).register(this.registry);
  }

  computed<const D extends MetricDefinition>(definition: D, compute: (gauge: Gauge<D>) => void): Gauge<D> {
    return new Computed(definition, this.#countOverflow, compute).register(this.registry);
  }

  histogram<const D extends MetricDefinition>(definition: D): Histogram<D> {
    return new Histogram(definition, this.#countOverflow).register(this.registry);
  }

  /** Creates a limiter for a label with external values. */
  limiter(label: string, maxValues: number): LabelLimiter {
    this.#overflow.add([label], 0);
    return new LabelLimiter(maxValues, () => this.#countOverflow(label));
  }
}
