import { unescape } from 'node:querystring';

import { LIMITS, type OnLimit } from '../monitor/limits.ts';
import { createOutboundFetch } from '../outbound/outbound-fetch.ts';
import { readResponseText } from '../outbound/response-text.ts';
import { redirectOf, WebhookRedirect } from './webhook-redirect.ts';

/** Rejects if the request failed, or `signal` was aborted before a response arrived. */
export type PostToWebhook = (body: string, signal: AbortSignal) => Promise<Response>;

/** Time limit for reading the response's body. */
const BODY_TIMEOUT_MS = 500;
const MAX_REDIRECTS = 5;

/**
 * Posts JSON to `url`, and again to the address that a 307 or 308 response names. User and password of the URL are sent as
 * basic authentication to its own origin only. The body of the response is discarded. Rejects with a `WebhookRedirect` if a
 * redirect cannot be followed.
 */
export function createWebhookPost(
  url: string,
  userAgent: string,
  onLimit: OnLimit = () => undefined,
): PostToWebhook {
  const target = new URL(url);
  const credentials = takeCredentials(target);
  const headers = { 'content-type': 'application/json', 'user-agent': userAgent };
  // Messages are rare, so a keep-alive connection would be closed before the next one.
  const fetch = createOutboundFetch({ keepAlive: false, isBackground: true });

  async function postTo(url: URL, body: string, signal: AbortSignal): Promise<Response> {
    const cutOff = new AbortController();
    const either = AbortSignal.any([signal, cutOff.signal]);
    const own = url.origin === target.origin ? { ...headers, ...credentials } : headers;
    const response = await fetch(url, { method: 'POST', headers: own, body, signal: either });
    setTimeout(() => cutOff.abort(), BODY_TIMEOUT_MS).unref();
    discard(response, onLimit);
    return response;
  }

  return async (body, signal) => {
    let url = target;
    for (let hops = 0; ; hops++) {
      const response = await postTo(url, body, signal);
      const next = redirectOf(response, url);
      if (next === null) return response;
      if (hops === MAX_REDIRECTS)
        throw new WebhookRedirect(response.status, `more than ${MAX_REDIRECTS} redirects`);
      url = next;
    }
  };
}

/** Reads a bounded part of the body, so that the connection closes normally. */
function discard(response: Response, onLimit: OnLimit): void {
  readResponseText(response, LIMITS.webhook_response.max).then(
    ({ isCut }) => {
      if (isCut) onLimit('webhook_response');
    },
    () => undefined,
  );
}

/** Removes user and password from `url`. Decodes them here, because Node fails on a bare `%`. */
function takeCredentials(url: URL): { readonly authorization: string } | undefined {
  const { username, password } = url;
  url.username = '';
  url.password = '';
  if (username === '' && password === '') return undefined;
  const credentials = Buffer.from(`${unescape(username)}:${unescape(password)}`).toString('base64');
  return { authorization: `Basic ${credentials}` };
}
