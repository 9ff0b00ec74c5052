import { request as requestHttp, type IncomingMessage } from 'node:http';
import { request as requestHttps } from 'node:https';
import { unescape } from 'node:querystring';

import { keepInBackground } from '../outbound/background-request.ts';
import { LIMITS, type OnLimit } from '../monitor/limits.ts';

/** How a webhook answered. */
export interface WebhookAnswer {
  readonly status: number;
  /** The header of that name (RFC 9110, section 10.2.3). */
  readonly retryAfter: string | undefined;
}

/** Rejects where no answer came, or `signal` was aborted before one did. */
export type PostToWebhook = (body: string, signal: AbortSignal) => Promise<WebhookAnswer>;

/** A body that goes on for longer is cut off. */
const BODY_WITHIN_MS = 500;

/**
 * Posts JSON to `url`, without following redirects. Not `fetch`: that holds the process for as long as a webhook does
 * not answer, and it refuses a URL with user and password, repeating it in its error.
 */
export function createWebhookPost(
  url: string,
  userAgent: string,
  onLimit: OnLimit = () => undefined,
): PostToWebhook {
  const target = new URL(url);
  const auth = credentialsOf(target);
  const request = target.protocol === 'https:' ? requestHttps : requestHttp;
  return (body, signal) =>
    new Promise((resolve, reject) => {
      const headers = {
        'content-type': 'application/json',
        'content-length': Buffer.byteLength(body),
        'user-agent': userAgent,
      };
      // Without an agent: messages are rare, and a connection kept open would be found dead by the next one.
      const post = request(target, { method: 'POST', agent: false, auth, headers, signal });
      keepInBackground(post);
      post.on('error', reject);
      post.on('response', (response) => {
        const answer = { status: response.statusCode ?? 0, retryAfter: response.headers['retry-after'] };
        // It has answered. Its body is not used: a little of it is read, so that the connection closes in order.
        post.off('error', reject).on('error', () => undefined);
        discard(response, onLimit);
        resolve(answer);
      });
      post.end(body);
    });
}

function discard(response: IncomingMessage, onLimit: OnLimit): void {
  let sizeBytes = 0;
  response.on('error', () => undefined);
  response.on('data', (chunk: Buffer) => {
    sizeBytes += chunk.length;
    if (sizeBytes <= LIMITS.webhook_response.max || response.destroyed) return;
    response.destroy();
    onLimit('webhook_response');
  });
  setTimeout(() => response.destroy(), BODY_WITHIN_MS).unref();
}

/** Taken out of `url`: Node's own reading of it fails on a bare `%`. Null where there are none. */
function credentialsOf(url: URL): string | null {
  const { username, password } = url;
  url.username = '';
  url.password = '';
  return username === '' && password === '' ? null : `${unescape(username)}:${unescape(password)}`;
}
