import type { IncomingMessage, ServerResponse } from 'node:http';

import { Router, type RequestHandler } from 'express';

import { OTHER } from '../monitor/traffic-events.ts';
import { isMcpPath } from './gate-route.ts';
import { sendError } from './http-error.ts';

/** What answers MCP requests. */
export interface McpService {
  handle(request: IncomingMessage, response: ServerResponse): Promise<void>;
  /**
   * Whether it answers at this path below `/mcp/`, too. A proxy names such paths itself: whatever the server behind it
   * announces never becomes a route.
   */
  answers?(path: string): boolean;
  /** Whether its clients send the exporter's key. Those of a proxy send what the server behind it asks for. */
  readonly isKeyAsked: boolean;
  /** Hears of every request that was refused, and why. */
  onRefused(httpStatus: number, errorType: string): void;
}

/** `/mcp`, and for a proxy the paths below it that it has named. Whether a request may come here, the gate has decided. */
export function mcpRoute(mcp: McpService): Router {
  const handle: RequestHandler = (request, response) => mcp.handle(request, response);
  const handleBelow: RequestHandler = (request, response, next) => {
    if (!mcp.answers) return next();
    if (mcp.answers(request.path)) return mcp.handle(request, response);
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
export function countRefusals(mcp: McpService): RequestHandler {
  return (request, response, next) => {
    if (isMcpPath(request.path))
      response.once('finish', () => count(mcp, response.statusCode, response.locals));
    next();
  };
}

function count(mcp: McpService, status: number, { refusal }: Record<string, unknown>): void {
  if (status >= 400) mcp.onRefused(status, typeof refusal === 'string' ? refusal : OTHER);
}
