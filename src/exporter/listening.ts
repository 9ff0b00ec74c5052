import { createEmbeddedAlerts, type EmbeddedAlerts } from '../alerting/embedded-alerts.ts';
import { HistoryUnavailable } from '../history/history-unavailable.ts';
import type { FallbackReason } from '../monitor/fallback-reasons.ts';
import { ExporterError } from '../errors.ts';
import type { RoutesOptions } from '../http/app.ts';
import { startHttpServer, type HttpServer } from '../http/http-server.ts';
import { collectProcessMetrics, type ExporterCore } from './exporter-core.ts';
import { feedUrl, NO_URLS, urlsBelow, type ExporterUrls } from './exporter-urls.ts';
import type { WebParts } from './web-parts.ts';

/** The listeners, and the alerts that link to their address. */
export interface Listening {
  readonly urls: ExporterUrls;
  readonly server: HttpServer | null;
  readonly alerts: EmbeddedAlerts | null;
}

export interface ListenOptions {
  readonly core: ExporterCore;
  readonly web: WebParts;
  readonly routes: RoutesOptions;
  readonly keepsProcessAlive: boolean;
}

const NOTHING: Listening = { urls: NO_URLS, server: null, alerts: null };

/** @throws ExporterError `port_in_use`, `listen_failed`, `authentication_required` or `access_unclear`, if strict */
export async function listen(options: ListenOptions): Promise<Listening> {
  const { core } = options;
  collectProcessMetrics(core);
  if (!core.isAccessClear) {
    const { variablePrefix: prefix } = core.config;
    const message =
      `cannot listen: the value of ${prefix}MONITORING_REQUIRE_AUTH or ${prefix}MONITORING_API_KEY is invalid; ` +
      'correct it and restart';
    core.fail('listener', new ExporterError('access_unclear', message));
    return NOTHING;
  }
  const { config, metrics } = core;
  const server = await startServer(options);
  const { http, feed } = server;
  // Alerts use this address even if it could not be opened.
  const base = http?.url ?? new URL(`http://localhost:${config.httpPort}/`);
  if (config.isPageEnabled && http) metrics.exporter.page(config.publicUrl ?? base.href);
  const urls = http ? urlsBelow(http.url, config) : { ...NO_URLS, feed: feed && feedUrl(feed.url) };
  const mcp = http && options.routes.mcp ? new URL('mcp', http.url).href : null;
  return { urls: { ...urls, mcp }, server, alerts: createAlerts(core, base) };
}

function startServer({ core, web, routes, keepsProcessAlive }: ListenOptions): Promise<HttpServer> {
  const { config, sessions } = core;
  return startHttpServer({
    routes,
    config,
    sockets: web.sockets,
    onLimit: sessions.reportLimit,
    keepsProcessAlive,
    onUpgrade: web.feed.handleUpgrade.bind(web.feed),
    onFailure: (which, error) => {
      if (which === 'http') core.fail('listener', error);
      else sessions.reportFault('listener', error);
    },
  });
}

function createAlerts(core: ExporterCore, listensAt: URL): EmbeddedAlerts | null {
  return createEmbeddedAlerts({
    ...core,
    listensAt,
    askPrometheus: createAsk(core),
    onNotification: (result) => core.metrics.exporter.alertNotification(result),
  });
}

/** Other reasons mean that it answered. */
const NO_ANSWER: ReadonlySet<FallbackReason> = new Set(['timeout', 'unreachable', 'refused']);

function createAsk({ queryPrometheus, clock }: ExporterCore): (() => Promise<void>) | null {
  if (queryPrometheus === null) return null;
  return async () => {
    try {
      await queryPrometheus('vector(1)', clock.now());
    } catch (error) {
      const hasAnswered = error instanceof HistoryUnavailable && !NO_ANSWER.has(error.reason);
      if (!hasAnswered) throw error;
    }
  };
}
