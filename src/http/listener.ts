import { once } from 'node:events';
import {
  createServer,
  STATUS_CODES,
  type IncomingMessage,
  type RequestListener,
  type Server,
} from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Duplex } from 'node:stream';

import { ExporterError, errorMessage } from '../errors.ts';

/** Why a WebSocket may not be opened. */
export interface UpgradeRefusal {
  readonly status: 401 | 403 | 404;
  readonly code: string;
}

export interface ListenerOptions {
  readonly host: string;
  /** 0 takes any free one. */
  readonly port: number;
  /** Whether the process goes on for as long as this listens. */
  readonly keepsProcessAlive: boolean;
  /** The setting that chooses the port, for the message when it is taken. */
  readonly portSetting: string;
  readonly onRequest: RequestListener;
  readonly checkUpgrade: (request: IncomingMessage) => UpgradeRefusal | null;
  readonly onUpgrade: (request: IncomingMessage, socket: Duplex, head: Buffer) => void;
}

/** An HTTP server that is listening. */
export interface Listener {
  /** With the port that it really has. */
  readonly url: URL;
  /** Stops listening, lets open requests end for `graceMs`, then cuts them off. */
  close(graceMs: number): Promise<void>;
}

/** @throws ExporterError `port_in_use` or `listen_failed`, in one line */
export async function startListener(options: ListenerOptions): Promise<Listener> {
  const { host, port, keepsProcessAlive, onRequest, checkUpgrade, onUpgrade } = options;
  if (!Number.isInteger(port))
    throw new TypeError(`port: expected a whole number, received ${JSON.stringify(port)}`);
  const server = createServer(onRequest);
  if (!keepsProcessAlive) server.unref().on('connection', (socket) => socket.unref());
  server.on('upgrade', (request, socket, head) => {
    if (request.headers.upgrade?.toLowerCase() !== 'websocket') {
      return serveWithoutUpgrade(server, request, socket, head);
    }
    const refusal = checkUpgrade(request);
    if (refusal) refuseUpgrade(socket, refusal);
    else onUpgrade(request, socket, head);
  });
  // `localhost` may be ::1 alone; clients that are told 127.0.0.1 must find us.
  const address = host === 'localhost' ? '127.0.0.1' : host;
  try {
    server.listen(port, address);
    await once(server, 'listening');
  } catch (error) {
    throw listenError(error, options);
  }
  return {
    url: urlOf(server, address),
    close: (graceMs) => closeServer(server, graceMs),
  };
}

async function closeServer(server: Server, graceMs: number): Promise<void> {
  if (!server.listening) return;
  const closed = once(server, 'close');
  server.close();
  const cutOff = setTimeout(() => server.closeAllConnections(), graceMs);
  await closed;
  clearTimeout(cutOff);
}

/**
 * An upgrade that is not taken is to be ignored (RFC 9110, section 7.8): clients offer h2c with ordinary requests.
 * Node has stopped reading HTTP here, so the request is put back, without the offer, for it to read anew.
 */
function serveWithoutUpgrade(server: Server, request: IncomingMessage, socket: Duplex, head: Buffer): void {
  const { method, url, rawHeaders } = request;
  const lines = [`${method} ${url} HTTP/1.1`];
  for (let i = 0; i < rawHeaders.length; i += 2) {
    const name = rawHeaders[i] ?? '';
    const value = name.toLowerCase() === 'connection' ? 'keep-alive' : (rawHeaders[i + 1] ?? '');
    if (!/^(upgrade|http2-settings)$/i.test(name)) lines.push(`${name}: ${value}`);
  }
  socket.unshift(Buffer.concat([Buffer.from(`${lines.join('\r\n')}\r\n\r\n`, 'latin1'), head]));
  server.emit('connection', socket);
}

export function refuseUpgrade(socket: Duplex, { status, code }: UpgradeRefusal): void {
  const body = JSON.stringify({ error: { code, message: 'this WebSocket may not be opened' } });
  socket.on('error', () => socket.destroy());
  socket.end(
    `HTTP/1.1 ${status} ${STATUS_CODES[status]}\r\nConnection: close\r\nContent-Type: application/json\r\n` +
      `Content-Length: ${Buffer.byteLength(body)}\r\n\r\n${body}`,
  );
}

function urlOf(server: Server, host: string): URL {
  const { port } = server.address() as AddressInfo;
  const isWildcard = host === '0.0.0.0' || host === '::';
  const name = isWildcard ? 'localhost' : host.includes(':') && !host.startsWith('[') ? `[${host}]` : host;
  return new URL(`http://${name}:${port}/`);
}

function listenError(error: unknown, { host, port, portSetting }: ListenerOptions): ExporterError {
  if (error instanceof Error && 'code' in error && error.code === 'EADDRINUSE') {
    const advice = `stop what holds it, or set ${portSetting}`;
    return new ExporterError('port_in_use', `port ${port} on ${host} is in use: ${advice}`, { cause: error });
  }
  const message = `cannot listen on ${host} port ${port}: ${errorMessage(error)}`;
  return new ExporterError('listen_failed', message, { cause: error });
}
