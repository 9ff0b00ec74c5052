import { exporterCatalogue } from './catalogue.ts';
import type { InstrumentFactory } from './instrument-factory.ts';

/** Why a feed client did not get an event. */
type DropReason = 'coalesced' | 'closed';

/** The exporter's table of the catalogue. */
export class ExporterMetrics {
  readonly #feedClients;
  readonly #feedEvents;
  readonly #feedDropped;
  readonly #observerErrors;
  readonly #scrapeDuration;

  constructor(factory: InstrumentFactory, version: string) {
    factory.gauge(exporterCatalogue.buildInfo).set([version, process.versions.node], 1);
    this.#feedClients = factory.gauge(exporterCatalogue.feedClients);
    this.#feedEvents = factory.counter(exporterCatalogue.feedEvents);
    this.#feedDropped = factory.counter(exporterCatalogue.feedDropped);
    this.#observerErrors = factory.counter(exporterCatalogue.observerErrors);
    this.#scrapeDuration = factory.histogram(exporterCatalogue.scrapeDuration);

    this.#feedClients.set([], 0);
    this.#feedEvents.add([], 0);
    for (const reason of ['coalesced', 'closed']) this.#feedDropped.add([reason], 0);
    this.#observerErrors.add([], 0);
    this.#scrapeDuration.touch([]);
  }

  feedClients(count: number): void {
    this.#feedClients.set([], count);
  }

  feedEvents(count: number): void {
    this.#feedEvents.add([], count);
  }

  feedDropped(reason: DropReason, count: number): void {
    this.#feedDropped.add([reason], count);
  }

  observerError(): void {
    this.#observerErrors.add([], 1);
  }

  scraped(durationSeconds: number): void {
    this.#scrapeDuration.observe([], durationSeconds);
  }
}
