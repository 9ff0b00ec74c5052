import type { IncomingMessage } from 'node:http';
import type { Duplex } from 'node:stream';

import type { Registry } from 'prom-client';

import type { History } from '../history/history.ts';
import { isFeedPath } from '../http/gate.ts';
import { refuseUpgrade } from '../http/listener.ts';
import {
  monitorMcpServer,
  type Monitorable,
  type MonitorMcpServerOptions,
} from '../mcp/hook/monitor-server.ts';
import type { MetricsCollector } from '../metrics/metrics-collector.ts';
import { currentOperationContext } from '../monitor/operation-context.ts';
import type { PerformanceMetric } from '../monitor/performance-metric.ts';
import type { RunningOperation, RunOptions } from '../monitor/run-operation.ts';
import { runWatched } from '../monitor/run-watched.ts';
import type { SessionRegistry } from '../monitor/session-registry.ts';
import type { Config } from '../settings/config.ts';
import { createCore, type ExporterCore } from './exporter-core.ts';
import type { ExporterOptions, MountableRouter } from './exporter-options.ts';
import { ExporterRun } from './exporter-run.ts';
import type { ExporterUrls } from './exporter-urls.ts';
import { usableOptions } from './usable-options.ts';

/** Session of operations that are started outside a tool call. */
const OWN_SESSION = 'program';

/**
 * A session registry, with metrics, history, the live feed and all other parts that use its events.
 *
 * @example
 * ```ts
 * import { createExporter } from 'mcp-exporter';
 *
 * const exporter = createExporter();
 * await exporter.run('import', (operation) => {
 *   operation.updateProgress(50, { rows: 500 }); // percent, and details
 * });
 * const { successRate } = await exporter.history.getMetricsSummary('import');
 * console.log(successRate); // 100
 * ```
 */
export class Exporter {
  readonly #core: ExporterCore;
  readonly #run: ExporterRun;

  /** @throws ExporterError `invalid_setting` if `options.strict` */
  constructor(given: ExporterOptions = {}) {
    const usable = usableOptions(given);
    this.#core = createCore(usable);
    this.#run = new ExporterRun(this.#core, usable.options);
  }

  /** All sessions. Open one for your own operations. */
  get sessions(): SessionRegistry {
    return this.#core.sessions;
  }

  /** All metrics, as `/metrics` serves them. */
  get metrics(): MetricsCollector {
    return this.#core.metrics;
  }

  /** Summaries and trends of ended operations. */
  get history(): History {
    return this.#core.history;
  }

  /** The settings in use. */
  get config(): Config {
    return this.#core.config;
  }

  /** Whether mistakes and failures throw; see {@link ExporterOptions.strict}. */
  get strict(): boolean {
    return this.#core.strict;
  }

  /** The prom-client registry behind `/metrics`. You can read it, or add your own metrics. */
  get registry(): Registry {
    return this.metrics.registry;
  }

  /**
   * All routes, to mount in an Express app: the page, `/metrics`, `/health`, `/ready` and `/api/v1`. `/mcp` requires
   * {@link start}, the other routes do not. For the page's live feed, pass the server's `upgrade` events to
   * {@link handleUpgrade}.
   */
  get router(): MountableRouter {
    return this.#run.router;
  }

  /**
   * Watches an MCP server. Call it before the server is connected; see {@link monitorMcpServer} for the accepted targets.
   *
   * @returns `target`
   */
  monitor<T extends Monitorable>(target: T, options: Omit<MonitorMcpServerOptions, 'exporter'> = {}): T {
    return monitorMcpServer(target, { clock: this.#core.clock, ...options, exporter: this });
  }

  /**
   * Runs `fn` as an operation. Inside a tool call it becomes a stage of that call, otherwise an operation of the session
   * `program`.
   *
   * @returns the result of `fn`
   * @throws the error of `fn`
   */
  async run<T>(
    operationName: string,
    fn: (operation: RunningOperation) => T | Promise<T>,
    options?: RunOptions<T>,
  ): Promise<T> {
    const sessionId = currentOperationContext()?.sessionId ?? OWN_SESSION;
    return runWatched(this.sessions, sessionId, { operationName, fn, options, strict: this.strict });
  }

  /**
   * Records one ended operation in the metrics and in the history.
   *
   * @throws TypeError if `strict`, for an empty `operationType`, or a number that is negative or not finite
   */
  recordMetric(metric: PerformanceMetric): void {
    try {
      this.metrics.recordMetric(metric);
      this.history.recordMetric(metric);
    } catch (error) {
      this.#core.fail('collector', error);
    }
  }

  /** Handles WebSocket upgrades for the live feed, if {@link router} is mounted in another app. */
  readonly handleUpgrade = (request: IncomingMessage, socket: Duplex, head: Buffer): void => {
    try {
      // Other upgrades are for other parts of the program.
      if (!isFeedPath(request.url ?? '')) return;
      const { gate, feed } = this.#run.web;
      const refusal = gate.checkUpgrade(request);
      if (refusal) refuseUpgrade(socket, refusal);
      else feed.handleUpgrade(request, socket, head);
    } catch (error) {
      this.sessions.reportFault('feed', error);
      socket.destroy();
    }
  };

  /**
   * Starts listening, or reporting if `MONITORING_HUB_URL` is set. A second call returns the same promise.
   *
   * @returns the addresses. An address is null if it is not served; the log contains the reason
   * @throws ExporterError if `strict`: `port_in_use`, `listen_failed`, `authentication_required` or `access_unclear`, or
   * an error of `options.mcp`. Parts that were started are closed before
   */
  start(): Promise<ExporterUrls> {
    return this.#run.start();
  }

  /** Resolves when the client on stdin and stdout has disconnected. Never resolves without such a client. */
  get stdioClosed(): Promise<void> {
    return this.#run.stdioClosed;
  }

  /**
   * Ends MCP sessions, disconnects the feed's clients, delivers pending alerts, and closes the listeners. Takes at most
   * about 4 seconds. A second call returns the same promise.
   */
  close(): Promise<void> {
    return this.#run.close();
  }
}

/**
 * Creates an exporter, which {@link Exporter.start} starts. Settings come from `options.config`, then from the environment.
 * An invalid setting is logged and counted, and its default is used.
 *
 * @throws ExporterError `invalid_setting` if `options.strict`
 *
 * @example
 * ```ts
 * import { createExporter } from 'mcp-exporter';
 *
 * const exporter = createExporter({ config: { httpPort: 9464, feedPort: 9464 } });
 * const { metrics } = await exporter.start();
 * console.log(metrics); // http://127.0.0.1:9464/metrics
 * await exporter.close();
 * ```
 */
export function createExporter(options: ExporterOptions = {}): Exporter {
  return new Exporter(options);
}
