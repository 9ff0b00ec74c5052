import { unescape } from 'node:querystring';

import { LIMITS, type OnLimit } from '../monitor/limits.ts';
import { createBackgroundFetch } from '../outbound/background-fetch.ts';
import { readResponseText } from '../outbound/response-text.ts';

/** Rejects if no response came, or `signal` was aborted before one did. */
export type PostToWebhook = (body: string, signal: AbortSignal) => Promise<Response>;

/** A response's body that goes on for longer is cut off. */
const BODY_WITHIN_MS = 500;

/**
 * Posts JSON to `url`, whose user and password become basic authentication. The body of the response is discarded. Not
 * `fetch`, which refuses a URL with a password, and repeats it in its error.
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
  // Messages are rare: the next one would find a connection that was kept open dead.
  const fetch = createBackgroundFetch({ keepAlive: false });
  return async (body, signal) => {
    const cutOff = new AbortController();
    const either = AbortSignal.any([signal, cutOff.signal]);
    const response = await fetch(target, { method: 'POST', headers, body, signal: either });
    setTimeout(() => cutOff.abort(), BODY_WITHIN_MS).unref();
    discard(response, onLimit);
    return response;
  };
}

/** A little of it is read, so that the connection closes in order. */
function discard(response: Response, onLimit: OnLimit): void {
  readResponseText(response, LIMITS.webhook_response.max).then(
    ({ isCut }) => {
      if (isCut) onLimit('webhook_response');
    },
    () => undefined,
  );
}

/** Taken out of `url`: Node's own reading of it fails on a bare `%`. */
function takeCredentials(url: URL): { readonly authorization: string } | undefined {
  const { username, password } = url;
  url.username = '';
  url.password = '';
  if (username === '' && password === '') return undefined;
  const credentials = Buffer.from(`${unescape(username)}:${unescape(password)}`).toString('base64');
  return { authorization: `Basic ${credentials}` };
}
