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

/**
 * Options of {@link MetricsCollector}.
 *
 * @see {@link MetricsCollector} for an example
 */
export interface MetricsCollectorOptions {
  /** @defaultValue the system's clocks */
  clock?: Clock;
  /**
   * Settings to override. Metrics use `maxSeries`, `slowOperationSeconds`, `highErrorRatePercent`, `sloObjectivePercent`
   * and `hasExemplars`.
   */
  config?: Partial<Config>;
  /**
   * The MCP server of a session, for the label `mcp_server_name` of `pipeline_*`: the registry's `serverNameOf`.
   * @defaultValue operations have no server
   */
  serverOf?: (sessionId: string) => string | null;
  /**
   * The prom-client registry to register on, such as the program's own.
   * @defaultValue a new registry
   */
  registry?: Registry;
  /** Called if one of the program's own metrics throws on a scrape. @defaultValue errors are ignored */
  onMetricError?: (error: unknown) => void;
  /**
   * The `version` label of `mcp_exporter_build_info`.
   * @defaultValue `''`
   */
  version?: string;
}

/**
 * The text of `/metrics` with its content type.
 *
 * @see {@link MetricsCollector} for an example
 */
export interface Exposition {
  readonly contentType: string;
  readonly body: string;
}

// prom-client gives these gauges a counter's suffix, which `promtool check metrics` rejects. The metrics without the
// suffix, such as nodejs_active_resources, have the same numbers by type.
const MISNAMED = [
  'nodejs_active_resources_total',
  'nodejs_active_handles_total',
  'nodejs_active_requests_total',
];

/**
 * Counts and times operations for Prometheus on a prom-client registry. Its input is the events of a
 * {@link SessionRegistry} through {@link onEvent}, or single operations through {@link recordMetric}. Its memory does not
 * grow with traffic.
 *
 * @example
 * ```ts
 * import { MetricsCollector } from 'mcp-exporter/metrics';
 *
 * const collector = new MetricsCollector();
 * collector.recordMetric({ operationType: 'import', duration: 2.5 }); // seconds
 * const { body } = await collector.expose();
 * console.log(/pipeline_operation_duration_seconds_sum.+/.exec(body)?.[0]);
 * // pipeline_operation_duration_seconds_sum{operation="import",status="completed"} 2.5
 * ```
 */
export class MetricsCollector {
  /** The prom-client registry behind `/metrics`. */
  readonly registry: Registry;
  /** Metrics of the exporter itself. */
  readonly exporter: ExporterMetrics;
  readonly #clock: Clock;
  readonly #operations: OperationMetrics;
  readonly #protocol: ProtocolMetrics;
  readonly #onMetricError: (error: unknown) => void;
  readonly #registered: string[];

  constructor(options: MetricsCollectorOptions = {}) {
    const { clock = systemClock, version = '', serverOf = () => null } = options;
    const config = { ...DEFAULT_CONFIG, ...options.config };
    const before = new Set(options.registry ? namesOf(options.registry) : []);
    const factory = new InstrumentFactory(config.maxSeries, options.registry);
    this.registry = factory.registry;
    this.#onMetricError = options.onMetricError ?? (() => undefined);
    this.#clock = clock;
    this.#operations = new OperationMetrics(factory, clock, serverOf, config);
    this.#protocol = new ProtocolMetrics(factory, clock, config);
    this.exporter = new ExporterMetrics(factory, version, config);
    this.#registered = namesOf(this.registry).filter((name) => !before.has(name));
  }

  /** Updates the metrics with an event of a registry or monitor. */
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
      case 'tool_listed':
        this.#operations.onListed(event.connection.serverName, event.toolName);
        return this.#protocol.onEvent(event);
      default:
        return this.#protocol.onEvent(event);
    }
  };

  /**
   * Records one ended operation.
   *
   * @throws TypeError for an empty `operationType`, or a number that is negative or not finite
   */
  recordMetric(metric: PerformanceMetric): void {
    const outcome = outcomeOfMetric(metric);
    this.#operations.record(metric, outcome);
  }

  /** Adds prom-client's metrics of this process: CPU, memory, event loop, garbage collection. */
  collectProcessMetrics(): void {
    // A shared registry may already have them.
    if (this.registry.getSingleMetric('process_cpu_seconds_total')) return;
    const before = new Set(namesOf(this.registry));
    collectDefaultMetrics({ register: this.registry });
    for (const name of MISNAMED) this.registry.removeSingleMetric(name);
    this.#registered.push(...namesOf(this.registry).filter((name) => !before.has(name)));
  }

  /** Removes its metrics from the registry, so that another collector can use a shared registry. */
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

  /** Null if the metrics cannot be rendered as OpenMetrics. */
  async #openMetrics(): Promise<string | null> {
    try {
      return await renderOpenMetrics(this.registry);
    } catch {
      // The text format omits and reports metrics that cannot be read.
      return null;
    }
  }

  #onOperation(event: OperationEvent): void {
    if (event.kind === 'progressed') return this.#operations.onProgressed(event);
    if (event.kind === 'started') return this.#operations.onStarted(event);
    this.#operations.onEnded(event, event.kind);
  }
}

function namesOf(registry: Registry): string[] {
  return registry.getMetricsAsArray().map(({ name }) => name);
}
