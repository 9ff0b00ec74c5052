import { Router, type RequestHandler } from 'express';

import type { SessionRegistry } from '../monitor/session-registry.ts';
import { OTHER } from '../monitor/other-label.ts';
import { isMcpPath } from './gate-route.ts';
import { sendError } from './http-error.ts';
import type { McpService } from './mcp-service.ts';

/** `/mcp`, and for a proxy the paths below it that it has named. Whether a request may come here, the gate has decided. */
export function mcpRoute(mcp: McpService): Router {
  const handle: RequestHandler = (request, response) => {
    if (mcp.countsRefusals) response.locals['isCounted'] = true;
    return mcp.handle(request, response);
  };
  const handleBelow: RequestHandler = (request, response, next) => {
    if (!mcp.answers) return next();
    if (mcp.answers(request.path)) return handle(request, response, next);
    sendError(
      response,
      404,
      'unknown_endpoint',
      'this endpoint is not known, or not any more: connect again',
    );
  };
  return Router().all('/mcp', handle).all('/mcp/*path', handleBelow);
}

/** Counts the requests to `/mcp` that are refused, also by the gate. */
export function countRefusals({ serverName }: McpService, sessions: SessionRegistry): RequestHandler {
  const count = (httpStatus: number, { refusal, isCounted }: Record<string, unknown>) => {
    if (httpStatus < 400 || isCounted === true) return;
    const errorType = typeof refusal === 'string' ? refusal : OTHER;
    sessions.publish({ type: 'http_rejected', serverName, httpStatus, errorType });
  };
  return (request, response, next) => {
    if (isMcpPath(request.path)) response.once('finish', () => count(response.statusCode, response.locals));
    next();
  };
}
