import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';

import { clientOf } from '../client-address.ts';
import { FairShare } from '../monitor/fair-share.ts';
import type { OnLimit } from '../monitor/limits.ts';
import type { OpenFiles } from './open-files.ts';

interface Connection {
  readonly socket: Socket;
  readonly client: string;
  /** Requests that were received and have no complete response yet. */
  readonly open: Set<IncomingMessage>;
  isUpgraded: boolean;
}

export interface SocketLimiterOptions {
  readonly max: number;
  readonly openFiles: Pick<OpenFiles, 'isNearLimit'>;
  readonly onLimit: OnLimit;
}

/**
 * Keeps the sockets of clients below a maximum, and one address below half of it. A new client takes the place of the
 * longest idle socket; a socket with a response under way, a stream or a WebSocket is not idle.
 */
export class SocketLimiter {
  readonly #options: SocketLimiterOptions;
  readonly #share: FairShare<Connection>;
  readonly #bySocket = new WeakMap<object, Connection>();

  constructor(options: SocketLimiterOptions) {
    const { max } = options;
    this.#options = options;
    this.#share = new FairShare({ max, maxPerOwner: Math.max(1, Math.floor(max / 2)) });
  }

  /** Watches the sockets of a server; several share the limits. */
  watch(server: Server): void {
    server.prependListener('connection', (socket: Socket) => this.#onConnection(socket));
    server.prependListener('request', (request: IncomingMessage, response: ServerResponse) =>
      this.#onRequest(request, response),
    );
    server.prependListener('upgrade', ({ socket }: IncomingMessage) => {
      const connection = this.#bySocket.get(socket);
      if (connection) connection.isUpgraded = true;
    });
    // With a listener, Node leaves it to us to close a socket that is quiet.
    server.on('timeout', (socket: Socket) => {
      const connection = this.#bySocket.get(socket);
      if (connection && isBusy(connection) && socket.writableLength === 0) return;
      this.#options.onLimit('socket_idle');
      socket.destroy();
    });
  }

  /** Whether the header of a request has arrived on `socket` that has no complete response yet. */
  hasRequest(socket: object): boolean {
    return (this.#bySocket.get(socket)?.open.size ?? 0) > 0;
  }

  #onConnection(socket: Socket): void {
    // A request that was put back to be read again brings its socket a second time.
    const known = this.#bySocket.get(socket);
    if (known) return void (known.isUpgraded = false);
    const connection: Connection = { socket, client: clientOf(socket), open: new Set(), isUpgraded: false };
    if (!this.#makeRoom(connection.client)) return void socket.destroy();
    this.#bySocket.set(socket, connection);
    this.#share.use(connection.client, connection);
    socket.once('close', () => this.#share.delete(connection.client, connection));
  }

  #onRequest(request: IncomingMessage, response: ServerResponse): void {
    const connection = this.#bySocket.get(request.socket);
    if (!connection) return;
    connection.open.add(request);
    this.#share.use(connection.client, connection);
    response.once('close', () => {
      connection.open.delete(request);
      if (!connection.socket.destroyed) this.#share.use(connection.client, connection);
    });
  }

  /** @returns whether a new socket of `client` may stay */
  #makeRoom(client: string): boolean {
    const { openFiles, onLimit } = this.#options;
    if (this.#share.hasRoom(client) && !openFiles.isNearLimit()) return true;
    onLimit('sockets');
    const victim = this.#share.victimFor(client, isIdle) ?? this.#share.victimFor(client, isStalled);
    if (!victim) return false;
    // Its own `close` comes later, and the next socket may come before.
    this.#share.delete(victim.client, victim);
    victim.socket.destroy();
    return true;
  }
}

const isIdle = (connection: Connection): boolean => !isBusy(connection);
/** Its client does not read what it was sent. */
const isStalled = ({ socket, isUpgraded }: Connection): boolean => !isUpgraded && socket.writableLength > 0;

/** A request that is still being sent does not make its socket busy: it could take for ever. */
function isBusy({ open, isUpgraded }: Connection): boolean {
  return isUpgraded || [...open].some(({ complete }) => complete);
}
