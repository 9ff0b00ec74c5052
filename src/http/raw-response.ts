import { STATUS_CODES } from 'node:http';
import type { Duplex } from 'node:stream';

import { LIMITS, type OnLimit } from '../monitor/limits.ts';
import type { SocketLimiter } from './socket-limiter.ts';

const CLOSE_TIMEOUT_MS = 1000;

export interface BadRequestOptions {
  readonly onLimit: OnLimit;
  readonly sockets: Pick<SocketLimiter, 'hasRequest'>;
}

/**
 * Responds to a request that Node could not parse, or that exceeds a limit.
 *
 * @param code - of Node's error
 */
export function answerBadRequest(
  code: unknown,
  socket: Duplex,
  { onLimit, sockets }: BadRequestOptions,
): void {
  if (!socket.writable || code === 'ECONNRESET') return void socket.destroy();
  switch (code) {
    case 'HPE_HEADER_OVERFLOW': {
      onLimit('header_size');
      const message = `expected a header of at most ${LIMITS.header_size.max} bytes`;
      return answerAndClose(socket, 431, { code: 'header_too_large', message });
    }
    case 'ERR_HTTP_REQUEST_TIMEOUT': {
      onLimit(sockets.hasRequest(socket) ? 'body_time' : 'header_time');
      const message = `expected the header within ${LIMITS.header_time.max} s and the whole request within ${LIMITS.body_time.max} s`;
      return answerAndClose(socket, 408, { code: 'request_timeout', message });
    }
    default:
      return answerAndClose(socket, 400, { code: 'bad_request', message: 'expected an HTTP/1.1 request' });
  }
}

/** Writes a response to a socket for which Node has no response object. */
export function answerAndClose(
  socket: Duplex,
  status: number,
  error: { readonly code: string; readonly message: string },
  headers: readonly string[] = [],
): void {
  const body = JSON.stringify({ error });
  const head = [
    `HTTP/1.1 ${status} ${STATUS_CODES[status]}`,
    'Connection: close',
    'Content-Type: application/json; charset=utf-8',
    `Content-Length: ${Buffer.byteLength(body)}`,
    ...headers,
  ];
  socket.on('error', () => socket.destroy());
  socket.end(`${head.join('\r\n')}\r\n\r\n${body}`);
  // A client that does not close its side must not keep the socket open.
  setTimeout(() => socket.destroy(), CLOSE_TIMEOUT_MS).unref();
}
