import type { IncomingMessage, ServerResponse } from 'node:http';

import type { AnnouncedTo } from './announced-endpoints.ts';
import type { HttpExchange } from './http-exchange.ts';
import type { ObservedBody } from './observed-body.ts';

/** A client's request on its way through the proxy. */
export interface ProxiedRequest {
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  readonly exchange: HttpExchange;
  readonly body: ObservedBody;
  /** The URL at the server. */
  readonly target: URL;
  readonly client: AnnouncedTo;
  /** The prefix that a reverse proxy has removed from the path, without a final slash. */
  readonly prefix: string;
}

/** Path and query of a request's target, which may be an absolute URL. */
export function pathOf({ url = '/' }: IncomingMessage): string {
  if (url.startsWith('/')) return url;
  if (!URL.canParse(url)) return '/';
  const { pathname, search } = new URL(url);
  return pathname + search;
}

/** The value of a header, or the first of several values. */
export function headerOf({ headers }: IncomingMessage, name: string): string | undefined {
  const value = headers[name];
  return Array.isArray(value) ? value[0] : value;
}

/** The prefix that a reverse proxy has removed from the path, without a final slash; `''` without one. */
export function prefixOf(request: IncomingMessage): string {
  const [first = ''] = headerOf(request, 'x-forwarded-prefix')?.split(',', 1) ?? [];
  return /^((?:\/[\w.~%@:+-]+)+)\/?$/.exec(first.trim())?.[1] ?? '';
}
