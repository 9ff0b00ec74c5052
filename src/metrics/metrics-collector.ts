import { collectDefaultMetrics, Registry } from 'prom-client';

import { systemClock, type Clock } from '../monitor/clock.ts';
import type { MonitorEvent, OperationEvent } from '../monitor/events.ts';
import { outcomeOfMetric, type PerformanceMetric } from '../monitor/performance-metric.ts';
import { DEFAULT_CONFIG, type Config } from '../settings/config.ts';
import { ExporterMetrics } from './exporter-metrics.ts';
import { InstrumentFactory } from './instrument-factory.ts';
import { renderOpenMetrics } from './open-metrics.ts';
import { renderText } from './text-exposition.ts';
import { OperationMetrics } from './operation-metrics.ts';
import { ProtocolMetrics } from './protocol-metrics.ts';

export interface MetricsCollectorOptions {
  /** @defaultValue the system's clocks */
  clock?: Clock;
  /**
   * The settings that differ from their defaults. Those of the metrics are `slowOperationSeconds`,
   * `highErrorRatePercent`, `sloObjectivePercent` and `hasExemplars`.
   */
  config?: Partial<Config>;
  /**
   * The prom-client registry to register on, where the program has one.
   * @defaultValue a new one
   */
  registry?: Registry;
  /** Called with what a metric of the program threw as it was read. @defaultValue it is ignored */
  onMetricError?: (error: unknown) => void;
  /**
   * The version on `mcp_exporter_build_info`.
   * @defaultValue `''`
   */
  version?: string;
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
 * Counts and times operations for Prometheus, on a prom-client registry of its own. Fed by a {@link SessionRegistry}'s
 * events through {@link onEvent}, or by hand through {@link recordMetric}. Its memory does not grow with traffic.
 *
 * @example
 * ```ts
 * const collector = new MetricsCollector();
 * collector.recordMetric({ operationType: 'import', duration: 2.5 });
 * const { body } = await collector.expose(); // pipeline_operation_duration_seconds_count{operation="import",…} 1
 * ```
 */
export class MetricsCollector {
  /** The prom-client registry behind `/metrics`. */
  readonly registry: Registry;
  /** What the exporter tells of itself. */
  readonly exporter: ExporterMetrics;
  readonly #clock: Clock;
  readonly #operations: OperationMetrics;
  readonly #protocol: ProtocolMetrics;
  readonly #onMetricError: (error: unknown) => void;
  readonly #registered: string[];

  constructor(options: MetricsCollectorOptions = {}) {
    const { clock = systemClock, version = '' } = options;
    const config = { ...DEFAULT_CONFIG, ...options.config };
    const before = new Set(options.registry ? namesOf(options.registry) : []);
    const factory = new InstrumentFactory(options.registry);
    this.registry = factory.registry;
    this.#onMetricError = options.onMetricError ?? (() => undefined);
    this.#clock = clock;
    this.#operations = new OperationMetrics(factory, clock, config);
    this.#protocol = new ProtocolMetrics(factory, clock, config);
    this.exporter = new ExporterMetrics(factory, version, config);
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
    const outcome = outcomeOfMetric(metric);
    const name = this.#operations.labelFor(metric.operationType);
    this.#operations.recordEnd(name, metric.duration, outcome);
    this.#operations.recordUsage(name, metric.memoryUsage, metric.cpuUsage);
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
    this.#operations.onEnded(event, event.kind);
  }
}

function namesOf(registry: Registry): string[] {
  return registry.getMetricsAsArray().map(({ name }) => name);
}
