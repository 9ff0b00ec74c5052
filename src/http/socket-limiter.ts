import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';

import { clientOf } from '../client-address.ts';
import { FairShare } from '../monitor/fair-share.ts';
import type { OnLimit } from '../monitor/limits.ts';
import type { OpenFiles } from './open-files.ts';

interface Connection {
  readonly socket: Socket;
  readonly client: string;
  /** Requests that were received and have not been fully answered. */
  readonly open: Set<IncomingMessage>;
  isUpgraded: boolean;
}

export interface SocketLimiterOptions {
  readonly max: number;
  readonly openFiles: Pick<OpenFiles, 'isNearLimit'>;
  readonly onLimit: OnLimit;
}

/**
 * Limits the number of client sockets, and one address to half of it. At the limit, a new client evicts the socket that was
 * idle longest. A socket with a pending response, a stream or a WebSocket is not idle.
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

  /** Number of open sockets. */
  get count(): number {
    return this.#share.size;
  }

  /**
   * Watches the sockets of a server. Several servers share the limits.
   *
   * @param mayPause - whether the client may pause for any time while it sends a request. At the limit, its socket still
   *   counts as idle
   */
  watch(server: Server, mayPause: (request: IncomingMessage) => boolean = () => false): void {
    server.prependListener('connection', (socket: Socket) => this.#onConnection(socket));
    server.prependListener('request', (request: IncomingMessage, response: ServerResponse) =>
      this.#onRequest(request, response),
    );
    server.prependListener('upgrade', ({ socket }: IncomingMessage) => {
      const connection = this.#bySocket.get(socket);
      if (connection) connection.isUpgraded = true;
    });
    // With a listener, Node does not close an idle socket itself.
    server.on('timeout', (socket: Socket) => {
      const connection = this.#bySocket.get(socket);
      const isExpected = connection && (isBusy(connection) || [...connection.open].some(mayPause));
      if (isExpected && socket.writableLength === 0) return;
      this.#options.onLimit('socket_idle');
      socket.destroy();
    });
  }

  /** Whether `socket` has received the header of a request that has not been fully answered. */
  hasRequest(socket: object): boolean {
    return (this.#bySocket.get(socket)?.open.size ?? 0) > 0;
  }

  #onConnection(socket: Socket): void {
    // After a refused upgrade, Node receives the same socket a second time; see serveWithoutUpgrade.
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

  /** @returns whether a new socket of `client` is accepted */
  #makeRoom(client: string): boolean {
    const { openFiles, onLimit } = this.#options;
    if (this.#share.hasRoom(client) && !openFiles.isNearLimit()) return true;
    onLimit('sockets');
    const victim = this.#share.victimFor(client, isIdle) ?? this.#share.victimFor(client, isStalled);
    if (!victim) return false;
    // Its `close` event may come after the next socket.
    this.#share.delete(victim.client, victim);
    victim.socket.destroy();
    return true;
  }
}

const isIdle = (connection: Connection): boolean => !isBusy(connection);
/** Whether the client does not read its response. */
const isStalled = ({ socket, isUpgraded }: Connection): boolean => !isUpgraded && socket.writableLength > 0;

/** An incomplete request does not make its socket busy, because a client could send it forever. */
function isBusy({ open, isUpgraded }: Connection): boolean {
  return isUpgraded || [...open].some(({ complete }) => complete);
}
