import { once } from 'node:events';
import { createServer, type IncomingMessage, type RequestListener, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Duplex } from 'node:stream';

import { ExporterError, errorMessage } from '../errors.ts';
import { LIMITS, type OnLimit } from '../monitor/limits.ts';
import { createForwardingServer, hasLargeHeader, isForwarded } from './forwarded-requests.ts';
import type { Gate } from './gate.ts';
import { serveBelowPublicPath } from './public-path.ts';
import { answerAndClose, answerBadRequest } from './raw-response.ts';
import type { Refusal } from './refusals.ts';
import type { SocketLimiter } from './socket-limiter.ts';

const TIMES = {
  headersTimeout: LIMITS.header_time.max * 1000,
  requestTimeout: LIMITS.body_time.max * 1000,
  keepAliveTimeout: LIMITS.socket_idle.max * 1000,
  connectionsCheckingInterval: 5000,
  idleTimeout: LIMITS.socket_idle.max * 1000,
};

export interface ListenerOptions {
  /** The host as configured. */
  readonly host: string;
  /** The IP address of `host`. */
  readonly address: string;
  /** 0 selects any free port. */
  readonly port: number;
  /** Whether the listener keeps the process running. */
  readonly keepsProcessAlive: boolean;
  /** The setting for the port, for the error message if the port is in use. */
  readonly portSetting: string;
  readonly onRequest: RequestListener;
  readonly gate: Gate;
  readonly sockets: SocketLimiter;
  readonly onLimit: OnLimit;
  /** @defaultValue those of LIMITS */
  readonly times?: Partial<typeof TIMES>;
  readonly onUpgrade: (request: IncomingMessage, socket: Duplex, head: Buffer) => void;
  /** Whether requests to `/mcp` are forwarded to a server with its own limits. @defaultValue false */
  readonly isForwarding?: boolean;
  /** The address that users open. A reverse proxy may keep its path as a prefix. */
  readonly publicUrl?: string | undefined;
}

/** An HTTP server that is listening. */
export interface Listener {
  /** The base URL with the actual port. */
  readonly url: URL;
  /** Stops listening, lets open requests end for `graceMs`, then cuts them off. */
  close(graceMs: number): Promise<void>;
}

/** @throws ExporterError `port_in_use` or `listen_failed` */
export async function startListener(options: ListenerOptions): Promise<Listener> {
  const { address, port, keepsProcessAlive, gate, sockets, onUpgrade, isForwarding = false } = options;
  if (!Number.isInteger(port))
    throw new TypeError(`port: expected an integer, received ${JSON.stringify(port)}`);
  const times = { ...TIMES, ...options.times };
  const server = createListeningServer(options, times);
  server.setTimeout(times.idleTimeout);
  sockets.watch(server, isForwarding ? isForwarded : undefined);
  server.on('clientError', (error, socket) =>
    answerBadRequest('code' in error ? error.code : '', socket, options),
  );
  if (!keepsProcessAlive) server.unref().on('connection', (socket) => socket.unref());
  server.on('upgrade', (request, socket, head) => {
    if (request.headers.upgrade?.toLowerCase() !== 'websocket') {
      return serveWithoutUpgrade(server, request, socket, head);
    }
    if (hasLargeHeader(request)) return answerBadRequest('HPE_HEADER_OVERFLOW', socket, options);
    const refusal = gate.checkUpgrade(request);
    if (refusal) refuseUpgrade(socket, refusal);
    else onUpgrade(request, socket, head);
  });
  serveBelowPublicPath(server, options.publicUrl);
  try {
    server.listen(port, address);
    await once(server, 'listening');
  } catch (error) {
    throw listenError(error, options);
  }
  return {
    url: urlOf(server, options.host === 'localhost' ? address : options.host),
    close: (graceMs) => closeServer(server, graceMs),
  };
}

function createListeningServer(options: ListenerOptions, times: typeof TIMES): Server {
  const { onRequest, sockets } = options;
  if (!options.isForwarding)
    return createServer({ ...times, maxHeaderSize: LIMITS.header_size.max }, onRequest);
  const reject = ({ socket }: IncomingMessage, code: string) => answerBadRequest(code, socket, options);
  return createForwardingServer({ onRequest, times, sockets, reject });
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
 * A server must ignore an upgrade that it does not support (RFC 9110, section 7.8): clients offer h2c with ordinary
 * requests. Node has stopped parsing HTTP at this point, so the request is written back to the socket without the offer.
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

export function refuseUpgrade(socket: Duplex, { status, code, message, headers = {} }: Refusal): void {
  const lines = Object.entries(headers).map(([name, value]) => `${name}: ${value}`);
  answerAndClose(socket, status, { code, message }, lines);
}

function urlOf(server: Server, host: string): URL {
  const { port } = server.address() as AddressInfo;
  const isWildcard = host === '0.0.0.0' || host === '::';
  const name = isWildcard ? 'localhost' : host.includes(':') && !host.startsWith('[') ? `[${host}]` : host;
  return new URL(`http://${name}:${port}/`);
}

function listenError(error: unknown, { host, port, portSetting }: ListenerOptions): ExporterError {
  if (error instanceof Error && 'code' in error && error.code === 'EADDRINUSE') {
    const advice = `stop the program that uses it, or set ${portSetting}`;
    return new ExporterError('port_in_use', `port ${port} on ${host} is in use: ${advice}`, { cause: error });
  }
  const message = `cannot listen on ${host} port ${port}: ${errorMessage(error)}`;
  return new ExporterError('listen_failed', message, { cause: error });
}
