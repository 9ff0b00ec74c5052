import type { IncomingMessage, ServerResponse } from 'node:http';

import { Router, type RequestHandler, type Response } from 'express';

import { OTHER } from '../monitor/traffic-events.ts';
import type { Access } from './access.ts';
import { requireKey } from './auth.ts';
import { requireOrigin } from './origin.ts';

/** What answers MCP requests. */
export interface McpService {
  handle(request: IncomingMessage, response: ServerResponse): Promise<void>;
  /** Whether it answers at this path, too, with its query, and not at `/mcp` alone. */
  answers?(pathAndQuery: string): boolean;
  /** Whether its clients send the exporter's key. Those of a proxy send what the server behind it asks for. */
  readonly isKeyAsked: boolean;
  /** Hears of every request that was refused, and why. */
  onRefused(httpStatus: number, errorType: string): void;
}

/** `/mcp`. */
export function mcpRoute(mcp: McpService, { isRightKey, checkOrigin }: Access): Router {
  const handle: RequestHandler = (request, response) => mcp.handle(request, response);
  const guards = [reportRefusals(mcp), requireOrigin(checkOrigin)];
  if (mcp.isKeyAsked) guards.push(requireKey(isRightKey));
  const routes = Router().all('/mcp', ...guards, handle);
  if (mcp.answers) {
    routes.use(
      (request, _response, next) => next(mcp.answers?.(request.url) ? undefined : 'router'),
      ...guards,
      handle,
    );
  }
  return routes;
}

/** Notes why a request is refused, for whoever counts refusals when the response is done. */
export function noteRefusal(response: ServerResponse, reason: string): void {
  // Express' responses have `locals`; all of ours are Express'.
  (response as Response).locals['refusal'] = reason;
}

function reportRefusals(mcp: McpService): RequestHandler {
  return (_request, response, next) => {
    response.once('finish', () => {
      if (response.statusCode < 400) return;
      const refusal: unknown = response.locals['refusal'];
      mcp.onRefused(response.statusCode, typeof refusal === 'string' ? refusal : OTHER);
    });
    next();
  };
}
