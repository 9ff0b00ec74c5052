import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import type { IncomingMessage } from 'node:http';
import type { Duplex } from 'node:stream';

import { WebSocketServer, type RawData, type WebSocket } from 'ws';

import { clientOf } from '../client-address.ts';
import type { Logger } from '../logging/logger.ts';
import { systemClock, type Clock } from '../monitor/clock.ts';
import { guarded } from '../monitor/guarded.ts';
import { FairShare } from '../monitor/fair-share.ts';
import { LIMITS, type LimitName } from '../monitor/limits.ts';
import type { SessionRegistry } from '../monitor/session-registry.ts';
import { UnreachableServers } from '../monitor/unreachable-servers.ts';
import type { Config } from '../settings/config.ts';
import { currentMetricsToWire } from '../wire-format/current-metrics.ts';
import { toWire } from '../wire-format/wire-format.ts';
import { parseClientMessage, type ClientMessage } from './client-message.ts';
import { FeedBroadcast, type FeedMetrics } from './feed-broadcast.ts';
import { closeSocket, FeedClient, frameOf, TRY_AGAIN_LATER } from './feed-client.ts';
import { FEED_PROTOCOL, type ExporterFacts } from './feed-protocol.ts';

export interface FeedServerOptions {
  readonly sessions: SessionRegistry;
  readonly serverVersion: string;
  readonly metrics: FeedMetrics;
  readonly logger: Logger;
  /** Sent to clients, which link to Grafana and mark operations that are slower than the threshold. */
  readonly config: Pick<Config, 'grafanaUrl' | 'slowOperationSeconds'>;
  /** @defaultValue the system's clocks */
  readonly clock?: Clock;
  /** @defaultValue LIMITS.feed_clients.max */
  readonly maxClients?: number;
  /** @defaultValue LIMITS.feed_clients_per_address.max */
  readonly maxClientsPerAddress?: number;
  /** @defaultValue 30000 */
  readonly heartbeatMs?: number;
  /** Number of events that are kept for clients that resume. @defaultValue 10000 */
  readonly resumeEvents?: number;
}

const MESSAGE_LIMITS = {
  max_message_bytes: LIMITS.feed_message_size.max,
  max_messages_per_second: LIMITS.feed_message_rate.max,
};
/** A message beyond the message limit gets an error. Beyond this size, the connection is closed. */
const MAX_FRAME_BYTES = 64 * 1024;
/** Time for a new client to send `resume` before events are sent. */
const RESUME_GRACE_MS = 250;

const GOING_AWAY = 1001;

/** The live feed over WebSockets: accepts clients and handles their messages. */
export class FeedServer {
  readonly #options: FeedServerOptions;
  readonly #bootId = randomUUID();
  readonly #resumeEvents: number;
  readonly #unreachable: UnreachableServers;
  readonly #broadcast: FeedBroadcast;
  readonly #share: FairShare<FeedClient>;
  readonly #sockets: WebSocketServer;
  readonly #unsubscribe: () => void;
  readonly #heartbeat: NodeJS.Timeout;

