import type { IncomingMessage, ServerResponse } from 'node:http';

import express, { type Express, type RequestHandler, type Response } from 'express';

import type { Logger } from '../logger.ts';
import type { SessionRegistry } from '../monitor/session-registry.ts';
import { OTHER } from '../monitor/traffic-events.ts';
import { apiRoutes, type SummarySource } from './api-routes.ts';
import { requireKey, type KeyCheck } from './auth.ts';
import { healthRoutes } from './health-routes.ts';
import { errorHandler, sendError, unknownRoute } from './http-error.ts';
import { metricsRoute, type MetricsSource } from './metrics-route.ts';
import { requireOrigin, type OriginCheck } from './origin.ts';

export interface AppOptions {
  readonly sessions: SessionRegistry;
  readonly logger: Logger;
  readonly isReady: () => boolean;
  readonly isRightKey: KeyCheck;
  readonly checkOrigin: OriginCheck;
  /** Null where metrics are not collected. */
  readonly metrics: (MetricsSource & SummarySource) | null;
  /** The folder of the live page; null where it is not served. */
  readonly pageDirectory: string | null;
  /** Null where no MCP server is served. */
  readonly mcp: ((request: IncomingMessage, response: ServerResponse) => Promise<void>) | null;
  /** Hears of every request to `/mcp` that was refused, and why. */
  readonly onMcpRefused: (httpStatus: number, errorType: string) => void;
}

const SECURITY_HEADERS = {
  'X-Content-Type-Options': 'nosniff',
  'Referrer-Policy': 'no-referrer',
  'Content-Security-Policy':
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; " +
    "base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
};

/** All HTTP routes: health, the page, and behind the key `/metrics`, `/api/v1` and `/mcp`. */
export function createApp(options: AppOptions): Express {
  const { sessions, logger, isReady, isRightKey, checkOrigin, metrics, pageDirectory, mcp } = options;
  const app = express();
  app.disable('x-powered-by');
  app.disable('etag');
  app.use((_request, response, next) => {
    response.set(SECURITY_HEADERS);
    next();
  });
  app.use(healthRoutes(isReady));
  if (pageDirectory !== null) {
    // `/runbooks`, as alerts link to it, is the build's runbooks.html.
    app.use(express.static(pageDirectory, { index: 'index.html', extensions: ['html'], redirect: false }));
  }

  app.use('/mcp', reportRefusals(options.onMcpRefused), requireOrigin(checkOrigin));
  app.use(requireKey(isRightKey));
  if (mcp) app.all('/mcp', (request, response) => mcp(request, response));
  if (metrics) app.use(metricsRoute(metrics));
  else app.get('/metrics', metricsDisabled);
  app.use('/api/v1', apiRoutes(sessions, metrics));
  app.use(unknownRoute);
  app.use(errorHandler(logger));
  return app;
}

/** For the port that serves the feed alone. */
export function createFeedOnlyApp(): Express {
  return express().disable('x-powered-by').use(unknownRoute);
}

/** Notes why a request is refused, for whoever counts refusals when the response is done. */
export function noteRefusal(response: ServerResponse, reason: string): void {
  // Express' responses have `locals`; all of ours are Express'.
  (response as Response).locals['refusal'] = reason;
}

function reportRefusals(report: AppOptions['onMcpRefused']): RequestHandler {
  return (_request, response, next) => {
    response.once('finish', () => {
      if (response.statusCode < 400) return;
      const refusal: unknown = response.locals['refusal'];
      report(response.statusCode, typeof refusal === 'string' ? refusal : OTHER);
    });
    next();
  };
}

const metricsDisabled: RequestHandler = (_request, response) => {
  sendError(response, 404, 'metrics_disabled', 'METRICS_COLLECTION_ENABLED is false');
};
