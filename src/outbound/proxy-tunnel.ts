import type { ClientRequest, IncomingMessage, RequestOptions } from 'node:http';
import { Agent as HttpsAgent } from 'node:https';
import type { Socket } from 'node:net';
import type { Duplex } from 'node:stream';

import { authorizationFor, requestTo } from './proxy-request.ts';

/** A proxy that has not opened a tunnel. The message contains neither user nor password. */
class ProxyError extends Error {
  override readonly name = 'ProxyError';
  /** `PROXY_STATUS_` and the proxy's HTTP status. */
  readonly code: string;

  constructor(proxy: URL, status: number) {
    super(`the proxy ${proxy.host} answered with HTTP status ${status}`);
    this.code = `PROXY_STATUS_${status}`;
  }
}

export interface TunnelOptions extends RequestOptions {
  /** The request's `signal`, which Node.js does not pass on to agents. */
  readonly tunnelSignal?: AbortSignal | undefined;
}

/** Connects to `https` URLs through a tunnel of the proxy, which sees only host and port. */
export class TunnelAgent extends HttpsAgent {
  readonly #proxy: URL;
  readonly #isBackground: boolean;

  constructor(proxy: URL, options: { readonly keepAlive: boolean; readonly isBackground: boolean }) {
    super({ keepAlive: options.keepAlive });
    this.#proxy = proxy;
    this.#isBackground = options.isBackground;
  }

  override createConnection(
    options: TunnelOptions,
    callback?: (error: Error | null, socket: Duplex) => void,
  ): null {
    // The declared type does not allow an error without a socket.
    const done = callback as (error: Error | null, socket?: Duplex | null) => void;
    const connect = this.#openTunnel(options);
    connect.on('error', (error) => done(error));
    connect.on('connect', ({ statusCode = 0 }: IncomingMessage, socket: Socket) => {
      if (statusCode === 200) return done(null, super.createConnection({ ...options, socket } as never));
      socket.destroy();
      done(new ProxyError(this.#proxy, statusCode));
    });
    connect.end();
    return null;
  }

  #openTunnel({ host, port, tunnelSignal: signal }: TunnelOptions): ClientRequest {
    const target = `${host?.includes(':') ? `[${host}]` : host}:${port}`;
    const headers = { host: target, ...authorizationFor(this.#proxy) };
    const connect = requestTo(this.#proxy, { method: 'CONNECT', path: target, headers, agent: false });
    const abort = () => connect.destroy(new Error('aborted while connecting to the proxy'));
    signal?.addEventListener('abort', abort, { once: true });
    for (const end of ['connect', 'error']) {
      connect.on(end, () => signal?.removeEventListener('abort', abort));
    }
    if (this.#isBackground) connect.on('socket', (socket) => void socket.unref());
    return connect;
  }
}