  constructor(options: FeedServerOptions) {
    const { sessions, metrics, logger, heartbeatMs = 30_000, resumeEvents = 10_000 } = options;
    const broadcast = new FeedBroadcast(sessions, metrics, logger, resumeEvents);
    this.#options = options;
    this.#share = new FairShare({
      max: options.maxClients ?? LIMITS.feed_clients.max,
      maxPerOwner: options.maxClientsPerAddress ?? LIMITS.feed_clients_per_address.max,
    });
    this.#unreachable = new UnreachableServers({
      clock: options.clock ?? systemClock,
      redactor: sessions.redactor,
      onLimit: sessions.reportLimit,
    });
    this.#resumeEvents = resumeEvents;
    this.#broadcast = broadcast;
    this.#sockets = new WebSocketServer({
      noServer: true,
      perMessageDeflate: false,
      maxPayload: MAX_FRAME_BYTES,
      handleProtocols: (offered) => (offered.has(FEED_PROTOCOL) ? FEED_PROTOCOL : false),
    });
    this.#unsubscribe = sessions.subscribe((event) => {
      if (event.type === 'operation') broadcast.onOperation(event);
      else if (event.type === 'session') broadcast.onSession(event);
      else if (event.type === 'upstream_checked' && this.#unreachable.take(event))
        broadcast.onUnreachableServers(this.#unreachable.all);
    }, 'feed');
    this.#heartbeat = setInterval(
      this.#guarded(() => this.#beat()),
      heartbeatMs,
    ).unref();
  }

  /** The current position: the id of this run of the server, and the sequence number of the last event. */
  get position(): { readonly bootId: string; readonly seq: number } {
    return { bootId: this.#bootId, seq: this.#broadcast.lastSeq };
  }

  get facts(): ExporterFacts {
    const { serverVersion, config } = this.#options;
    return {
      server_version: serverVersion,
      server_time: new Date().toISOString(),
      grafana_url: config.grafanaUrl ?? null,
      slow_operation_threshold: config.slowOperationSeconds,
      unreachable_servers: this.#unreachable.all.map((server) => toWire(server)),
    };
  }

  /** Accepts an upgrade that the gate has already checked. */
  handleUpgrade(request: IncomingMessage, socket: Duplex, head: Buffer): void {
    this.#sockets.handleUpgrade(request, socket, head, (webSocket) =>
      this.#onConnection(webSocket, clientOf(request.socket)),
    );
  }

  /** Sends all pending events, and closes all clients with 1001. */
  async close(): Promise<void> {
    this.#unsubscribe();
    clearInterval(this.#heartbeat);
    this.#broadcast.close();
    const closed = [...this.#sockets.clients].map((socket) => once(socket, 'close'));
    for (const client of this.#broadcast.clients) client.close(GOING_AWAY, 'the exporter is stopping');
    await Promise.all(closed);
  }

  #onConnection(socket: WebSocket, address: string): void {
    const { logger } = this.#options;
    socket.on('error', (error) => logger.debug({ err: error }, 'feed client failed'));
    const limit = this.#limitReachedBy(address);
    if (limit !== null) {
      this.#options.sessions.reportLimit(limit);
      return closeSocket(socket, TRY_AGAIN_LATER, this.#limitMessage(limit));
    }
    const client = new FeedClient(socket, this.#broadcast.lastSeq, MESSAGE_LIMITS.max_messages_per_second);
    socket.on('pong', () => (client.hasAnsweredPing = true));
    socket.on(
      'message',
      this.#guarded((data: RawData, isBinary: boolean) => this.#onMessage(client, data, isBinary)),
    );
    const goLive = this.#guarded(() => {
      if (!client.isLive) this.#broadcast.goLive(client, client.position);
    });
    const grace = setTimeout(goLive, RESUME_GRACE_MS).unref();
    socket.on('close', () => {
      clearTimeout(grace);
      this.#share.delete(address, client);
      this.#broadcast.remove(client);
    });
    const limits = { ...MESSAGE_LIMITS, resume_events: this.#resumeEvents };
    client.send(
      frameOf({
        type: 'hello',
        boot_id: this.#bootId,
        seq: client.position,
        limits,
        ...this.facts,
      }),
    );
    this.#share.use(address, client);
    this.#broadcast.add(client);
  }

  /** The reason of a close frame, which has at most 123 bytes. */
  #limitMessage(limit: LimitName): string {
    const { maxClients = LIMITS.feed_clients.max, maxClientsPerAddress } = this.#options;
    const perAddress = maxClientsPerAddress ?? LIMITS.feed_clients_per_address.max;
    return limit === 'feed_clients'
      ? `expected at most ${maxClients} clients of the live feed (limit ${limit})`
      : `expected at most ${perAddress} clients of the live feed from one address (limit ${limit})`;
  }

  #limitReachedBy(address: string): LimitName | null {
    if (this.#share.hasRoom(address)) return null;
    const { maxClients = LIMITS.feed_clients.max } = this.#options;
    return this.#share.size >= maxClients ? 'feed_clients' : 'feed_clients_per_address';
  }

  #onMessage(client: FeedClient, data: RawData, isBinary: boolean): void {
    if (!client.takeToken()) {
      this.#options.sessions.reportLimit('feed_message_rate');
      return client.reject(
        'too_many_messages',
        `expected at most ${MESSAGE_LIMITS.max_messages_per_second} messages per second`,
      );
    }
    if (client.isTooSlow) return this.#broadcast.closeAsTooSlow(client);
    // With ws' default binary type, a message is one Buffer.
    if (isBinary || !Buffer.isBuffer(data)) return client.reject('invalid_message', 'expected a text frame');
    if (data.length > MESSAGE_LIMITS.max_message_bytes) {
      this.#options.sessions.reportLimit('feed_message_size');
      return client.reject('invalid_message', `expected at most ${MESSAGE_LIMITS.max_message_bytes} bytes`);
    }
    const parsed = parseClientMessage(data.toString());
    if ('code' in parsed) return client.reject(parsed.code, parsed.problem);
    this.#onClientMessage(client, parsed.message);
  }

  #onClientMessage(client: FeedClient, message: ClientMessage): void {
    switch (message.type) {
      case 'subscribe_session':
        if (!client.subscribe(message.session_id)) {
          this.#options.sessions.reportLimit('feed_subscriptions');
          return client.reject(
            'too_many_subscriptions',
            'send unsubscribe_session for another session first',
          );
        }
        break;
      case 'unsubscribe_session':
        client.unsubscribe(message.session_id);
        break;
      case 'get_session_status': {
        const monitor = this.#options.sessions.get(message.session_id);
        if (!monitor) return client.reject('unknown_session', 'expected a session_id from session_list');
        // The status includes all events so far, so they are sent before it.
        this.#broadcast.flush();
        const data = currentMetricsToWire(monitor.getCurrentMetrics(), this.#options.sessions.redactor);
        client.send(frameOf({ type: 'session_status', session_id: message.session_id, data }));
        break;
      }
      case 'list_sessions':
        this.#broadcast.sendSessionList(client);
        break;
      case 'resume':
        if (!client.takeResume())
          return client.reject('too_many_messages', 'expected at most one resume per second');
        this.#resume(client, message.boot_id, message.seq);
        break;
      case 'ping':
        client.send(frameOf({ type: 'pong', server_time: new Date().toISOString() }));
        break;
    }
    client.accepted();
  }

  #resume(client: FeedClient, bootId: string, seq: number): void {
    const { lastSeq } = this.#broadcast;
    if (bootId === this.#bootId && seq <= lastSeq) return this.#broadcast.goLive(client, seq);
    this.#broadcast.sendGap(client, 1, lastSeq, 'restarted');
    this.#broadcast.sendSessionList(client);
    this.#broadcast.goLive(client, lastSeq);
  }

  #guarded<A extends readonly unknown[]>(fn: (...args: A) => void): (...args: A) => void {
    return guarded(fn, (error) => this.#options.sessions.reportFault('feed', error));
  }

  #beat(): void {
    for (const client of this.#broadcast.clients) {
      if (client.hasAnsweredPing) client.ping();
      else client.terminate();
    }
  }
}
