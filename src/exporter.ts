import { fileURLToPath } from 'node:url';

import { createEmbeddedAlerts, type EmbeddedAlerts } from './alerting/embedded-alerts.ts';
import { loadConfig, type Config } from './config.ts';
import { keyFromProtocols } from './feed/feed-key.ts';
import { FeedServer } from './feed/feed-server.ts';
import type { HistoryReader } from './history/history.ts';
import { HistoryWithFallback } from './history/history-with-fallback.ts';
import { PrometheusHistory } from './history/prometheus-history.ts';
import { noteRefusal } from './http/app.ts';
import { startHttpServer } from './http/http-server.ts';
import type { Listener } from './http/listener.ts';
import { createLogger, type Logger } from './logger.ts';
import { createMcpEndpoint, type McpEndpoint } from './mcp/http-endpoint.ts';
import { monitorMcpServer } from './mcp/monitor-server.ts';
import { serveStdio, type StdioEndpoint } from './mcp/stdio-endpoint.ts';
import { MAX_OPERATIONS, pipelineCatalogue } from './metrics/catalogue.ts';
import { MetricsCollector } from './metrics/metrics-collector.ts';
import { systemClock, type Clock } from './monitor/clock.ts';
import { SessionRegistry } from './monitor/session-registry.ts';
import { createPipeline, PIPELINE_SERVER_NAME, type Pipeline } from './pipeline/pipeline-server.ts';
import { readVersion } from './version.ts';

export interface ExporterOptions {
  /** Settings that go before those of the environment. */
  config?: Partial<Config>;
  /**
   * The folder that the built-in pipeline server works on, at `/mcp`.
   * @defaultValue no pipeline server
   */
  workspaceDir?: string;
  /**
   * Whether the pipeline server also speaks MCP on stdin and stdout.
   * @defaultValue false
   */
  isStdioServed?: boolean;
  /**
   * Whether the process goes on for as long as the exporter listens. A watched server on stdio ends when its client
   * is gone, and its exporter must not keep it.
   * @defaultValue false
   */
  keepsProcessAlive?: boolean;
  /** @defaultValue JSON lines on stderr at the configured level */
  logger?: Logger;
  /** @defaultValue the system's clocks */
  clock?: Clock;
}

/** Where a running exporter can be reached. */
export interface ExporterUrls {
  /** Null where the page is not served. */
  readonly page: string | null;
  readonly metrics: string;
  readonly feed: string;
  /** Null where no pipeline server runs. */
  readonly mcp: string | null;
}

