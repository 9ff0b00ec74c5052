import express, { Router, type Express, type RequestHandler } from 'express';

import type { FeedPosition, StatusBody } from '../api/answers.ts';
import type { Logger } from '../logging/logger.ts';
import type { SessionRegistry } from '../monitor/session-registry.ts';
import { apiRoutes, type ServerActivitySource, type SummarySource } from './api-routes.ts';
import type { Gate } from './gate.ts';
import { gateRequests } from './gate-route.ts';
import { healthRoutes } from './health-routes.ts';
import { errorHandler, sendError, unknownRoute } from './http-error.ts';
import { countRefusals, mcpRoute } from './mcp-route.ts';
import type { McpService } from './mcp-service.ts';
import { metricsRoute, type MetricsSource } from './metrics-route.ts';
import { pageRoutes, readPageFiles } from './page-files.ts';
import { reportRoutes, type ReportIntake } from './report-routes.ts';
import { statusRoute } from './status-route.ts';

export interface RoutesOptions {
  readonly gate: Gate;
  readonly sessions: SessionRegistry;
  readonly logger: Logger;
  readonly feedPosition: () => FeedPosition;
  readonly status: () => Promise<StatusBody>;
  readonly isReady: () => boolean;
  /** Null if metrics are not collected. */
  readonly metrics: MetricsSource | null;
  /** Null if metrics are not collected. */
  readonly history: SummarySource | null;
  readonly serverActivity: ServerActivitySource;
  /** The error message of routes that need metrics if they are not collected. */
  readonly noMetrics: string;
  readonly reports: ReportIntake;
  /** Returns the OpenAPI document of `/api/v1`. */
  readonly openApi: () => object;
  /** The folder of the live page; null if it is not served. */
  readonly pageDirectory: string | null;
  /** Null if no MCP server is served. */
  readonly mcp: McpService | null;
}

const SECURITY_HEADERS = {
  'X-Content-Type-Options': 'nosniff',
  'Referrer-Policy': 'no-referrer',
  'Cross-Origin-Resource-Policy': 'same-origin',
  'Content-Security-Policy':
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; " +
    "base-uri 'none'; form-action 'none'; frame-ancestors 'none'; " +
    // The browser refuses to turn text into HTML or a script.
    "require-trusted-types-for 'script'; trusted-types 'none'",
};

/** The app of a standalone exporter. */
export function createApp(options: RoutesOptions): Express {
  return createBareApp()
    .use(createRoutes(options, false))
    .use(unknownRoute)
    .use(errorHandler(options.logger));
}

/** All HTTP routes, behind the gate. If they are mounted in another app, unknown paths are left to it. */
function createRoutes(options: RoutesOptions, isMounted: boolean): Router {
  const {
    gate,
    sessions,
    logger,
    isReady,
    metrics,
    history,
    serverActivity,
    noMetrics,
    reports,
    openApi,
    pageDirectory,
    mcp,
  } = options;
  const routes = Router();
  routes.use(securityHeaders);
  if (mcp) routes.use(countRefusals(mcp, sessions));
  const mcpRequires = mcp && (mcp.isKeyAsked === false ? 'source' : 'key');
  const page = pageDirectory === null ? null : readPageFiles(pageDirectory);
  routes.use(gateRequests(gate, { page, mcp: mcpRequires, isMounted }));
  if (mcp) routes.use(mcpRoute(mcp));
  routes.use(healthRoutes(isReady));
  if (page) routes.get('/', atFolder).use(pageRoutes(page));
  if (metrics) routes.use(metricsRoute(metrics));
  else
    routes.get('/metrics', (_request, response) => sendError(response, 404, 'metrics_disabled', noMetrics));
  routes.use(
    '/api/v1',
    reportRoutes(reports, openApi, sessions.reportLimit),
    statusRoute(options.status),
    apiRoutes(sessions, options.feedPosition, history, serverActivity, noMetrics),
  );
  routes.use(errorHandler(logger));
  return routes;
}

/** The routes for mounting below a path of another app. Unknown requests are passed on unchanged. */
export function createMountableRoutes(options: RoutesOptions): Router {
  return Router().use(createRoutes(options, true), (_request, response, next) => {
    for (const name of Object.keys(SECURITY_HEADERS)) response.removeHeader(name);
    next();
  });
}

/** The app of the port that serves only the feed. */
export function createFeedOnlyApp(gate: Gate): Express {
  const paths = { page: null, mcp: null, isMounted: false };
  return createBareApp().use(securityHeaders, gateRequests(gate, paths), unknownRoute);
}

function createBareApp(): Express {
  return express().disable('x-powered-by').disable('etag');
}

const securityHeaders: RequestHandler = (_request, response, next) => {
  response.set(SECURITY_HEADERS);
  next();
};

/** Redirects to a path with a final slash, because the page uses relative links. */
const atFolder: RequestHandler = (request, response, next) => {
  const [path = ''] = request.originalUrl.split('?', 1);
  if (path.endsWith('/')) return next();
  // Relative, because a reverse proxy may have removed a prefix.
  const name = path.slice(path.lastIndexOf('/') + 1);
  response.redirect(308, `./${name}/${request.originalUrl.slice(path.length)}`);
};
