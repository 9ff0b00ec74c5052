import type { IncomingMessage, ServerResponse } from 'node:http';

import { Router, type RequestHandler } from 'express';

import type { SessionRegistry } from '../monitor/session-registry.ts';
import { OTHER } from '../monitor/other-label.ts';
import { isMcpPath } from './gate-route.ts';
import { sendError } from './http-error.ts';

/** Answers MCP requests over HTTP. */
export interface McpService {
  /** The label `mcp_server_name` of requests that are refused. */
  readonly serverName: string;
  /** Answers a request to `/mcp`. */
  handle(request: IncomingMessage, response: ServerResponse): Promise<void> | void;
  /**
   * Whether it also answers at this path below `/mcp/`. A proxy names such paths itself: an address that its server
   * announces never becomes a route.
   * @defaultValue it answers at `/mcp` alone
   */
  answers?(path: string): boolean;
  /**
   * Whether clients must send the exporter's key, if one is required. Clients of a proxy send what its server requires.
   * @defaultValue true
   */
  readonly isKeyAsked?: boolean;
  /**
   * Whether it publishes the requests that it refuses itself, as a watched handler of SDK v2 does.
   * @defaultValue false: every answer with a status of 400 or above is counted
   */
  readonly countsRefusals?: boolean;
}

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
