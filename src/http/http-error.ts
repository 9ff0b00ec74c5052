import type { ServerResponse } from 'node:http';

import type { ErrorRequestHandler, RequestHandler, Response } from 'express';
import type { z } from 'zod';

import type { ErrorBody } from '../api/answers.ts';
import type { Logger } from '../logging/logger.ts';

/** Sends `{ "error": { "code", "message" } }`, the format of all HTTP errors. */
export function sendError(response: Response, status: number, code: string, message: string): void {
  response.status(status).json({ error: { code, message } } satisfies ErrorBody);
}

/** Records the reason of a refused request. Refusals are counted when the response ends. */
export function noteRefusal(response: ServerResponse, reason: string): void {
  // All responses are created by Express, whose type has `locals`.
  (response as Response).locals['refusal'] = reason;
}

/** An error that is sent to the client. */
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
 * Parses the query of a request.
 *
 * @throws HttpError 400 `invalid_parameter` with the parameter's name and the expected value
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
    // Express throws a URIError for a URL that cannot be decoded.
    const status = error instanceof URIError ? 400 : 500;
    if (status === 500) logger.error({ err: error }, 'a request failed');
    if (status === 400) return sendError(response, 400, 'bad_request', 'the path cannot be decoded');
    sendError(response, 500, 'internal_error', 'the request failed');
  };
}
