import {
  Agent as HttpAgent,
  request as requestHttp,
  type ClientRequest,
  type IncomingMessage,
} from 'node:http';
import { Agent as HttpsAgent, request as requestHttps } from 'node:https';
import { Readable } from 'node:stream';

interface BackgroundRequest {
  readonly method: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
  readonly signal: AbortSignal;
}

/**
 * Like `fetch`, but a pending response does not keep the process alive. Redirects are not followed, because they could
 * send the API key to another server.
 */
export type BackgroundFetch = (url: URL, request: BackgroundRequest) => Promise<Response>;

/** Statuses without a response body. */
const WITHOUT_BODY = new Set([204, 205, 304]);

/** @param keepAlive - whether to reuse connections, which is worthwhile above one request a minute */
export function createBackgroundFetch({ keepAlive }: { readonly keepAlive: boolean }): BackgroundFetch {
  const agents = { http: new HttpAgent({ keepAlive }), https: new HttpsAgent({ keepAlive }) };

  return function fetchInBackground(url, { method, headers, body, signal }): Promise<Response> {
    return new Promise((resolve, reject) => {
      const isTls = url.protocol === 'https:';
      const request = (isTls ? requestHttps : requestHttp)(url, {
        method,
        headers: { ...headers, 'content-length': Buffer.byteLength(body) },
        agent: isTls ? agents.https : agents.http,
        signal,
      });
      keepInBackground(request);
      request.on('response', (message) => {
        try {
          resolve(responseOf(message));
        } catch (error) {
          message.destroy();
          reject(error);
        }
      });
      request.on('error', (error) => {
        // The server may close an idle connection at the moment of its reuse.
        const isStale =
          request.reusedSocket && !signal.aborted && 'code' in error && error.code === 'ECONNRESET';
        if (isStale) resolve(fetchInBackground(url, { method, headers, body, signal }));
        else reject(error);
      });
      request.end(body);
    });
  };
}

function keepInBackground(request: ClientRequest): void {
  request.on('socket', (socket) => {
    socket.unref();
    // A reused connection already has these listeners.
    if (request.reusedSocket) return;
    // A host name with several addresses has one handle for each connection attempt.
    for (const event of ['connectionAttempt', 'connect']) socket.on(event, () => socket.unref());
  });
}

/** @throws RangeError if the status is not a valid HTTP status */
function responseOf(message: IncomingMessage): Response {
  const status = message.statusCode ?? 0;
  const retryAfter = message.headers['retry-after'];
  const headers = retryAfter === undefined ? undefined : { 'retry-after': retryAfter };
  const hasBody = !WITHOUT_BODY.has(status);
  if (!hasBody) message.resume();
  const body = hasBody ? (Readable.toWeb(message) as ReadableStream<Uint8Array>) : null;
  return new Response(body, { status, ...(headers ? { headers } : undefined) });
}
