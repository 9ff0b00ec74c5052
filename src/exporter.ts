import type { IncomingMessage } from 'node:http';
import type { Duplex } from 'node:stream';
import { fileURLToPath } from 'node:url';

import type { Registry } from 'prom-client';

import { createEmbeddedAlerts, type EmbeddedAlerts } from './alerting/embedded-alerts.ts';
import { loadConfig, type Config } from './config.ts';
import type { ExporterOptions, ExporterUrls, MountableRouter } from './exporter-options.ts';
import { keyFromProtocols } from './feed/feed-key.ts';
import { FeedServer } from './feed/feed-server.ts';
import type { HistoryReader } from './history/history.ts';
import { HistoryWithFallback } from './history/history-with-fallback.ts';
import { PrometheusHistory } from './history/prometheus-history.ts';
import { createAccess, type Access } from './http/access.ts';
import { createMountableRoutes, type RoutesOptions } from './http/app.ts';
import { startHttpServer } from './http/http-server.ts';
import { refuseUpgrade, type Listener } from './http/listener.ts';
import type { McpService } from './http/mcp-route.ts';
import { isFeedPath } from './http/upgrade.ts';
import { createLogger, type Logger } from './logger.ts';
import { monitorMcpServer, type Monitorable, type MonitorMcpServerOptions } from './mcp/monitor-server.ts';
import { MAX_OPERATIONS, pipelineCatalogue } from './metrics/catalogue.ts';
import { MetricsCollector } from './metrics/metrics-collector.ts';
import { systemClock, type Clock } from './monitor/clock.ts';
import { currentOperationContext } from './monitor/operation-context.ts';
import type { RunningOperation, RunOptions } from './monitor/realtime-monitor.ts';
import { SessionRegistry } from './monitor/session-registry.ts';
import { HubIntake } from './relay/hub-intake.ts';
import { HubReporter } from './relay/hub-reporter.ts';
import { reportOpenApi } from './relay/openapi.ts';
import { openServedMcp, type ServedMcp } from './served-mcp.ts';
import { readVersion } from './version.ts';

const CLOSE_GRACE_MS = 2000;
/** Of operations that belong to no call. */
const OWN_SESSION = 'program';

/**
 * The composition root: one session registry, and around it all that listens to its events and shows them.
 */
export class Exporter {
  /** The sessions of everything that is watched; open one for operations of your own. */
  readonly sessions: SessionRegistry;
  readonly metrics: MetricsCollector;
  readonly config: Config;
  readonly #options: ExporterOptions;
  readonly #logger: Logger;
  readonly #clock: Clock;
  readonly #version = readVersion();
  readonly #feed: FeedServer;
  readonly #reports: HubIntake;
  readonly #access: Access;
  #router: MountableRouter | null = null;
  #served: ServedMcp | null = null;
  #reporter: HubReporter | null = null;
  #alerts: EmbeddedAlerts | null = null;
  #http: Listener | null = null;
  #stdioClosed: Promise<void> = new Promise(() => undefined);
  #isReady = false;
  #starting: Promise<unknown> = Promise.resolve();
  #started: Promise<ExporterUrls> | null = null;
  #closing: Promise<void> | null = null;

