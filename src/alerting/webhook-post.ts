import { request as requestHttp } from 'node:http';
import { request as requestHttps } from 'node:https';

/** How a webhook answered. */
export interface WebhookAnswer {
  readonly status: number;
  /** The header of that name (RFC 9110, section 10.2.3). */
  readonly retryAfter: string | undefined;
}

/** Rejects where no answer came, or `signal` was aborted before one did. */
export type PostToWebhook = (body: string, signal: AbortSignal) => Promise<WebhookAnswer>;

/**
 * Posts JSON to `url`, without following redirects. Not `fetch`: that holds the process for as long as a webhook does
 * not answer, and it refuses a URL with user and password, repeating it in its error.
 */
export function createWebhookPost(url: string, userAgent: string): PostToWebhook {
  const target = new URL(url);
  const request = target.protocol === 'https:' ? requestHttps : requestHttp;
  return (body, signal) =>
    new Promise((resolve, reject) => {
      const headers = {
        'content-type': 'application/json',
        'content-length': Buffer.byteLength(body),
        'user-agent': userAgent,
      };
      // Without an agent: messages are rare, and a connection kept open would be found dead by the next one.
      const post = request(target, { method: 'POST', agent: false, headers, signal });
      post.on('socket', (socket) => socket.unref());
      post.on('error', reject);
      post.on('response', (response) => {
        const answer = { status: response.statusCode ?? 0, retryAfter: response.headers['retry-after'] };
        // It has answered. Whether its body ends or is cut off by `signal` is all the same.
        post.off('error', reject).on('error', () => undefined);
        response.on('error', () => undefined).on('close', () => resolve(answer));
        response.resume();
      });
      post.end(body);
    });
}
