import {
  createServer,
  type IncomingMessage,
  type RequestListener,
  type Server,
  type ServerResponse,
} from 'node:http';

import { LIMITS } from '../monitor/limits.ts';
import { isMcpPath } from './gate-route.ts';
import type { SocketLimiter } from './socket-limiter.ts';

/** Time for a client to finish a request whose response is complete. */
const LINGER_MS = 30_000;

export interface ForwardingServerOptions {
  readonly onRequest: RequestListener;
  /** Times in milliseconds, as Node takes them. `requestTimeout` applies to the exporter's own routes. */
  readonly times: { readonly requestTimeout: number; readonly headersTimeout: number };
  readonly sockets: Pick<SocketLimiter, 'count'>;
  /** Called with the code of Node's error if a request to an own route exceeds a limit. Responds and closes the socket. */
  readonly reject: (request: IncomingMessage, code: string) => void;
}

/**
 * Creates the server of a proxy. The proxied server has its own limits for headers and uploads, so requests to it pass
 * without those of the exporter, which apply to all other routes.
 */
export function createForwardingServer({
  onRequest,
  times,
  sockets,
  reject,
}: ForwardingServerOptions): Server {
  const server: Server & { maxHeaderSize?: number } = createServer(
    { ...times, requestTimeout: 0, keepAlive: true, keepAliveInitialDelay: 60_000 },
    (request, response) => {
      if (isForwarded(request)) {
        closeGently(request);
        response.once('finish', () => limitTime(request, LINGER_MS, () => request.destroy()));
      } else if (hasLargeHeader(request)) {
        return reject(request, 'HPE_HEADER_OVERFLOW');
      } else {
        limitTime(request, times.requestTimeout, () => reject(request, 'ERR_HTTP_REQUEST_TIMEOUT'));
      }
      onRequest(request, response);
    },
  );
  // The proxied server decides whether the client may continue.
  server.on('checkContinue', (request: IncomingMessage, response: ServerResponse) => {
    if (!isForwarded(request)) response.writeContinue();
    server.emit('request', request, response);
  });
  // Node reads this property when a socket opens.
  server.prependListener('connection', () => (server.maxHeaderSize = headerSizeAmong(sockets.count)));
  return server;
}

/** Whether a proxy forwards a request to its server. */
export function isForwarded({ url = '' }: IncomingMessage): boolean {
  return isMcpPath(url.startsWith('/') ? url.replace(/\?.*/s, '') : pathOf(url));
}

/**
 * Lets a client read a response that is sent before its request is complete. Node would close the socket, and a socket
 * that is closed with unread data is reset, which discards the response. Here, the rest of the request is read first.
 */
function closeGently(request: IncomingMessage): void {
  const { socket } = request;
  const closeAtOnce = Object.getPrototypeOf(socket).destroySoon.bind(socket);
  socket.destroySoon = () => void (request.complete ? closeAtOnce() : socket.end());
}

/** Whether a header exceeds the limit of the exporter's own routes, counted as Node does. */
export function hasLargeHeader({ url = '', rawHeaders }: IncomingMessage): boolean {
  return rawHeaders.reduce((size, { length }) => size + length, url.length) >= LIMITS.header_size.max;
}

/** The largest header that a new socket may send: its share of the memory for headers. */
function headerSizeAmong(sockets: number): number {
  const share = Math.floor(LIMITS.forwarded_headers_total.max / Math.max(1, sockets));
  return Math.min(LIMITS.forwarded_header_size.max, Math.max(LIMITS.header_size.max, share));
}

/** Calls `onTimeout` if a request is still incomplete after this time. */
function limitTime(request: IncomingMessage, timeMs: number, onTimeout: () => void): void {
  if (request.complete) return;
  const timer = setTimeout(onTimeout, timeMs).unref();
  const stop = () => clearTimeout(timer);
  request.once('end', stop).once('close', stop);
}

function pathOf(url: string): string {
  return URL.canParse(url) ? new URL(url).pathname : '';
}
