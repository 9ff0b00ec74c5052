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

/** Session of operations that belong to no call. */
const OWN_SESSION = 'program';

/** One session registry, and around it everything that listens to its events and shows them. */
export class Exporter {
  readonly #core: ExporterCore;
  readonly #run: ExporterRun;

  /** @throws ExporterError `invalid_setting` if `options.strict` */
  constructor(given: ExporterOptions = {}) {
    const usable = usableOptions(given);
    this.#core = createCore(usable);
    this.#run = new ExporterRun(this.#core, usable.options);
  }

  /** The sessions of everything that is watched; open one for operations of your own. */
  get sessions(): SessionRegistry {
    return this.#core.sessions;
  }

  get metrics(): MetricsCollector {
    return this.#core.metrics;
  }

  /** Summaries and trends of the operations that ended. */
  get history(): History {
    return this.#core.history;
  }

  get config(): Config {
    return this.#core.config;
  }

  /** Whether mistakes and failures throw; see {@link ExporterOptions.strict}. */
  get strict(): boolean {
    return this.#core.strict;
  }

  /** The prom-client registry behind `/metrics`: add metrics of your own, or read it. */
  get registry(): Registry {
    return this.metrics.registry;
  }

  /**
   * All routes, to mount in an express app: the page, `/metrics`, `/health`, `/ready` and `/api/v1` below its path, and
   * `/mcp` if the exporter has been started. Otherwise nothing need be started.
   * For the page's live feed the app's server hands its upgrades to {@link handleUpgrade}.
   *
   * @example
   * ```ts
   * app.use('/monitoring', exporter.router);
   * app.listen(8080).on('upgrade', exporter.handleUpgrade);
   * ```
   */
  get router(): MountableRouter {
    return this.#run.router;
  }

  /**
   * Watches an MCP server. One line, before it is connected; see {@link monitorMcpServer} for what it takes.
   *
   * @returns what it was given
   */
  monitor<T extends Monitorable>(target: T, options: Omit<MonitorMcpServerOptions, 'exporter'> = {}): T {
    return monitorMcpServer(target, { clock: this.#core.clock, ...options, exporter: this });
  }

  /**
   * Runs `fn` as an operation: a stage of the tool call inside which this is called, or one of the exporter's own session.
   *
   * @returns what `fn` returns
   * @throws what `fn` throws
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
   * Records one operation that ended, in the metrics and in the history.
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

  /** Takes over a WebSocket handshake for the live feed, from an HTTP server that {@link router} is mounted on. */
  readonly handleUpgrade = (request: IncomingMessage, socket: Duplex, head: Buffer): void => {
    // It may be for another part of the program.
    try {
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
   * Starts listening or, if `MONITORING_HUB_URL` is set, reporting. A second call returns the same promise.
   *
   * @returns the addresses; null for what is not served, because a port is in use, for example. The log says why.
   * @throws ExporterError if `strict`: `port_in_use`, `listen_failed`, `authentication_required`, `access_unclear`, or
   * what `options.mcp` throws; what was started is closed again
   */
  start(): Promise<ExporterUrls> {
    return this.#run.start();
  }

  /** Resolves when the client on stdin and stdout is gone; never, where there is none. */
  get stdioClosed(): Promise<void> {
    return this.#run.stdioClosed;
  }

  /**
   * Ends MCP sessions, tells the feed's clients, posts what is left of alerts, closes the listeners; at most some 4 s.
   * Once is enough.
   */
  close(): Promise<void> {
    return this.#run.close();
  }
}

/**
 * An exporter that is not started yet. Settings come from `options.config`, then from the environment. A setting that is
 * not valid is logged and counted, and its default applies.
 *
 * @throws ExporterError `invalid_setting` if `options.strict`
 *
 * @example
 * ```ts
 * const exporter = createExporter({ config: { httpPort: 9464, feedPort: 9464 } });
 * const { metrics } = await exporter.start();
 * ```
 */
export function createExporter(options: ExporterOptions = {}): Exporter {
  return new Exporter(options);
}