const CLOSE_GRACE_MS = 2000;

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
  readonly #version = readVersion();
  readonly #feed: FeedServer;
  #pipeline: Pipeline | null = null;
  #mcp: McpEndpoint | null = null;
  #stdio: StdioEndpoint | null = null;
  #alerts: EmbeddedAlerts | null = null;
  #http: Listener | null = null;
  #isReady = false;
  #starting: Promise<unknown> = Promise.resolve();
  #started: Promise<ExporterUrls> | null = null;
  #closing: Promise<void> | null = null;

  constructor(options: ExporterOptions = {}) {
    const config: Config = { ...loadConfig(process.env), ...options.config };
    const clock = options.clock ? { clock: options.clock } : undefined;
    this.config = config;
    this.#options = options;
    this.#logger = options.logger ?? createLogger(config.logLevel);
    this.metrics = new MetricsCollector({
      ...clock,
      version: this.#version,
      retentionDays: config.retentionDays,
      thresholds: config,
      sloObjectivePercent: config.sloObjectivePercent,
      history: (local) => this.#historyOver(local),
    });
    this.sessions = new SessionRegistry({
      ...clock,
      onSubscriberError: (error) => {
        this.metrics.exporter.observerError();
        this.#logger.error({ err: error }, 'an observer failed');
      },
    });
    if (config.isMetricsEnabled) this.sessions.subscribe(this.metrics.onEvent);
    this.#feed = new FeedServer({
      sessions: this.sessions,
      serverVersion: this.#version,
      metrics: this.metrics.exporter,
      logger: this.#logger,
      grafanaUrl: config.grafanaUrl,
    });
  }

  /**
   * Starts listening. Started twice, it starts once.
   *
   * @throws ExporterError `port_in_use`, `listen_failed` or `workspace_unavailable`; what had been started is
   * closed again
   */
  start(): Promise<ExporterUrls> {
    this.#started ??= this.#startOrClose();
    return this.#started;
  }

  /** Resolves when the client on stdin and stdout is gone; never, where there is none. */
  get stdioClosed(): Promise<void> {
    return this.#stdio?.closed ?? new Promise(() => undefined);
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
    await this.#openPipeline();
    if (this.config.isMetricsEnabled) this.metrics.collectProcessMetrics();
    const base = await this.#listen();
    if (this.config.isPageEnabled) this.metrics.exporter.page(this.config.publicUrl ?? base.href);
    this.#alerts = this.#createAlerts(base);
    if (this.#options.isStdioServed && this.#pipeline) {
      this.#stdio = await serveStdio(this.#createPipelineServer(), () => this.#onStrayOutput());
    }
    this.#isReady = true;
    return this.#urls(base);
  }

  async #openPipeline(): Promise<void> {
    const { workspaceDir } = this.#options;
    if (workspaceDir === undefined) return;
    const shared = { sessions: this.sessions, logger: this.#logger, version: this.#version };
    this.#pipeline = await createPipeline({ workspaceDir, ...shared });
    this.#mcp = createMcpEndpoint({
      createServer: () => this.#createPipelineServer(),
      idleMs: this.config.mcpSessionIdleSeconds * 1000,
      onRefused: noteRefusal,
    });
  }

  /** @returns the base URL of the port that serves everything */
  async #listen(): Promise<URL> {
    const { isMetricsEnabled, isPageEnabled } = this.config;
    const mcp = this.#mcp;
    this.#http = await startHttpServer({
      settings: this.config,
      sessions: this.sessions,
      logger: this.#logger,
      isReady: () => this.#isReady,
      metrics: isMetricsEnabled ? this.metrics : null,
      pageDirectory: isPageEnabled ? fileURLToPath(new URL('./feed/page/', import.meta.url)) : null,
      mcp: mcp && ((request, response) => mcp.handle(request, response)),
      onMcpRefused: (httpStatus, errorType) => {
        const serverName = PIPELINE_SERVER_NAME;
        this.sessions.publish({ type: 'http_rejected', serverName, httpStatus, errorType });
      },
      keepsProcessAlive: this.#options.keepsProcessAlive ?? false,
      onUpgrade: this.#feed.handleUpgrade.bind(this.#feed),
      keyWithoutHeader: keyFromProtocols,
    });
    return this.#http.url;
  }

  async #close(): Promise<void> {
    // What is still being started could not be closed.
    await this.#starting.catch(() => undefined);
    this.#isReady = false;
    // First: what is cut off by this close is no alert. It takes its second while the rest closes.
    const alertsClosed = this.#alerts?.close();
    await this.#stdio?.close();
    await this.#mcp?.close();
    this.#pipeline?.close();
    this.sessions.stop();
    await this.#feed.close();
    await this.#http?.close(CLOSE_GRACE_MS);
    await alertsClosed;
  }

  /** What Prometheus has where there is one, and what this process has where it does not answer. */
  #historyOver(local: HistoryReader): HistoryReader {
    const { prometheusUrl: url, prometheusJob: job, retentionDays } = this.config;
    if (url === undefined) return local;
    const clock = this.#options.clock ?? systemClock;
    const histogram = pipelineCatalogue.operationDuration.name;
    return new HistoryWithFallback({
      prometheus: new PrometheusHistory({ url, job, histogram, retentionDays, clock }),
      local,
      onFallback: (reason) => this.metrics.exporter.historyFallback(reason),
      logger: this.#logger,
      clock,
    });
  }

  #onStrayOutput(): void {
    const connection = { serverName: PIPELINE_SERVER_NAME, transport: 'pipe', protocolVersion: '' } as const;
    this.sessions.publish({ type: 'transport_error', connection, kind: 'stray_stdout' });
  }

  #createPipelineServer() {
    const { createServer, sessionOf } = this.#pipeline ?? {};
    if (!createServer || !sessionOf)
      throw new TypeError('the pipeline server is made only where there is a workspace');
    return monitorMcpServer(createServer(), {
      exporter: this,
      sessionOf,
      ...(this.#options.clock ? { clock: this.#options.clock } : undefined),
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
    feed.protocol = 'ws:';
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