  constructor(options: ExporterOptions = {}) {
    const config: Config = { ...loadConfig(process.env), ...options.config };
    const clock = options.clock ?? systemClock;
    this.config = config;
    this.#options = options;
    this.#clock = clock;
    this.#logger = options.logger ?? createLogger(config.logLevel);
    this.metrics = new MetricsCollector({
      clock,
      version: this.#version,
      retentionDays: config.retentionDays,
      thresholds: config,
      sloObjectivePercent: config.sloObjectivePercent,
      hasExemplars: config.hasExemplars,
      ...(options.registry ? { registry: options.registry } : undefined),
      history: (local) => this.#historyOver(local),
    });
    const { exporter: counts } = this.metrics;
    this.sessions = new SessionRegistry({
      clock,
      onFault: (part, error) => this.#logger.error({ part, err: error }, 'a part of the exporter failed'),
    });
    if (config.isMetricsEnabled) this.sessions.subscribe(this.metrics.onEvent);
    this.#feed = new FeedServer({
      sessions: this.sessions,
      serverVersion: this.#version,
      metrics: counts,
      logger: this.#logger,
      grafanaUrl: config.grafanaUrl,
      slowOperationSeconds: config.slowOperationSeconds,
    });
    this.#reports = new HubIntake({
      sessions: this.sessions,
      clock,
      onReporters: (count) => counts.reporters(count),
      onEvents: (result, count) => counts.reportedEvents(result, count),
    });
    this.#access = createAccess(config, keyFromProtocols);
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
    return monitorMcpServer(target, { clock: this.#clock, ...options, exporter: this });
  }

  /**
   * Runs `fn` as an operation: a stage of the tool call inside which this is called, or one of the exporter's own session.
   *
   * @returns what `fn` returns
   * @throws what `fn` throws
   */
  run<T>(
    operationName: string,
    fn: (operation: RunningOperation) => T | Promise<T>,
    options?: RunOptions<T>,
  ): Promise<T> {
    const sessionId = currentOperationContext()?.sessionId ?? OWN_SESSION;
    return this.sessions.open(sessionId).run(operationName, fn, options);
  }

  /** Takes over a WebSocket handshake for the live feed, from an HTTP server that {@link router} is mounted on. */
  readonly handleUpgrade = (request: IncomingMessage, socket: Duplex, head: Buffer): void => {
    // It may be for another part of the program.
    if (!isFeedPath(request.url ?? '')) return;
    const refusal = this.#access.checkUpgrade(request);
    if (refusal) refuseUpgrade(socket, refusal);
    else this.#feed.handleUpgrade(request, socket, head);
  };

  /**
   * Starts listening, or, where `MONITORING_HUB_URL` is set, reporting. Started twice, it starts once.
   *
   * @throws ExporterError `port_in_use`, `listen_failed`, `workspace_unavailable` or `sdk_missing`; what had been
   * started is closed again
   */
  start(): Promise<ExporterUrls> {
    if (this.#closing && !this.#started) {
      return Promise.reject(new TypeError('start: expected an exporter that has not been closed'));
    }
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

  async #startOrClose(): Promise<ExporterUrls> {
    const starting = this.#start();
    this.#starting = starting;
    try {
      return await starting;
    } catch (error) {
      await this.close();
      throw error;
    }
  }

  async #start(): Promise<ExporterUrls> {
    const { workspaceDir, upstream, isStdioServed } = this.#options;
    this.#served = await openServedMcp({
      workspaceDir,
      upstream,
      sessions: this.sessions,
      logger: this.#logger,
      version: this.#version,
      clock: this.#clock,
      sessionIdleMs: this.config.mcpSessionIdleSeconds * 1000,
      isCapturingPayloads: this.config.isCapturingPayloads,
    });
    const urls = await this.#open();
    if (isStdioServed && this.#served?.serveStdio) {
      this.#stdioClosed = (await this.#served.serveStdio()).closed;
    }
    this.#isReady = true;
    return urls;
  }

  /** One that reports to a hub listens only where there is an MCP server to be reached. */
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
    const { host, httpPort, feedPort } = this.config;
    this.#http = await startHttpServer({
      routes: this.#routes(),
      host,
      httpPort,
      feedPort,
      keepsProcessAlive: this.#options.keepsProcessAlive ?? false,
      onUpgrade: this.#feed.handleUpgrade.bind(this.#feed),
    });
    const base = this.#http.url;
    if (this.config.isPageEnabled) this.metrics.exporter.page(this.config.publicUrl ?? base.href);
    this.#alerts = this.#createAlerts(base);
    return this.#urls(base);
  }

  #routes(): RoutesOptions {
    const { isPageEnabled, hubUrl } = this.config;
    // What the hub shows is not shown twice.
    const isShownHere = hubUrl === undefined;
    return {
      access: this.#access,
      sessions: this.sessions,
      logger: this.#logger,
      feedPosition: () => this.#feed.position,
      isReady: () => this.#isReady,
      metrics: this.config.isMetricsEnabled && isShownHere ? this.metrics : null,
      noMetrics: isShownHere ? 'METRICS_COLLECTION_ENABLED is false' : `they are at the hub, ${hubUrl}`,
      reports: this.#reports,
      openApi: reportOpenApi(this.#version),
      pageDirectory:
        isPageEnabled && isShownHere ? fileURLToPath(new URL('./feed/page/', import.meta.url)) : null,
      mcp: this.#mcp,
    };
  }

  #collectProcessMetrics(): void {
    if (this.config.isMetricsEnabled) this.metrics.collectProcessMetrics();
  }

  /** @returns where the hub shows what it is told */
  #reportTo(hubUrl: string): ExporterUrls {
    this.#reporter = new HubReporter({
      sessions: this.sessions,
      hubUrl,
      apiKey: this.config.hubKey,
      logger: this.#logger,
    });
    // A program that ends because nothing is left to do has this to do.
    process.once('beforeExit', () => void this.close());
    return this.#urls(new URL(hubUrl));
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

  /** What Prometheus has where there is one, and what this process has where it does not answer. */
  #historyOver(local: HistoryReader): HistoryReader {
    const { prometheusUrl: url, prometheusJob: job, retentionDays } = this.config;
    if (url === undefined) return local;
    const clock = this.#clock;
    const histogram = pipelineCatalogue.operationDuration.name;
    return new HistoryWithFallback({
      prometheus: new PrometheusHistory({ url, job, histogram, retentionDays, clock }),
      local,
      onFallback: (reason) => this.metrics.exporter.historyFallback(reason),
      logger: this.#logger,
      clock,
    });
  }

  #createAlerts(listensAt: URL): EmbeddedAlerts | null {
    return createEmbeddedAlerts({
      config: this.config,
      sessions: this.sessions,
      listensAt,
      version: this.#version,
      // _OTHER is one of them.
      maxOperations: MAX_OPERATIONS - 1,
      logger: this.#logger,
      clock: this.#options.clock,
      onNotification: (result) => this.metrics.exporter.alertNotification(result),
    });
  }

  #urls(base: URL): ExporterUrls {
    const feed = new URL('ws', base);
    feed.protocol = base.protocol === 'https:' ? 'wss:' : 'ws:';
    return {
      page: this.config.isPageEnabled ? base.href : null,
      metrics: new URL('metrics', base).href,
      feed: feed.href,
      mcp: this.#mcp ? new URL('mcp', base).href : null,
    };
  }
}

/**
 * An exporter, not started yet. Settings come from the environment where `options.config` does not give them.
 *
 * @throws ExporterError `invalid_setting` for a bad environment variable
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
