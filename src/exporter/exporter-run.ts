import { createMountableRoutes, type RoutesOptions } from '../http/app.ts';
import { withoutCredentials } from '../http/url-credentials.ts';
import { HubReporter } from '../relay/hub-reporter.ts';
import { collectProcessMetrics, type ExporterCore } from './exporter-core.ts';
import type { ExporterOptions, MountableRouter } from './exporter-options.ts';
import { exporterRoutes } from './exporter-routes.ts';
import { NO_URLS, urlsBelow, type ExporterUrls } from './exporter-urls.ts';
import { listen, type Listening } from './listening.ts';
import type { ServedMcp } from './mcp-source.ts';
import { closeMcp, openMcp, serveMcpOnStdio } from './open-mcp.ts';
import { createWebParts, type WebParts } from './web-parts.ts';

const CLOSE_GRACE_MS = 2000;

/** Starts the parts of an exporter in order, and closes the started ones. */
export class ExporterRun {
  readonly web: WebParts;
  readonly #core: ExporterCore;
  readonly #options: ExporterOptions;
  #router: MountableRouter | null = null;
  #mcp: ServedMcp | null = null;
  #listening: Listening | null = null;
  #reporter: HubReporter | null = null;
  #stdioClosed: Promise<void> = new Promise(() => undefined);
  #isReady = false;
  #opening: Promise<unknown> = Promise.resolve();
  #started: Promise<ExporterUrls> | null = null;
  #closing: Promise<void> | null = null;

  constructor(core: ExporterCore, options: ExporterOptions) {
    this.web = createWebParts(core);
    this.#core = core;
    this.#options = options;
  }

  /** Resolves when the client on stdin and stdout has disconnected. Never resolves without such a client. */
  get stdioClosed(): Promise<void> {
    return this.#stdioClosed;
  }

  get router(): MountableRouter {
    if (!this.#router) {
      this.#router = createMountableRoutes(this.#routes()) as unknown as MountableRouter;
      collectProcessMetrics(this.#core);
      this.#isReady = true;
    }
    return this.#router;
  }

  start(): Promise<ExporterUrls> {
    if (this.#closing && !this.#started) return this.#startClosed();
    this.#started ??= this.#startOrClose();
    return this.#started;
  }

  close(): Promise<void> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  async #startClosed(): Promise<ExporterUrls> {
    this.#core.fail('listener', new TypeError('start: expected an exporter that has not been closed'));
    return NO_URLS;
  }

  async #startOrClose(): Promise<ExporterUrls> {
    const opening = this.#open();
    this.#opening = opening;
    try {
      return await opening;
    } catch (error) {
      if (!this.#core.strict) {
        this.#core.sessions.reportFault('listener', error);
        return NO_URLS;
      }
      await this.close();
      throw error;
    }
  }

  async #open(): Promise<ExporterUrls> {
    const { mcp, isStdioServed = false } = this.#options;
    if (mcp) this.#mcp = await openMcp(mcp, this.#core);
    const urls = await this.#listenOrReport();
    if (isStdioServed && this.#mcp) {
      const stdio = await serveMcpOnStdio(this.#mcp, this.#core);
      if (stdio) this.#stdioClosed = stdio.closed;
    }
    this.#isReady = true;
    return urls;
  }

  /** An exporter that reports to a hub listens only if it serves an MCP server. */
  async #listenOrReport(): Promise<ExporterUrls> {
    const { hubUrl } = this.#core.config;
    if (hubUrl === undefined) return this.#listen();
    const { mcp } = this.#mcp ? await this.#listen() : NO_URLS;
    return { ...this.#reportTo(hubUrl), mcp };
  }

  async #listen(): Promise<ExporterUrls> {
    const { keepsProcessAlive = false } = this.#options;
    const own = { core: this.#core, web: this.web, routes: this.#routes(), keepsProcessAlive };
    this.#listening = await listen(own);
    return this.#listening.urls;
  }

  #routes(): RoutesOptions {
    const isReady = () => this.#isReady;
    const embeddedAlerts = () => this.#listening?.alerts ?? null;
    return exporterRoutes({ core: this.#core, web: this.web, mcp: this.#mcp, embeddedAlerts, isReady });
  }

  /** @returns the addresses of the hub */
  #reportTo(hubUrl: string): ExporterUrls {
    const { sessions, logger, config } = this.#core;
    this.#reporter = new HubReporter({ sessions, config: { ...config, hubUrl }, logger });
    // Sends the last reports if the program ends because its event loop is empty.
    process.once('beforeExit', () => void this.close().catch(() => undefined));
    return urlsBelow(withoutCredentials(hubUrl), config);
  }

  async #close(): Promise<void> {
    // A part that is still opening could not be closed.
    await this.#opening.catch(() => undefined);
    const { sessions, metrics } = this.#core;
    this.#isReady = false;
    // Alerts close first, so that calls interrupted by this close do not fire one. They take up to a second, in parallel.
    const alertsClosed = this.#listening?.alerts?.close();
    if (this.#mcp) await closeMcp(this.#mcp, this.#core);
    this.web.reports.close();
    await this.#reporter?.close();
    sessions.stop();
    await this.web.feed.close();
    await this.#listening?.server?.close(CLOSE_GRACE_MS);
    await alertsClosed;
    if (this.#options.registry) metrics.close();
  }
}
