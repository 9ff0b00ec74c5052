import type { TrafficEvent } from '../monitor/traffic-events.ts';
import { protocolCatalogue, type MetricDefinition } from './catalogue.ts';
import type { InstrumentFactory } from './instrument-factory.ts';
import type { Counter } from './instruments.ts';

type EventType = TrafficEvent['type'];

/** The value of an event's label. */
export type LabelOf = (event: TrafficEvent, label: string) => string;

/** The counters that the catalogue derives from events. A label takes the event's field with the same name. */
export class EventCounters {
  readonly #counters = new Map<EventType, Counter<MetricDefinition>>();
  readonly #labels = new Map<EventType, readonly string[]>();
  readonly #labelOf: LabelOf;

  constructor(factory: InstrumentFactory, labelOf: LabelOf) {
    this.#labelOf = labelOf;
    for (const definition of Object.values<MetricDefinition>(protocolCatalogue)) {
      const { counts, labels } = definition;
      if (counts === undefined) continue;
      this.#counters.set(counts, factory.counter(definition));
      this.#labels.set(counts, labels);
    }
  }

  onEvent(event: TrafficEvent): void {
    const labels = this.#labels.get(event.type);
    if (labels) this.#counters.get(event.type)?.add(labels.map((label) => this.#labelOf(event, label)));
  }

  /** Starts a series at 0 for each value of the last label, so that `rate()` includes the first event. */
  introduce(type: EventType, labels: readonly string[], values: readonly string[]): void {
    for (const value of values) this.#counters.get(type)?.add([...labels, value], 0);
  }
}

/** The field of a label: `httpStatus` for `http_status`. */
export function fieldOfLabel(label: string): string {
  return label.replaceAll(/_([a-z])/g, (_, letter: string) => letter.toUpperCase());
}
