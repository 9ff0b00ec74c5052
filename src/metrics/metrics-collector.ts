import { collectDefaultMetrics, Registry } from 'prom-client';

import { ExporterError } from '../errors.ts';
import { systemClock, type Clock } from '../monitor/clock.ts';
import type { MonitorEvent, OperationEvent } from '../monitor/events.ts';
import { outcomeOfMetric, type PerformanceMetric } from '../monitor/performance-metric.ts';
import { DEFAULT_CONFIG, type Config } from '../settings/config.ts';
import { ExporterMetrics } from './exporter-metrics.ts';
import { InstrumentFactory } from './instrument-factory.ts';
import type { ExpositionFormat } from './exposition-format.ts';
import { OperationMetrics } from './operation-metrics.ts';
import { ProtocolMetrics } from './protocol-metrics.ts';
import { registerRemovably } from './register-removably.ts';
import { renderRegistry, type AnyRegistry } from './render-registry.ts';

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
   * The prom-client registry to register on, such as the program's own, of either content type.
   * @defaultValue a new registry
   */
  registry?: AnyRegistry;
  /** Called on each scrape for each of the program's own metrics that throws. @defaultValue errors are ignored */
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

const CONTENT_TYPES = {
  text: Registry.PROMETHEUS_CONTENT_TYPE,
  openmetrics: Registry.OPENMETRICS_CONTENT_TYPE,
} as const;

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
  readonly #remove: () => void;
  /** The registry for metrics of this process. A given registry leaves their names to the program. */
  readonly #process: Registry;

  /** @throws ExporterError `registry_in_use`, or prom-client's error if a metric of the registry has one of the names */
  constructor(options: MetricsCollectorOptions = {}) {
    const { clock = systemClock, version = '', serverOf = () => null } = options;
    const config = { ...DEFAULT_CONFIG, ...options.config };
    // prom-client's registries of both types have the same methods.
    const given = options.registry as Registry | undefined;
    if (given) refuseUsedRegistry(given);
    this.registry = given ?? new Registry();
    this.#process = given ? new Registry() : this.registry;
    this.#onMetricError = options.onMetricError ?? (() => undefined);
    this.#clock = clock;
    const { result, remove } = registerRemovably(this.registry, () => {
      const factory = new InstrumentFactory(config.maxSeries, this.registry);
      return {
        operations: new OperationMetrics(factory, clock, serverOf, config),
        protocol: new ProtocolMetrics(factory, clock, config),
        exporter: new ExporterMetrics(factory, version, config),
      };
    });
    this.#remove = remove;
    this.#operations = result.operations;
    this.#protocol = result.protocol;
    this.exporter = result.exporter;
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
    // The program may collect them itself, and the router and the listeners both call this.
    const isCollected = [this.registry, this.#process].some((registry) =>
      registry.getSingleMetric('process_cpu_seconds_total'),
    );
    if (isCollected) return;
    collectDefaultMetrics({ register: this.#process });
    for (const name of MISNAMED) this.#process.removeSingleMetric(name);
  }

  /** Removes its metrics from the registry, so that another collector can use it. */
  close(): void {
    this.#remove();
  }

  /** All metrics as Prometheus text, or as OpenMetrics with exemplars, whatever the registry's own content type. */
  async expose(format: ExpositionFormat = 'text'): Promise<Exposition> {
    const startedAtMs = this.#clock.monotonic();
    const body = await renderRegistry(this.registry, this.#process, format, this.#onMetricError);
    this.exporter.scraped((this.#clock.monotonic() - startedAtMs) / 1000);
    return { contentType: CONTENT_TYPES[format], body };
  }

  #onOperation(event: OperationEvent): void {
    if (event.kind === 'progressed') return this.#operations.onProgressed(event);
    if (event.kind === 'started') return this.#operations.onStarted(event);
    this.#operations.onEnded(event, event.kind);
  }
}

/** A clear error instead of prom-client's first name that is taken. */
function refuseUsedRegistry(registry: Registry): void {
  if (!registry.getMetricsAsArray().some(({ name }) => name.startsWith('mcp_exporter_'))) return;
  throw new ExporterError(
    'registry_in_use',
    'registry: expected a prom-client registry without an exporter, but another exporter uses it; ' +
      'close that exporter first, or give each exporter its own registry',
  );
}
