import { randomUUID } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import type { Duplex } from 'node:stream';
import { fileURLToPath } from 'node:url';

import type { Registry } from 'prom-client';

import { createEmbeddedAlerts, type EmbeddedAlerts } from '../alerting/embedded-alerts.ts';
import type { Config } from '../settings/config.ts';
import { ExporterError } from '../errors.ts';
import { createCore, type ExporterCore } from './exporter-core.ts';
import type { ExporterOptions, ExporterUrls, MountableRouter } from './exporter-options.ts';
import { keyFromProtocols } from '../feed/feed-key.ts';
import { FeedServer } from '../feed/feed-server.ts';
import { createMountableRoutes, type RoutesOptions } from '../http/app.ts';
import { Gate, isFeedPath } from '../http/gate.ts';
import { startHttpServer, type HttpServer } from '../http/http-server.ts';
import { refuseUpgrade } from '../http/listener.ts';
import type { McpService } from '../http/mcp-route.ts';
import { readOpenFiles } from '../http/open-files.ts';
import { SocketLimiter } from '../http/socket-limiter.ts';
import { withoutCredentials } from '../http/url-credentials.ts';
import {
  monitorMcpServer,
  type Monitorable,
  type MonitorMcpServerOptions,
} from '../mcp/hook/monitor-server.ts';
import type { History } from '../history/history.ts';
import type { MetricsCollector } from '../metrics/metrics-collector.ts';
import { LIMITS } from '../monitor/limits.ts';
import { currentOperationContext } from '../monitor/operation-context.ts';
import type { PerformanceMetric } from '../monitor/performance-metric.ts';
import type { RunningOperation, RunOptions } from '../monitor/realtime-monitor.ts';
import { runWatched } from '../monitor/run-watched.ts';
import type { SessionRegistry } from '../monitor/session-registry.ts';
import { HubIntake } from '../relay/hub-intake.ts';
import { HubReporter } from '../relay/hub-reporter.ts';
import { reportOpenApi } from '../relay/openapi.ts';
import { openServedMcp, type ServedMcp } from './served-mcp.ts';
import { usableOptions } from './usable-options.ts';

const CLOSE_GRACE_MS = 2000;
/** Session of operations that belong to no call. */
const OWN_SESSION = 'program';
const NO_URLS: ExporterUrls = { page: null, metrics: null, feed: null, mcp: null };

/**
 * The composition root: one session registry, and around it all that listens to its events and shows them.
 */
export class Exporter {
  /** The sessions of everything that is watched; open one for operations of your own. */
  readonly sessions: SessionRegistry;
  readonly metrics: MetricsCollector;
  /** Summaries and trends of the operations that ended. */
  readonly history: History;
  readonly config: Config;
  /** Whether mistakes and failures throw; see {@link ExporterOptions.strict}. */
  readonly strict: boolean;
  readonly #options: ExporterOptions;
  readonly #core: ExporterCore;
  readonly #feed: FeedServer;
  readonly #reports: HubIntake;
  readonly #gate: Gate;
  readonly #sockets: SocketLimiter;
  #router: MountableRouter | null = null;
  #served: ServedMcp | null = null;
  #reporter: HubReporter | null = null;
  #alerts: EmbeddedAlerts | null = null;
  #http: HttpServer | null = null;
  #stdioClosed: Promise<void> = new Promise(() => undefined);
  #isReady = false;
  #starting: Promise<unknown> = Promise.resolve();
  #started: Promise<ExporterUrls> | null = null;
  #closing: Promise<void> | null = null;

