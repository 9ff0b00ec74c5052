import type { IncomingMessage } from 'node:http';

import { isAtHost } from './announced-endpoints.ts';
import type { ProxiedRequest } from './proxied-request.ts';

/** As many as the Fetch standard allows. */
export const MAX_REDIRECTS = 20;

export type RedirectProblem = 'redirect_loop' | 'redirect_to_other_origin';

/** A redirect that the proxy does not follow. */
export class RedirectError extends Error {
  override readonly name = 'RedirectError';
  readonly code: RedirectProblem;
  /** The target without its query. */
  readonly location: string;

  constructor(code: RedirectProblem, { origin, pathname }: URL) {
    const location = origin + pathname;
    const problem = {
      redirect_loop: `redirects more than ${MAX_REDIRECTS} times, at last to ${location}`,
      redirect_to_other_origin: `redirects to ${location}, which is another origin: use that URL as --upstream`,
    };
    super(`${code}: the MCP server behind this proxy ${problem[code]}`);
    this.code = code;
    this.location = location;
  }
}

export interface Redirect {
  readonly target: URL;
  /** Whether `Authorization` and cookies may be sent to the target. */
  readonly keepsCredentials: boolean;
}

/**
 * Where a response redirects a request that can be sent again unchanged: to the same origin, or from http to https on the
 * same host. Returns null for a response that the client receives instead.
 *
 * @throws RedirectError if an MCP client is redirected to another origin
 * @see {@link https://fetch.spec.whatwg.org/#http-redirect-fetch}
 */
export function redirectOf(answer: IncomingMessage, proxied: ProxiedRequest, upstream: URL): Redirect | null {
  const { request, target: from, client } = proxied;
  const { location, 'set-cookie': cookies } = answer.headers;
  // Only the client can keep the cookies.
  if (cookies || !keepsMethod(answer.statusCode, request.method)) return null;
  const to = targetOf(location, from);
  if (!to) return null;
  if (isAtHost(to, client.ownHost))
    return { target: new URL(upstream.origin + to.pathname + to.search), keepsCredentials: true };
  if (to.origin === from.origin || to.origin === upstream.origin)
    return { target: to, keepsCredentials: to.origin === from.origin };
  if (to.protocol === 'https:' && to.hostname === from.hostname)
    return { target: to, keepsCredentials: from.port === '' && to.port === '' };
  if (isMcpRequest(request)) throw new RedirectError('redirect_to_other_origin', to);
  return null;
}

/** The target without user and password, which would be sent as a header. */
function targetOf(location: string | undefined, from: URL): URL | null {
  if (!location || !URL.canParse(location, from.href)) return null;
  const { protocol, origin, pathname, search } = new URL(location, from);
  return /^https?:$/.test(protocol) ? new URL(origin + pathname + search) : null;
}

/** Whether clients send the same request to the target. Otherwise they send a GET without the body. */
function keepsMethod(status: number | undefined, method: string | undefined): boolean {
  const isRead = method === 'GET' || method === 'HEAD';
  if (status === 301 || status === 302) return method !== 'POST';
  return status === 307 || status === 308 || (status === 303 && isRead);
}

/** A browser that opens the endpoint may be redirected elsewhere, for example to sign in. */
function isMcpRequest({ method, headers }: IncomingMessage): boolean {
  return method === 'POST' || method === 'DELETE' || /text\/event-stream/i.test(headers.accept ?? '');
}
