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
