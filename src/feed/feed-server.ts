import { randomUUID } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import type { Duplex } from 'node:stream';

import { WebSocketServer, type RawData, type WebSocket } from 'ws';

import type { Logger } from '../logger.ts';
import type { MonitorEvent, OperationEvent, SessionEvent } from '../monitor/events.ts';
import type { SessionRegistry } from '../monitor/session-registry.ts';
import { currentMetricsToWire, toWire } from '../monitor/wire-format.ts';
import { EventLog, type LoggedEvent } from './event-log.ts';
import { FeedClient, frameOf, operationsFrame, type Frame } from './feed-client.ts';
import { FEED_PROTOCOL, parseClientMessage, type ClientMessage, type GapReason } from './feed-protocol.ts';

/** Hears what the feed has to count. */
export interface FeedMetrics {
  feedClients(count: number): void;
  feedEvents(count: number): void;
  feedDropped(reason: 'coalesced' | 'closed', count: number): void;
}

export interface FeedServerOptions {
  readonly sessions: SessionRegistry;
  readonly serverVersion: string;
  readonly metrics: FeedMetrics;
  readonly logger: Logger;
  /** @defaultValue 1000 */
  readonly maxClients?: number;
  /** @defaultValue 30000 */
  readonly heartbeatMs?: number;
  /** Events that a client that comes back can still get. @defaultValue 10000 */
  readonly resumeEvents?: number;
}

const LIMITS = { max_message_bytes: 4096, max_messages_per_second: 20 };
const BATCH_EVERY_MS = 50;
/** A new client has so long to ask for what it missed, before events come. */
const RESUME_GRACE_MS = 250;
const MAX_EVENTS_PER_FRAME = 500;

const GOING_AWAY = 1001;
const TRY_AGAIN_LATER = 1013;

/**
 * The live feed: hands each operation's life to the people who watch. An event is serialised and framed once for
 * all who want it, and not at all while nobody does.
 */
export class FeedServer {
  readonly #options: FeedServerOptions;
  readonly #sessions: SessionRegistry;
  readonly #bootId = randomUUID();
  readonly #sockets: WebSocketServer;
  readonly #clients = new Set<FeedClient>();
  readonly #log: EventLog;
  readonly #resumeEvents: number;
  readonly #unsubscribe: () => void;
  readonly #heartbeat: NodeJS.Timeout;
  #pending: LoggedEvent[] = [];
  /** The last event that left `#pending`. */
  #flushedSeq = 0;
  #tick: NodeJS.Timeout | null = null;
  #firstFlush: NodeJS.Immediate | null = null;

