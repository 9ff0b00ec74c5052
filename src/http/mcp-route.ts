import { Router, type RequestHandler } from 'express';

import { isRejection } from '../monitor/http-rejections.ts';
import type { SessionRegistry } from '../monitor/session-registry.ts';
import { OTHER } from '../monitor/other-label.ts';
import { isMcpPath } from './gate-route.ts';
import { sendError } from './http-error.ts';
import type { McpService } from './mcp-service.ts';

/** Serves `/mcp`, and for a proxy also the announced paths below it. The gate has checked the request before. */
export function mcpRoute(mcp: McpService): Router {
  const handle: RequestHandler = (request, response) => {
    if (mcp.countsRefusals) response.locals['isCounted'] = true;
    return mcp.handle(request, response);
  };
  const handleBelow: RequestHandler = (request, response, next) => {
    if (!mcp.answers) return next();
    if (mcp.answers(request.path)) return handle(request, response, next);
    sendError(response, 404, 'unknown_endpoint', 'this endpoint is unknown or has expired: connect again');
  };
  return Router().all('/mcp', handle).all('/mcp/*path', handleBelow);
}

/** Counts refused requests to `/mcp`, including those that the gate refuses. */
export function countRefusals({ serverName }: McpService, sessions: SessionRegistry): RequestHandler {
  const count = (method: string, httpStatus: number, { refusal, isCounted }: Record<string, unknown>) => {
    if (isCounted === true || !isRejection(method, httpStatus)) return;
    const errorType = typeof refusal === 'string' ? refusal : OTHER;
    sessions.publish({ type: 'http_rejected', serverName, httpStatus, errorType });
  };
  return (request, response, next) => {
    if (isMcpPath(request.path))
      response.once('finish', () => count(request.method, response.statusCode, response.locals));
    next();
  };
}
