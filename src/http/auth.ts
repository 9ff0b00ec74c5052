import { createHash, timingSafeEqual } from 'node:crypto';
import type { IncomingHttpHeaders } from 'node:http';

import type { RequestHandler } from 'express';

import { sendError } from './http-error.ts';

/** Whether a key that a client presented is the right one. */
export type KeyCheck = (presented: string | undefined) => boolean;

/** Checks against `apiKey` in constant time; without one, authentication is off and everything passes. */
export function createKeyCheck(apiKey: string | undefined): KeyCheck {
  if (apiKey === undefined) return () => true;
  const expected = digest(apiKey);
  return (presented) => presented !== undefined && timingSafeEqual(digest(presented), expected);
}

/** The key of an `Authorization: Bearer` header. */
export function bearerKey(headers: IncomingHttpHeaders): string | undefined {
  return /^Bearer +([\x21-\x7e]+)$/i.exec(headers.authorization ?? '')?.[1];
}

export function requireKey(isRightKey: KeyCheck): RequestHandler {
  return (request, response, next) => {
    if (isRightKey(bearerKey(request.headers))) return next();
    response.set('WWW-Authenticate', 'Bearer realm="mcp-exporter"');
    response.locals['refusal'] = 'unauthorized';
    sendError(response, 401, 'unauthorized', 'expected Authorization: Bearer with the exporter’s API key');
  };
}

// Of equal length whatever the key's, which timingSafeEqual asks for.
function digest(key: string): Buffer {
  return createHash('sha256').update(key).digest();
}