  /** @throws ExporterError `invalid_setting` if `options.strict` */
  constructor(given: ExporterOptions = {}) {
    const usable = usableOptions(given);
    const { options } = usable;
    const core = createCore(usable);
    const { config, clock, sessions, metrics, history } = core;
    this.strict = options.strict ?? false;
    this.config = config;
    this.sessions = sessions;
    this.metrics = metrics;
    this.history = history;
    this.#options = options;
    this.#core = core;
    const openFiles = readOpenFiles();
    const maxSockets = Math.min(LIMITS.sockets.max, Math.floor(openFiles.max / 4));
    this.#sockets = new SocketLimiter({ max: maxSockets, openFiles, onLimit: sessions.reportLimit });
    this.#feed = new FeedServer({
      sessions,
      // The other half is for everything else that is served.
      maxClients: Math.min(LIMITS.feed_clients.max, Math.floor(maxSockets / 2)),
      maxClientsPerAddress: Math.min(LIMITS.feed_clients_per_address.max, Math.floor(maxSockets / 4)),
      serverVersion: core.version,
      metrics: metrics.exporter,
      logger: core.logger,
      grafanaUrl: config.grafanaUrl,
      slowOperationSeconds: config.slowOperationSeconds,
    });
    this.#reports = new HubIntake({
      sessions,
      clock,
      onReporters: (count) => metrics.exporter.reporters(count),
      onEvents: (result, count) => metrics.exporter.reportedEvents(result, count),
    });
    // A random key refuses everyone while it is not clear who must send a key.
    const access = core.isAccessClear ? config : { ...config, apiKey: randomUUID() };
    this.#gate = new Gate({
      config: access,
      keyWithoutHeader: keyFromProtocols,
      logger: core.logger,
      clock,
      onRefused: (reason) => metrics.exporter.requestRefused(reason),
      onLimit: sessions.reportLimit,
    });
  }

  /** The prom-client registry behind `/metrics`: add metrics of your own, or read it. */
  get registry(): Registry {
    return this.metrics.registry;
  }

  /**
   * All routes, to mount in an express app: the page, `/metrics`, `/health`, `/ready` and `/api/v1` below its path.
   * Nothing need be started. For the page's live feed the app's server hands its upgrades to {@link handleUpgrade}.
   *
   * @example
   * ```ts
   * app.use('/monitoring', exporter.router);
   * app.listen(8080).on('upgrade', exporter.handleUpgrade);
   * ```
   */
  get router(): MountableRouter {
    if (!this.#router) {
      this.#router = createMountableRoutes(this.#routes()) as unknown as MountableRouter;
      this.#collectProcessMetrics();
      this.#isReady = true;
    }
    return this.#router;
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
      const refusal = this.#gate.checkUpgrade(request);
      if (refusal) refuseUpgrade(socket, refusal);
      else this.#feed.handleUpgrade(request, socket, head);
    } catch (error) {
      this.sessions.reportFault('feed', error);
      socket.destroy();
    }
  };

  /**
   * Starts listening or, if `MONITORING_HUB_URL` is set, reporting. A second call returns the same promise.
   *
   * @returns the addresses; null for what is not served, because a port is in use, for example. The log says why.
   * @throws ExporterError if `strict`: `port_in_use`, `listen_failed`, `authentication_required`, `access_unclear`,
   * `workspace_unavailable` or `sdk_missing`; what was started is closed again
   */
  start(): Promise<ExporterUrls> {
    if (this.#closing && !this.#started) return this.#startClosed();
    this.#started ??= this.#startOrClose();
    return this.#started;
  }

  /** Resolves when the client on stdin and stdout is gone; never, where there is none. */
  get stdioClosed(): Promise<void> {
    return this.#stdioClosed;
  }

  /**
   * Ends MCP sessions, tells the feed's clients, posts what is left of alerts, closes the listeners; at most some 4 s.
   * Once is enough.
   */
  close(): Promise<void> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  async #startClosed(): Promise<ExporterUrls> {
    this.#core.fail('listener', new TypeError('start: expected an exporter that has not been closed'));
    return NO_URLS;
  }

  async #startOrClose(): Promise<ExporterUrls> {
    const starting = this.#start();
    this.#starting = starting;
    try {
      return await starting;
    } catch (error) {
      if (!this.strict) {
        this.sessions.reportFault('listener', error);
        return NO_URLS;
      }
      await this.close();
      throw error;
    }
  }

  async #start(): Promise<ExporterUrls> {
    this.#served = await this.#openServedMcp();
    const urls = await this.#open();
    if (this.#options.isStdioServed && this.#served?.serveStdio) {
      this.#stdioClosed = (await this.#served.serveStdio()).closed;
    }
    this.#isReady = true;
    return urls;
  }

  async #openServedMcp(): Promise<ServedMcp | null> {
    const { workspaceDir, isWorkspaceTrusted = false, upstream } = this.#options;
    try {
      return await openServedMcp({
        workspaceDir,
        isWorkspaceTrusted,
        upstream,
        sessions: this.sessions,
        logger: this.#core.logger,
        version: this.#core.version,
        clock: this.#core.clock,
        sessionIdleMs: this.config.mcpSessionIdleSeconds * 1000,
        isCapturingPayloads: this.config.isCapturingPayloads,
        keys: [this.config.apiKey, this.config.hubKey].filter((key) => key !== undefined),
      });
    } catch (error) {
      this.#core.fail('pipeline', error);
      return null;
    }
  }

  /** An exporter that reports to a hub listens only if it serves an MCP server. */
  async #open(): Promise<ExporterUrls> {
    const { hubUrl } = this.config;
    if (hubUrl === undefined) return this.#listen();
    const here = this.#mcp ? await this.#listen() : null;
    return { ...this.#reportTo(hubUrl), mcp: here?.mcp ?? null };
  }

  get #mcp(): McpService | null {
    return this.#served?.mcp ?? null;
  }

  async #listen(): Promise<ExporterUrls> {
    this.#collectProcessMetrics();
    const { httpPort, isPageEnabled, publicUrl } = this.config;
    if (!this.#core.isAccessClear) {
      const message =
        'nothing is served: a setting of MONITORING_REQUIRE_AUTH or MONITORING_API_KEY is not valid';
      this.#core.fail('listener', new ExporterError('access_unclear', message));
      return NO_URLS;
    }
    this.#http = await startHttpServer({
      routes: this.#routes(),
      config: this.config,
      sockets: this.#sockets,
      onLimit: this.sessions.reportLimit,
      keepsProcessAlive: this.#options.keepsProcessAlive ?? false,
      onUpgrade: this.#feed.handleUpgrade.bind(this.#feed),
      onFailure: (which, error) => {
        if (which === 'http') this.#core.fail('listener', error);
        else this.sessions.reportFault('listener', error);
      },
    });
    const { http, feed } = this.#http;
    // Alerts name this address also while nothing listens there.
    const base = http?.url ?? new URL(`http://localhost:${httpPort}/`);
    if (isPageEnabled && http) this.metrics.exporter.page(publicUrl ?? base.href);
    this.#alerts = this.#createAlerts(base);
    if (http) return this.#urls(http.url);
    return { ...NO_URLS, feed: feed && feedUrl(feed.url) };
  }

  #routes(): RoutesOptions {
    const { isPageEnabled, hubUrl } = this.config;
    // What the hub shows is not shown twice.
    const isShownHere = hubUrl === undefined;
    const hasMetrics = this.config.isMetricsEnabled && isShownHere;
    return {
      gate: this.#gate,
      sessions: this.sessions,
      logger: this.#core.logger,
      feedPosition: () => this.#feed.position,
      isReady: () => this.#isReady,
      metrics: hasMetrics ? this.metrics : null,
      history: hasMetrics ? this.history : null,
      noMetrics: isShownHere
        ? 'METRICS_COLLECTION_ENABLED is false'
        : `they are at the hub, ${withoutCredentials(hubUrl).href}`,
      reports: this.#reports,
      openApi: reportOpenApi(this.#core.version),
      pageDirectory:
        isPageEnabled && isShownHere ? fileURLToPath(new URL('../feed/page/', import.meta.url)) : null,
      mcp: this.#mcp,
    };
  }

  #collectProcessMetrics(): void {
    if (!this.config.isMetricsEnabled) return;
    try {
      this.metrics.collectProcessMetrics();
    } catch (error) {
      this.#core.fail('collector', error);
    }
  }

  /** @returns where the hub shows what it is told */
  #reportTo(hubUrl: string): ExporterUrls {
    this.#reporter = new HubReporter({
      sessions: this.sessions,
      hubUrl,
      apiKey: this.config.hubKey,
      logger: this.#core.logger,
    });
    // A program that ends because nothing is left to do has this to do.
    process.once('beforeExit', () => void this.close().catch(() => undefined));
    return this.#urls(withoutCredentials(hubUrl));
  }

  async #close(): Promise<void> {
    // What is still being started could not be closed.
    await this.#starting.catch(() => undefined);
    this.#isReady = false;
    // First: what is cut off by this close is no alert. It takes its second while the rest closes.
    const alertsClosed = this.#alerts?.close();
    await this.#served?.close();
    this.#reports.close();
    await this.#reporter?.close();
    this.sessions.stop();
    await this.#feed.close();
    await this.#http?.close(CLOSE_GRACE_MS);
    await alertsClosed;
    if (this.#options.registry) this.metrics.close();
  }

  #createAlerts(listensAt: URL): EmbeddedAlerts | null {
    return createEmbeddedAlerts({
      config: this.config,
      sessions: this.sessions,
      listensAt,
      version: this.#core.version,
      logger: this.#core.logger,
      clock: this.#options.clock,
      onNotification: (result) => this.metrics.exporter.alertNotification(result),
    });
  }

  #urls(base: URL): ExporterUrls {
    return {
      page: this.config.isPageEnabled ? base.href : null,
      metrics: new URL('metrics', base).href,
      feed: feedUrl(base),
      mcp: this.#mcp ? new URL('mcp', base).href : null,
    };
  }
}

function feedUrl(base: URL): string {
  const feed = new URL('ws', base);
  feed.protocol = base.protocol === 'https:' ? 'wss:' : 'ws:';
  return feed.href;
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
