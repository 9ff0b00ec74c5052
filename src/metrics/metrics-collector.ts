import { collectDefaultMetrics, Registry } from 'prom-client';

import { MOST_MINUTES } from '../history/activity-columns.ts';
import type {
  ActivityAnswer,
  HistoryReader,
  SummariesAnswer,
  SummaryAnswer,
  TrendAnswer,
} from '../history/history.ts';
import { LocalHistory } from '../history/local-history.ts';
import { systemClock, type Clock } from '../monitor/clock.ts';
import type { MonitorEvent, OperationEvent } from '../monitor/events.ts';
import { ExporterMetrics } from './exporter-metrics.ts';
import { InstrumentFactory } from './instrument-factory.ts';
import { renderOpenMetrics } from './open-metrics.ts';
import { renderText } from './text-exposition.ts';
import { OperationMetrics, type Thresholds } from './operation-metrics.ts';
import { ProtocolMetrics } from './protocol-metrics.ts';

export interface MetricsCollectorOptions {
  /** @defaultValue the system's clocks */
  clock?: Clock;
  /**
   * Days that summaries and trends reach back.
   * @defaultValue 30
   */
  retentionDays?: number;
  /** @defaultValue slow above 5 s, high error rate above 10 % */
  thresholds?: Thresholds;
  /**
   * The share of tool calls that must succeed, in percent, on `mcp_exporter_slo_objective_ratio`.
   * @defaultValue 99
   */
  sloObjectivePercent?: number;
  /**
   * Whether a request's trace context becomes an exemplar on its duration, in OpenMetrics.
   * @defaultValue true
   */
  hasExemplars?: boolean;
  /**
   * The prom-client registry to register on, where the program has one.
   * @defaultValue a new one
   */
  registry?: Registry;
  /** Called with what a metric of the program threw as it was read. @defaultValue it is ignored */
  onMetricError?: (error: unknown) => void;
  /**
   * Makes what summaries and trends are read from, given what this process remembers itself.
   * @defaultValue what this process remembers
   */
  history?: (local: HistoryReader) => HistoryReader;
  /**
   * The version on `mcp_exporter_build_info`.
   * @defaultValue `''`
   */
  version?: string;
}

/** One operation that ended, told by whoever ran it. */
export interface PerformanceMetric {
  operationType: string;
  /** Seconds. */
  duration: number;
  /** Bytes. */
  memoryUsage?: number;
  /** Seconds of CPU time. */
  cpuUsage?: number;
  /** @defaultValue true, or false where there is an `errorMessage` */
  success?: boolean;
  /** Makes the operation a failed one; the text itself is unbounded and is not kept. */
  errorMessage?: string;
}

/** The text of `/metrics` and how it is labelled. */
export interface Exposition {
  readonly contentType: string;
  readonly body: string;
}

// prom-client gives these gauges the suffix of a counter, which `promtool check metrics` refuses; the same
// numbers are on nodejs_active_resources and its like, by type.
const MISNAMED = [
  'nodejs_active_resources_total',
  'nodejs_active_handles_total',
  'nodejs_active_requests_total',
];

/**
 * Counts and times operations for Prometheus, on a prom-client registry of its own, and remembers their summaries
 * by minute, hour and day. Fed by a {@link SessionRegistry}'s events through {@link onEvent}, or by hand through
 * {@link recordMetric}. Its memory does not grow with traffic.
 *
 * @example
 * ```ts
 * const collector = new MetricsCollector();
 * collector.recordMetric({ operationType: 'import', duration: 2.5 });
 * const { successRate } = await collector.getMetricsSummary('import'); // 100
 * ```
 */
export class MetricsCollector {
  /** The prom-client registry behind `/metrics`. */
  readonly registry: Registry;
  /** What the exporter tells of itself. */
  readonly exporter: ExporterMetrics;
  readonly #clock: Clock;
  readonly #localHistory: LocalHistory;
  readonly #history: HistoryReader;
  readonly #operations: OperationMetrics;
  readonly #protocol: ProtocolMetrics;
  readonly #onMetricError: (error: unknown) => void;
  readonly #registered: string[];

  constructor(options: MetricsCollectorOptions = {}) {
    const { clock = systemClock, retentionDays = 30, version = '', sloObjectivePercent = 99 } = options;
    const { history = (local: HistoryReader) => local } = options;
    const { thresholds = { slowOperationSeconds: 5, highErrorRatePercent: 10 } } = options;
    const before = new Set(options.registry ? namesOf(options.registry) : []);
    const factory = new InstrumentFactory(options.registry);
    this.registry = factory.registry;
    this.#onMetricError = options.onMetricError ?? (() => undefined);
    this.#clock = clock;
    this.#localHistory = new LocalHistory(clock, retentionDays);
    this.#history = history(this.#localHistory);
    this.#operations = new OperationMetrics(factory, clock, thresholds);
    this.#protocol = new ProtocolMetrics(factory, clock, options.hasExemplars ?? true);
    this.exporter = new ExporterMetrics(factory, version, sloObjectivePercent);
    this.#registered = namesOf(this.registry).filter((name) => !before.has(name));
  }

  /** Takes note of one event of a registry or a monitor. */
  readonly onEvent = (event: MonitorEvent): void => {
    switch (event.type) {
      case 'operation':
        return this.#onOperation(event);
      case 'session':
        return;
      case 'files_scanned':
      case 'issues_found':
      case 'fixes_tried':
        return this.#operations.onPipelineEvent(event);
      case 'limit_reached':
      case 'part_failed':
        return this.exporter.onEvent(event);
      default:
        return this.#protocol.onEvent(event);
    }
  };