  constructor(options: FeedServerOptions) {
    const { sessions, heartbeatMs = 30_000, resumeEvents = 10_000 } = options;
    this.#options = options;
    this.#sessions = sessions;
    this.#resumeEvents = resumeEvents;
    this.#log = new EventLog(resumeEvents);
    this.#sockets = new WebSocketServer({
      noServer: true,
      clientTracking: false,
      perMessageDeflate: false,
      maxPayload: LIMITS.max_message_bytes,
      handleProtocols: (offered) => (offered.has(FEED_PROTOCOL) ? FEED_PROTOCOL : false),
    });
    this.#unsubscribe = sessions.subscribe((event) => this.#onEvent(event));
    this.#heartbeat = setInterval(() => this.#beat(), heartbeatMs).unref();
  }

  /** Takes over an HTTP connection whose right to watch has been checked. */
  handleUpgrade(request: IncomingMessage, socket: Duplex, head: Buffer): void {
    this.#sockets.handleUpgrade(request, socket, head, (webSocket) => this.#onConnection(webSocket));
  }

  /** Sends what is left, and closes all clients with 1001. */
  async close(): Promise<void> {
    this.#unsubscribe();
    clearInterval(this.#heartbeat);
    this.#flush();
    this.#stopTicking();
    const closed = [...this.#clients].map((client) => this.#closed(client));
    for (const client of this.#clients) client.close(GOING_AWAY, 'the exporter stops');
    await Promise.all(closed);
  }

  #onEvent(event: MonitorEvent): void {
    if (event.type === 'operation') this.#onOperation(event);
    else if (event.type === 'session') this.#onSession(event);
  }

  #onOperation(event: OperationEvent): void {
    const logged = this.#log.append(event);
    this.#options.metrics.feedEvents(1);
    if (this.#clients.size === 0) {
      this.#flushedSeq = logged.seq;
      return;
    }
    this.#pending.push(logged);
    // After silence at once (with whatever else this turn of the loop brings), then on the tick.
    if (!this.#tick) this.#firstFlush ??= setImmediate(() => this.#onTick());
  }

  #onTick(): void {
    this.#firstFlush = null;
    this.#tick = null;
    const hadEvents = this.#pending.length > 0;
    this.#flush();
    const isAnyBehind = [...this.#clients].filter((client) => this.#catchUp(client)).length > 0;
    if (hadEvents || isAnyBehind) this.#tick = setTimeout(() => this.#onTick(), BATCH_EVERY_MS).unref();
  }

  #stopTicking(): void {
    if (this.#tick) clearTimeout(this.#tick);
    if (this.#firstFlush) clearImmediate(this.#firstFlush);
  }

  #flush(): void {
    const events = this.#pending;
    this.#pending = [];
    this.#flushedSeq = this.#log.lastSeq;
    if (events.length === 0) return;
    const batches = new Map<string, { events: LoggedEvent[]; frame: Frame }>();
    for (const client of this.#clients) {
      if (!client.isLive) continue;
      let batch = batches.get(client.filterKey);
      if (!batch) {
        const wanted = events.filter(({ event }) => client.wants(event.sessionId));
        batch = { events: wanted, frame: operationsFrame(wanted, this.#flushedSeq) };
        batches.set(client.filterKey, batch);
      }
      if (batch.events.length === 0) continue;
      if (client.isSlow || client.isBehind) this.#hold(client, batch.events);
      else client.send(batch.frame);
    }
  }

  #hold(client: FeedClient, events: readonly LoggedEvent[]): void {
    const { metrics } = this.#options;
    const coalesced = client.hold(events);
    if (coalesced > 0) metrics.feedDropped('coalesced', coalesced);
    this.#closeIfHopeless(client);
  }

  #closeIfHopeless(client: FeedClient): void {
    const lost = client.closeIfHopeless();
    if (lost === null) return;
    this.#options.logger.warn({ lost_events: lost }, 'feed client closed: too slow');
    if (lost > 0) this.#options.metrics.feedDropped('closed', lost);
    this.#forget(client);
  }

  /** Gives a client that has room again what was held for it. @returns whether it is still behind */
  #catchUp(client: FeedClient): boolean {
    if (!client.isBehind) return false;
    if (client.isSlow) {
      this.#closeIfHopeless(client);
      return this.#clients.has(client);
    }
    const { events, missed } = client.takeHeld();
    if (missed) {
      this.#sendGap(client, missed.fromSeq, missed.toSeq, 'slow_client');
      this.#sendSessionList(client);
    }
    this.#sendEvents(client, events);
    return false;
  }

  #onSession({ session }: SessionEvent): void {
    if (this.#clients.size === 0) return;
    const frame = frameOf({ type: 'session_update', session: toWire(session) });
    for (const client of this.#clients) {
      if (!client.wants(session.sessionId)) continue;
      if (client.isSlow) client.skip(this.#flushedSeq);
      else client.send(frame);
    }
  }

  #onConnection(socket: WebSocket): void {
    const { logger, serverVersion, metrics, maxClients = 1000 } = this.#options;
    if (this.#clients.size >= maxClients) {
      socket.close(TRY_AGAIN_LATER, 'too many clients');
      return;
    }
    const client = new FeedClient(socket, this.#flushedSeq, LIMITS.max_messages_per_second);
    this.#clients.add(client);
    metrics.feedClients(this.#clients.size);
    socket.on('error', (error) => logger.debug({ err: error }, 'feed client failed'));
    socket.on('pong', () => (client.hasAnsweredPing = true));
    socket.on('message', (data, isBinary) => this.#onMessage(client, data, isBinary));
    const grace = setTimeout(() => this.#goLive(client, client.joinedSeq), RESUME_GRACE_MS).unref();
    socket.on('close', () => {
      clearTimeout(grace);
      this.#forget(client);
    });
    const limits = { ...LIMITS, resume_events: this.#resumeEvents };
    const hello = { boot_id: this.#bootId, server_version: serverVersion, seq: client.joinedSeq, limits };
    client.send(frameOf({ type: 'hello', ...hello }));
    this.#sendSessionList(client);
  }

  #onMessage(client: FeedClient, data: RawData, isBinary: boolean): void {
    if (!client.takeToken()) {
      const most = `at most ${LIMITS.max_messages_per_second} messages a second`;
      return client.reject('too_many_messages', `expected ${most}`);
    }
    if (isBinary) return client.reject('invalid_message', 'expected a text frame');
    // With the default binary type, a message is one Buffer.
    const parsed = parseClientMessage(data instanceof Buffer ? data.toString() : '');
    if ('code' in parsed) return client.reject(parsed.code, parsed.problem);
    this.#onClientMessage(client, parsed.message);
  }

  #onClientMessage(client: FeedClient, message: ClientMessage): void {
    if (message.type === 'resume') {
      client.accepted();
      return this.#resume(client, message.boot_id, message.seq);
    }
    switch (message.type) {
      case 'subscribe_session':
        if (!client.subscribe(message.session_id)) {
          return client.reject('too_many_subscriptions', 'unsubscribe from another session first');
        }
        break;
      case 'unsubscribe_session':
        client.unsubscribe(message.session_id);
        break;
      case 'get_session_status': {
        const monitor = this.#sessions.get(message.session_id);
        if (!monitor) return client.reject('unknown_session', 'expected the id of a session that is listed');
        const data = currentMetricsToWire(monitor.getCurrentMetrics());
        client.send(frameOf({ type: 'session_status', session_id: message.session_id, data }));
        break;
      }
      case 'list_sessions':
        this.#sendSessionList(client);
        break;
      case 'ping':
        client.send(frameOf({ type: 'pong' }));
        break;
    }
    client.accepted();
  }

  #resume(client: FeedClient, bootId: string, seq: number): void {
    const isOurs = bootId === this.#bootId && seq <= this.#log.lastSeq;
    if (!isOurs) {
      this.#sendGap(client, 1, this.#flushedSeq, 'restarted');
      this.#sendSessionList(client);
    }
    this.#goLive(client, isOurs ? seq : this.#flushedSeq);
  }

  /** Events come from now on, the ones after `seq` first. Once only: what is live has missed nothing. */
  #goLive(client: FeedClient, seq: number): void {
    if (client.isLive) return;
    client.isLive = true;
    const missed = this.#log.after(seq);
    if (missed) {
      // What is still pending comes with the next flush.
      const sent = missed.filter((logged) => logged.seq <= this.#flushedSeq && client.wants(logged.event.sessionId));
      return this.#sendEvents(client, sent);
    }
    this.#sendGap(client, seq + 1, this.#flushedSeq, 'too_old');
    this.#sendSessionList(client);
  }

  #sendEvents(client: FeedClient, events: readonly LoggedEvent[]): void {
    for (let i = 0; i < events.length; i += MAX_EVENTS_PER_FRAME) {
      const part = events.slice(i, i + MAX_EVENTS_PER_FRAME);
      client.send(operationsFrame(part, part.at(-1)?.seq ?? this.#flushedSeq));
    }
  }

  #sendGap(client: FeedClient, fromSeq: number, toSeq: number, reason: GapReason): void {
    client.send(frameOf({ type: 'gap', from_seq: fromSeq, to_seq: toSeq, reason }));
  }

  #sendSessionList(client: FeedClient): void {
    client.send(frameOf({ type: 'session_list', sessions: this.#sessions.list().map((session) => toWire(session)) }));
  }

  #beat(): void {
    for (const client of this.#clients) {
      if (client.hasAnsweredPing) client.ping();
      else client.terminate();
    }
  }

  readonly #whenForgotten = new Map<FeedClient, () => void>();

  #closed(client: FeedClient): Promise<void> {
    return new Promise((resolve) => this.#whenForgotten.set(client, resolve));
  }

  #forget(client: FeedClient): void {
    if (!this.#clients.delete(client)) return;
    this.#options.metrics.feedClients(this.#clients.size);
    this.#whenForgotten.get(client)?.();
    this.#whenForgotten.delete(client);
  }
}
