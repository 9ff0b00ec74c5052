import type { Logger } from '../logging/logger.ts';
import type { OperationEvent, SessionEvent } from '../monitor/events.ts';
import { guarded } from '../monitor/guarded.ts';
import { LIMITS } from '../monitor/limits.ts';
import type { SessionRegistry } from '../monitor/session-registry.ts';
import type { UnreachableServer } from '../monitor/server-states.ts';
import { toWire } from '../wire-format/wire-format.ts';
import { nextBatch, type EventBatch, type Frame } from './event-batch.ts';
import { EventLog } from './event-log.ts';
import { frameOf, TRY_AGAIN_LATER, type FeedClient } from './feed-client.ts';
import type { FeedSession, GapReason } from './feed-protocol.ts';

/** Counters and gauges of the feed. */
export interface FeedMetrics {
  feedClients(count: number): void;
  feedEvents(count: number): void;
  feedDropped(reason: 'coalesced' | 'closed', count: number): void;
}

const BATCH_EVERY_MS = 50;

/**
 * Sends the event log to clients, in order and in batches. Each client has its own position in the log, and continues from
 * there while its buffer has room. Clients at the same position share serialized batches. Without clients, nothing is
 * serialized.
 */
export class FeedBroadcast {
  readonly #sessions: SessionRegistry;
  readonly #metrics: FeedMetrics;
  readonly #logger: Logger;
  readonly #log: EventLog;
  /** The latest list of unreachable servers, and its frame if it was sent. */
  #servers: readonly UnreachableServer[] = [];
  #serversFrame: Frame | null = null;
  readonly #clients = new Set<FeedClient>();
  #tick: NodeJS.Timeout | NodeJS.Immediate | null = null;
  readonly #onTickSafely = guarded(
    () => this.#onTick(),
    (error) => this.#sessions.reportFault('feed', error),
  );
  /** The last sequence number at the previous tick. */
  #seqAtTick = 0;

  constructor(sessions: SessionRegistry, metrics: FeedMetrics, logger: Logger, resumeEvents: number) {
    this.#sessions = sessions;
    this.#metrics = metrics;
    this.#logger = logger;
    const { redactor, reportLimit: onLimit } = sessions;
    this.#log = new EventLog({ capacity: resumeEvents, redactor, onLimit });
  }

  get clients(): ReadonlySet<FeedClient> {
    return this.#clients;
  }

  /** The sequence number of the last event. */
  get lastSeq(): number {
    return this.#log.lastSeq;
  }

  /** Sends `client` session updates from now on. Operation events start with {@link goLive}. */
  add(client: FeedClient): void {
    this.#clients.add(client);
    this.#metrics.feedClients(this.#clients.size);
    this.sendSessionList(client);
  }

  remove(client: FeedClient): void {
    if (this.#clients.delete(client)) this.#metrics.feedClients(this.#clients.size);
  }

  onOperation(event: OperationEvent): void {
    this.#log.append(event);
    this.#metrics.feedEvents(1);
    // The first event is sent at the end of this loop iteration, later events on the tick.
    if (this.#clients.size > 0) this.#tick ??= setImmediate(this.#onTickSafely);
  }

  onSession({ session }: SessionEvent): void {
    if (this.#clients.size === 0) return;
    const frame = frameOf({ type: 'session_update', session: toWire(session) });
    for (const client of this.#clients) {
      if (!client.wants(session.sessionId)) continue;
      if (client.isSlow) client.hasMissedSession = true;
      else client.send(frame);
      if (client.isBehind) this.#tick ??= setImmediate(this.#onTickSafely);
    }
  }

  /** Sends the unreachable servers. Several changes within a tick are sent as one. */
  onUnreachableServers(servers: readonly UnreachableServer[]): void {
    if (this.#clients.size === 0) return;
    this.#servers = servers;
    this.#serversFrame = null;
    for (const client of this.#clients) client.hasMissedServers = true;
    this.#tick ??= setImmediate(this.#onTickSafely);
  }

  /** Sends operation events from now on, beginning after `seq`. */
  goLive(client: FeedClient, seq: number): void {
    client.isLive = true;
    client.position = seq;
    if (!this.#log.reachesBackTo(seq)) {
      this.sendGap(client, seq + 1, this.lastSeq, 'too_old');
      this.sendSessionList(client);
      client.position = this.lastSeq;
    }
    this.#sendPending(client, new Map());
    if (client.isBehind) this.#tick ??= setImmediate(this.#onTickSafely);
  }

  sendGap(client: FeedClient, fromSeq: number, toSeq: number, reason: GapReason): void {
    client.send(frameOf({ type: 'gap', from_seq: fromSeq, to_seq: toSeq, reason }));
  }

  sendSessionList(client: FeedClient): void {
    const sessions = this.#sessions.list().map((session) => toWire(session));
    client.send(frameOf({ type: 'session_list', sessions: this.#fitting(sessions) }));
  }

  /** Limits the list, because a client with too much unsent data is closed. */
  #fitting(sessions: FeedSession[]): FeedSession[] {
    let size = 0;
    const fits = (session: FeedSession) => {
      size += JSON.stringify(session).length;
      return size <= LIMITS.session_list_bytes.max;
    };
    if (sessions.every(fits)) return sessions;
    this.#sessions.reportLimit('session_list_bytes');
    size = 0;
    return sessions
      .toSorted((a, b) => Date.parse(b.last_activity_at) - Date.parse(a.last_activity_at))
      .filter(fits);
  }

  /** Sends all pending events now. */
  flush(): void {
    const batches = new Map<string, EventBatch>();
    for (const client of this.#clients) {
      if (client.isLive) this.#sendPending(client, batches);
      if (client.isTooSlow) this.closeAsTooSlow(client);
    }
  }

  /** Sends all pending events, and stops. */
  close(): void {
    this.flush();
    if (this.#tick) clearTick(this.#tick);
    this.#tick = null;
  }

  closeAsTooSlow(client: FeedClient): void {
    const lost = this.lastSeq - client.position;
    this.#logger.warn({ lost_events: lost }, 'feed client closed: too slow');
    this.#metrics.feedDropped('closed', lost);
    this.#sessions.reportLimit('feed_unsent');
    client.close(TRY_AGAIN_LATER, 'too slow: reconnect and resume');
    this.remove(client);
  }

  #onTick(): void {
    const before = this.lastSeq;
    this.#tick = setTimeout(this.#onTickSafely, BATCH_EVERY_MS).unref();
    this.flush();
    const isAnyBehind = [...this.#clients].some((client) => client.isBehind);
    const isQuiet = before === this.#seqAtTick && !isAnyBehind;
    this.#seqAtTick = before;
    if (!isQuiet) return;
    clearTick(this.#tick);
    this.#tick = null;
  }

  /** Sends a client its pending events, while its buffer has room. */
  #sendPending(client: FeedClient, batches: Map<string, EventBatch>): void {
    while (client.position < this.lastSeq) {
      if (client.isSlow) return;
      if (!this.#log.reachesBackTo(client.position)) return this.closeAsTooSlow(client);
      const batch = this.#batchFor(client, batches);
      if (batch.frame) client.send(batch.frame);
      client.position = batch.toSeq;
      if (batch.coalesced) {
        const { fromSeq, toSeq, count } = batch.coalesced;
        this.#metrics.feedDropped('coalesced', count);
        // Sent after the events, so that a client that resumes from this gap has received them.
        this.sendGap(client, fromSeq, toSeq, 'slow_client');
      }
    }
    if (client.isSlow) return;
    client.caughtUp();
    if (client.hasMissedSession) this.sendSessionList(client);
    client.hasMissedSession = false;
    if (client.hasMissedServers) this.#sendServers(client);
    client.hasMissedServers = false;
  }

  #sendServers(client: FeedClient): void {
    this.#serversFrame ??= frameOf({
      type: 'unreachable_servers',
      servers: this.#servers.map((server) => toWire(server)),
    });
    client.send(this.#serversFrame);
  }

  #batchFor(client: FeedClient, batches: Map<string, EventBatch>): EventBatch {
    const { position: afterSeq, wants, isBehind: isCoalescing } = client;
    const key = `${afterSeq} ${isCoalescing} ${client.filterKey}`;
    let batch = batches.get(key);
    if (!batch) {
      batch = nextBatch(this.#log, { afterSeq, wants, isCoalescing });
      batches.set(key, batch);
    }
    return batch;
  }
}

function clearTick(tick: NodeJS.Timeout | NodeJS.Immediate): void {
  if ('refresh' in tick) clearTimeout(tick);
  else clearImmediate(tick);
}
