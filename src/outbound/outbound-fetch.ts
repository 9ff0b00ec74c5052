import {
  Agent as HttpAgent,
  request as requestHttp,
  type ClientRequest,
  type IncomingMessage,
} from 'node:http';
import { Agent as HttpsAgent, request as requestHttps } from 'node:https';
import { Readable } from 'node:stream';

import type { Send } from './send.ts';

interface OutboundRequest {
  readonly method: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
  readonly signal: AbortSignal;
}

/**
 * Like `fetch`, but honors `HTTPS_PROXY`, `HTTP_PROXY` and `NO_PROXY`. Redirects are not followed, because they could send
 * the API key to another server.
 */
export type OutboundFetch = (url: URL, request: OutboundRequest) => Promise<Response>;

interface OutboundFetchOptions {
  /** Whether to reuse connections, which is worthwhile above one request a minute. */
  readonly keepAlive: boolean;
  /** Whether a pending response does not keep the process alive. */
  readonly isBackground: boolean;
  /**
   * Names the proxies.
   * @defaultValue the environment of this process
   */
  readonly env?: NodeJS.ProcessEnv;
}

/** Statuses without a response body. */
const WITHOUT_BODY = new Set([204, 205, 304]);
const NAMES_PROXY = /^(?:https?|all)_proxy$/i;

export function createOutboundFetch(options: OutboundFetchOptions): OutboundFetch {
  const { isBackground, env = process.env } = options;
  let sender: Promise<Send> | null = null;

  return async function fetchOutbound(url, { method, headers, body, signal }): Promise<Response> {
    const send = await (sender ??= createSender(options, env));
    signal.throwIfAborted();
    return new Promise((resolve, reject) => {
      const request = send(url, {
        method,
        headers: { ...headers, 'content-length': Buffer.byteLength(body) },
        signal,
      });
      if (isBackground) keepInBackground(request);
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
        if (isStale) resolve(fetchOutbound(url, { method, headers, body, signal }));
        else reject(error);
      });
      request.end(body);
    });
  };
}

/** Loads the part for proxies only if the environment names one. */
async function createSender(options: OutboundFetchOptions, env: NodeJS.ProcessEnv): Promise<Send> {
  const direct = createDirectSender(options);
  if (!Object.keys(env).some((name) => NAMES_PROXY.test(name) && env[name] !== '')) return direct;
  const { createProxiedSender } = await import('./proxied-requests.ts');
  return createProxiedSender(direct, options, env);
}

function createDirectSender({ keepAlive }: OutboundFetchOptions): Send {
  const agents = { http: new HttpAgent({ keepAlive }), https: new HttpsAgent({ keepAlive }) };
  return (url, options) =>
    url.protocol === 'https:'
      ? requestHttps(url, { ...options, agent: agents.https })
      : requestHttp(url, { ...options, agent: agents.http });
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
  const hasBody = !WITHOUT_BODY.has(status);
  if (!hasBody) message.resume();
  const body = hasBody ? (Readable.toWeb(message) as ReadableStream<Uint8Array>) : null;
  return new Response(body, { status, headers: headersOf(message) });
}

function headersOf({ headersDistinct }: IncomingMessage): Headers {
  const headers = new Headers();
  for (const [name, values = []] of Object.entries(headersDistinct)) {
    for (const value of values) headers.append(name, value);
  }
  return headers;
}
