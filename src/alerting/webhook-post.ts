import { unescape } from 'node:querystring';

import { LIMITS, type OnLimit } from '../monitor/limits.ts';
import { createBackgroundFetch } from '../outbound/background-fetch.ts';
import { readResponseText } from '../outbound/response-text.ts';

/** Rejects if the request failed, or `signal` was aborted before a response arrived. */
export type PostToWebhook = (body: string, signal: AbortSignal) => Promise<Response>;

/** Time limit for reading the response's body. */
const BODY_TIMEOUT_MS = 500;

/**
 * Posts JSON to `url`. Its user and password are sent as basic authentication: `fetch` would refuse such a URL, and repeat
 * it in its error. The body of the response is discarded.
 */
export function createWebhookPost(
  url: string,
  userAgent: string,
  onLimit: OnLimit = () => undefined,
): PostToWebhook {
  const target = new URL(url);
  const headers = {
    'content-type': 'application/json',
    'user-agent': userAgent,
    ...takeCredentials(target),
  };
  // Messages are rare, so a keep-alive connection would be closed before the next one.
  const fetch = createBackgroundFetch({ keepAlive: false });
  return async (body, signal) => {
    const cutOff = new AbortController();
    const either = AbortSignal.any([signal, cutOff.signal]);
    const response = await fetch(target, { method: 'POST', headers, body, signal: either });
    setTimeout(() => cutOff.abort(), BODY_TIMEOUT_MS).unref();
    discard(response, onLimit);
    return response;
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
