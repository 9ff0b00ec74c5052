import type { ServerResponse } from 'node:http';

import type { ErrorRequestHandler, RequestHandler, Response } from 'express';
import type { z } from 'zod';

import type { Logger } from '../logging/logger.ts';

/** `{ "error": { "code", "message" } }`: how every error of the HTTP side looks. */
export function sendError(response: Response, status: number, code: string, message: string): void {
  response.status(status).json({ error: { code, message } });
}

/** Records why a request is refused; refusals are counted when the response ends. */
export function noteRefusal(response: ServerResponse, reason: string): void {
  // Express' responses have `locals`; all of ours are Express'.
  (response as Response).locals['refusal'] = reason;
}

/** A request that asks for what is not there, or asks in the wrong way. */
export class HttpError extends Error {
  override readonly name = 'HttpError';
  readonly status: number;
  readonly code: string;

  constructor(status: number, code: string, message: string) {
    super(message);
    this.status = status;
    this.code = code;
  }
}

/**
 * The query of a request, as `schema` reads it.
 *
 * @throws HttpError 400 `invalid_parameter` that names the parameter and what was expected
 */
export function parseQuery<S extends z.ZodType>(schema: S, query: unknown): z.infer<S> {
  const parsed = schema.safeParse(query);
  if (parsed.success) return parsed.data;
  const issue = parsed.error.issues[0];
  const where = issue?.path.join('.') ?? '';
  throw new HttpError(
    400,
    'invalid_parameter',
    where === '' ? String(issue?.message) : `${where}: ${issue?.message}`,
  );
}

export const unknownRoute: RequestHandler = (request, response) => {
  sendError(response, 404, 'unknown_route', `no such route: ${request.method} ${request.path.slice(0, 200)}`);
};

export function errorHandler(logger: Logger): ErrorRequestHandler {
  return (error: unknown, _request, response, next) => {
    if (response.headersSent) return next(error);
    if (error instanceof HttpError) return sendError(response, error.status, error.code, error.message);
    // Express' own: a URL that cannot be decoded, and the like.
    const status = error instanceof URIError ? 400 : 500;
    if (status === 500) logger.error({ err: error }, 'a request failed');
    if (status === 400) return sendError(response, 400, 'bad_request', 'the path cannot be decoded');
    sendError(response, 500, 'internal_error', 'the request failed');
  };
}