  /**
   * Records one operation that ended.
   *
   * @throws TypeError for an empty `operationType`, or a number that is negative or not finite
   */
  recordMetric(metric: PerformanceMetric): void {
    const { operationType, duration, memoryUsage, cpuUsage, errorMessage } = metric;
    const { success = errorMessage === undefined } = metric;
    if (typeof operationType !== 'string' || operationType === '') {
      throw new TypeError(
        `operationType: expected a text that is not empty, received ${JSON.stringify(operationType)}`,
      );
    }
    requireAmount('duration', duration);
    if (memoryUsage !== undefined) requireAmount('memoryUsage', memoryUsage);
    if (cpuUsage !== undefined) requireAmount('cpuUsage', cpuUsage);
    const name = this.#operations.labelFor(operationType);
    const outcome = success ? 'completed' : 'failed';
    this.#operations.recordEnd(name, duration, outcome);
    this.#operations.recordUsage(name, memoryUsage, cpuUsage);
    this.#localHistory.record(name, duration, outcome);
  }

  /** The summary of one operation, all zeros where nothing is known of it. */
  getMetricsSummary(operationType: string, timeWindowHours?: number): Promise<SummaryAnswer>;
  /** The summaries of all operations that ended in the window, by name. */
  getMetricsSummary(operationType?: undefined, timeWindowHours?: number): Promise<SummariesAnswer>;
  /** @throws TypeError for a window that is not a positive number */
  async getMetricsSummary(
    operationType?: string,
    timeWindowHours = 24,
  ): Promise<SummaryAnswer | SummariesAnswer> {
    requirePositive('timeWindowHours', timeWindowHours);
    if (operationType === undefined) return this.#history.summaries(timeWindowHours);
    return this.#history.summary(operationType, timeWindowHours);
  }

  /**
   * A row for each of the last `days` UTC days, today among them, that had such operations, oldest first.
   *
   * @throws TypeError for a number of days that is not positive
   */
  async getPerformanceTrend(operationType: string, days = 7): Promise<TrendAnswer> {
    requirePositive('days', days);
    return this.#history.trend(operationType, days);
  }

  /**
   * Of every operation that ended in the last `minutes` UTC minutes, or of one: how many each minute, how many of
   * them failed, and the 95th percentile of their durations. The current minute is the last, and is not over.
   *
   * @throws TypeError for a number of minutes that is not a whole one from 1 to 60
   */
  async getRecentActivity(minutes: number = MOST_MINUTES, operationType?: string): Promise<ActivityAnswer> {
    if (!Number.isInteger(minutes) || minutes < 1 || minutes > MOST_MINUTES) {
      throw new TypeError(`minutes: expected a whole number from 1 to ${MOST_MINUTES}, received ${minutes}`);
    }
    return this.#history.activity(minutes, operationType);
  }

  /**
   * Forgets the summaries and minutes of what ended more than `daysToKeep` days ago. Counters go on, and what Prometheus has stays.
   *
   * @throws TypeError for a number of days that is negative or not finite
   */
  clearOldMetrics(daysToKeep = 30): void {
    requireAmount('daysToKeep', daysToKeep);
    this.#localHistory.clear(daysToKeep);
  }

  /** Adds prom-client's metrics of this process: CPU, memory, event loop, garbage collection. */
  collectProcessMetrics(): void {
    // A registry that is shared may have them already.
    if (this.registry.getSingleMetric('process_cpu_seconds_total')) return;
    const before = new Set(namesOf(this.registry));
    collectDefaultMetrics({ register: this.registry });
    for (const name of MISNAMED) this.registry.removeSingleMetric(name);
    this.#registered.push(...namesOf(this.registry).filter((name) => !before.has(name)));
  }

  /** Takes its metrics off a registry that is shared, so that another collector may have it. */
  close(): void {
    for (const name of this.#registered) this.registry.removeSingleMetric(name);
  }

  /** All metrics as Prometheus text, or as OpenMetrics with exemplars. */
  async expose(format: 'text' | 'openmetrics' = 'text'): Promise<Exposition> {
    const startedAtMs = this.#clock.monotonic();
    const openMetrics = format === 'openmetrics' ? await this.#openMetrics() : null;
    const exposition =
      openMetrics === null
        ? {
            contentType: Registry.PROMETHEUS_CONTENT_TYPE,
            body: await renderText(this.registry, this.#onMetricError),
          }
        : { contentType: Registry.OPENMETRICS_CONTENT_TYPE, body: openMetrics };
    this.exporter.scraped((this.#clock.monotonic() - startedAtMs) / 1000);
    return exposition;
  }

  /** Null if the answer must be text. */
  async #openMetrics(): Promise<string | null> {
    try {
      return await renderOpenMetrics(this.registry);
    } catch {
      // The text leaves out what cannot be read, and reports it.
      return null;
    }
  }

  #onOperation(event: OperationEvent): void {
    if (event.kind === 'progressed') return;
    if (event.kind === 'started') return this.#operations.onStarted(event);
    const name = this.#operations.labelFor(event.operationName);
    this.#operations.onEnded(event, name, event.kind);
    this.#localHistory.record(name, event.duration ?? 0, event.kind);
  }
}

function namesOf(registry: Registry): string[] {
  return registry.getMetricsAsArray().map(({ name }) => name);
}

function requireAmount(name: string, value: number): void {
  if (!Number.isFinite(value) || value < 0) {
    throw new TypeError(`${name}: expected a number of at least 0, received ${value}`);
  }
}

function requirePositive(name: string, value: number): void {
  if (!Number.isFinite(value) || value <= 0) {
    throw new TypeError(`${name}: expected a number above 0, received ${value}`);
  }
}
