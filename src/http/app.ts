import express, { Router, type Express, type RequestHandler } from 'express';

import type { Logger } from '../logger.ts';
import type { SessionRegistry } from '../monitor/session-registry.ts';
import type { Access } from './access.ts';
import { apiRoutes, type SummarySource } from './api-routes.ts';
import { requireKey } from './auth.ts';
import type { FeedPosition } from './operation-routes.ts';
import { healthRoutes } from './health-routes.ts';
import { errorHandler, sendError, unknownRoute } from './http-error.ts';
import { mcpRoute, type McpService } from './mcp-route.ts';
import { metricsRoute, type MetricsSource } from './metrics-route.ts';
import { requireOrigin } from './origin.ts';
import { reportRoutes, type ReportIntake } from './report-routes.ts';

export interface RoutesOptions {
  readonly access: Access;
  readonly sessions: SessionRegistry;
  readonly logger: Logger;
  readonly feedPosition: () => FeedPosition;
  readonly isReady: () => boolean;
  /** Null where metrics are not collected. */
  readonly metrics: (MetricsSource & SummarySource) | null;
  /** Why they are not, and where else they may be. */
  readonly noMetrics: string;
  /** Takes what other processes report. */
  readonly reports: ReportIntake;
  /** How to report, as an OpenAPI document. */
  readonly openApi: object;
  /** The folder of the live page; null where it is not served. */
  readonly pageDirectory: string | null;
  /** Null where no MCP server is served. */
  readonly mcp: McpService | null;
}

const SECURITY_HEADERS = {
  'X-Content-Type-Options': 'nosniff',
  'Referrer-Policy': 'no-referrer',
  'Content-Security-Policy':
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; " +
    "base-uri 'none'; form-action 'none'; frame-ancestors 'none'; " +
    // No text becomes HTML or a script, not even by mistake.
    "require-trusted-types-for 'script'; trusted-types 'none'",
};

/** Everything that the exporter serves, as a program of its own. */
export function createApp(options: RoutesOptions): Express {
  return express()
    .disable('x-powered-by')
    .disable('etag')
    .use(createRoutes(options))
    .use(unknownRoute)
    .use(errorHandler(options.logger));
}

/** All HTTP routes: `/mcp`, health, the page, and behind the key `/metrics` and `/api/v1`; others are left to whoever comes next. */
function createRoutes(options: RoutesOptions): Router {
  const { access, sessions, logger, isReady, metrics, noMetrics, reports, openApi, pageDirectory, mcp } =
    options;
  const routes = Router();
  // First: what a proxy hands on has the server's own headers, and no others.
  if (mcp) routes.use(mcpRoute(mcp, access));
  routes.use(securityHeaders);
  routes.use(healthRoutes(isReady));
  if (pageDirectory !== null) {
    routes.get('/', atFolder);
    // `/runbooks`, as alerts link to it, is the build's runbooks.html.
    routes.use(express.static(pageDirectory, { index: 'index.html', extensions: ['html'], redirect: false }));
  }
  routes.use(requireKey(access.isRightKey));
  if (metrics) routes.use(metricsRoute(metrics));
  else
    routes.get('/metrics', (_request, response) => sendError(response, 404, 'metrics_disabled', noMetrics));
  // What is posted here changes something, so that no other page may do it through a browser.
  routes.use(
    '/api/v1',
    requireOriginOf('POST', access),
    reportRoutes(reports, openApi),
    apiRoutes(sessions, options.feedPosition, metrics, noMetrics),
  );
  routes.use(errorHandler(logger));
  return routes;
}

/** The same, below a path of somebody else's app: what is not answered here goes on as it came. */
export function createMountableRoutes(options: RoutesOptions): Router {
  return Router().use(createRoutes(options), (_request, response, next) => {
    for (const name of Object.keys(SECURITY_HEADERS)) response.removeHeader(name);
    next();
  });
}

/** For the port that serves the feed alone. */
export function createFeedOnlyApp(): Express {
  return express().disable('x-powered-by').use(unknownRoute);
}

const securityHeaders: RequestHandler = (_request, response, next) => {
  response.set(SECURITY_HEADERS);
  next();
};

/** Below a path of another app, the page's own links need the slash at the end. */
const atFolder: RequestHandler = (request, response, next) => {
  const [path = ''] = request.originalUrl.split('?', 1);
  if (path.endsWith('/')) return next();
  response.redirect(308, `${path}/${request.originalUrl.slice(path.length)}`);
};

function requireOriginOf(method: string, { checkOrigin }: Access): RequestHandler {
  const check = requireOrigin(checkOrigin);
  return (request, response, next) => (request.method === method ? check(request, response, next) : next());
}
