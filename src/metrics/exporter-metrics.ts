import { performance } from 'node:perf_hooks';

import { exporterCatalogue } from './catalogue.ts';
import { FALLBACK_REASONS, type FallbackReason } from '../monitor/fallback-reasons.ts';
import { REFUSAL_REASONS, type RefusalReason } from '../monitor/refusal-reasons.ts';
import type { OwnEvent } from '../monitor/events.ts';
import { FAULT_PARTS } from '../monitor/faults.ts';
import type { Config } from '../settings/config.ts';
import { LIMITS } from '../monitor/limits.ts';
import type { InstrumentFactory } from './instrument-factory.ts';

/** Why an event was not sent to a feed client. */
type DropReason = 'coalesced' | 'closed';

/** Results of notifications to the alert webhook. */
const NOTIFICATION_RESULTS = ['delivered', 'failed', 'dropped'] as const;
export type NotificationResult = (typeof NOTIFICATION_RESULTS)[number];

/** Results of events from reporters. */
const REPORT_RESULTS = ['accepted', 'duplicate', 'lost'] as const;
type ReportResult = (typeof REPORT_RESULTS)[number];

/** Updates the metrics of {@link exporterCatalogue}. */
export class ExporterMetrics {
  readonly #feedClients;
  readonly #feedEvents;
  readonly #feedDropped;
  readonly #pageInfo;
  readonly #alertNotifications;
  readonly #historyFallbacks;
  readonly #reporters;
  readonly #reportedEvents;
  readonly #faults;
  readonly #limitReached;
  readonly #refusedRequests;
  readonly #scrapeDuration;
  #droppedLogLines = (): number => 0;

  constructor(factory: InstrumentFactory, version: string, config: Pick<Config, 'sloObjectivePercent'>) {
    factory.gauge(exporterCatalogue.buildInfo).set([version, process.versions.node], 1);
    factory.gauge(exporterCatalogue.sloObjective).set([], config.sloObjectivePercent / 100);
    this.#pageInfo = factory.gauge(exporterCatalogue.pageInfo);
    this.#alertNotifications = factory.counter(exporterCatalogue.alertNotifications);
    this.#historyFallbacks = factory.counter(exporterCatalogue.historyFallbacks);
    this.#feedClients = factory.gauge(exporterCatalogue.feedClients);
    this.#feedEvents = factory.counter(exporterCatalogue.feedEvents);
    this.#feedDropped = factory.counter(exporterCatalogue.feedDropped);
    this.#reporters = factory.gauge(exporterCatalogue.reporters);
    this.#reportedEvents = factory.counter(exporterCatalogue.reportedEvents);
    this.#faults = factory.counter(exporterCatalogue.faults);
    this.#limitReached = factory.counter(exporterCatalogue.limitReached);
    this.#refusedRequests = factory.counter(exporterCatalogue.refusedRequests);
    this.#scrapeDuration = factory.histogram(exporterCatalogue.scrapeDuration);
    factory.computed(exporterCatalogue.eventLoopActive, (counter) =>
      counter.set([], performance.eventLoopUtilization().active / 1000),
    );

    factory.computed(exporterCatalogue.droppedLogLines, (counter) =>
      counter.set([], this.#droppedLogLines()),
    );

    this.#feedClients.set([], 0);
    this.#feedEvents.add([], 0);
    for (const reason of ['coalesced', 'closed']) this.#feedDropped.add([reason], 0);
    for (const result of NOTIFICATION_RESULTS) this.#alertNotifications.add([result], 0);
    for (const reason of FALLBACK_REASONS) this.#historyFallbacks.add([reason], 0);
    this.#reporters.set([], 0);
    for (const result of REPORT_RESULTS) this.#reportedEvents.add([result], 0);
    for (const part of FAULT_PARTS) this.#faults.add([part], 0);
    for (const limit of Object.keys(LIMITS)) this.#limitReached.add([limit], 0);
    for (const reason of REFUSAL_REASONS) this.#refusedRequests.add([reason], 0);
    this.#scrapeDuration.touch([]);
  }

  /** Sets the address of the live page. */
  page(url: string): void {
    this.#pageInfo.set([url], 1);
  }

  alertNotification(result: NotificationResult): void {
    this.#alertNotifications.add([result], 1);
  }

  historyFallback(reason: FallbackReason): void {
    this.#historyFallbacks.add([reason], 1);
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

  reporters(count: number): void {
    this.#reporters.set([], count);
  }

  reportedEvents(result: ReportResult, count: number): void {
    this.#reportedEvents.add([result], count);
  }

  requestRefused(reason: RefusalReason): void {
    this.#refusedRequests.add([reason], 1);
  }

  /** @param count - returns the number of dropped log lines since the start */
  countDroppedLogLines(count: () => number): void {
    this.#droppedLogLines = count;
  }

  onEvent(event: OwnEvent): void {
    if (event.type === 'part_failed') this.#faults.add([event.part], 1);
    else this.#limitReached.add([event.limit], event.count);
  }

  scraped(durationSeconds: number): void {
    this.#scrapeDuration.observe([], durationSeconds);
  }
}
