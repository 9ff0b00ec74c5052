import type { Logger } from '../logger.ts';
import type { OperationEvent, SessionEvent } from '../monitor/events.ts';
import type { SessionRegistry } from '../monitor/session-registry.ts';
import { toWire } from '../monitor/wire-format.ts';
import { EventLog, type LoggedEvent } from './event-log.ts';
import { frameOf, operationsFrame, type FeedClient, type Frame } from './feed-client.ts';
import type { GapReason } from './feed-protocol.ts';

/** Hears what the feed has to count. */
export interface FeedMetrics {
  feedClients(count: number): void;
  feedEvents(count: number): void;
  feedDropped(reason: 'coalesced' | 'closed', count: number): void;
}

const BATCH_EVERY_MS = 50;
const MAX_EVENTS_PER_FRAME = 500;

/**
 * Brings events to clients: numbered, in order, in batches. A batch is serialised and framed once for all who want
 * the same sessions, and not at all while nobody watches.
 */
export class FeedBroadcast {
  readonly #sessions: SessionRegistry;
  readonly #metrics: FeedMetrics;
  readonly #logger: Logger;
  readonly #log: EventLog;
  readonly #clients = new Set<FeedClient>();
  #pending: LoggedEvent[] = [];
  /** The last event that left `#pending`. */
  #sentSeq = 0;
  #tick: NodeJS.Timeout | NodeJS.Immediate | null = null;

  constructor(sessions: SessionRegistry, metrics: FeedMetrics, logger: Logger, resumeEvents: number) {
    this.#sessions = sessions;
    this.#metrics = metrics;
    this.#logger = logger;
    this.#log = new EventLog(resumeEvents);
  }

  get clients(): ReadonlySet<FeedClient> {
    return this.#clients;
  }

  /** The number of the last event that clients have been sent. */
  get sentSeq(): number {
    return this.#sentSeq;
  }

  /** `client` gets sessions from now on, and events from its {@link goLive} on. */
  add(client: FeedClient): void {
    this.#clients.add(client);
    this.#metrics.feedClients(this.#clients.size);
    this.sendSessionList(client);
  }

  remove(client: FeedClient): void {
    if (this.#clients.delete(client)) this.#metrics.feedClients(this.#clients.size);
  }

  onOperation(event: OperationEvent): void {
    const logged = this.#log.append(event);
    this.#metrics.feedEvents(1);
    if (this.#clients.size === 0) {
      this.#sentSeq = logged.seq;
      return;
    }
    this.#pending.push(logged);
    // After silence at once, with whatever else this turn of the loop brings; then on the tick.
    this.#tick ??= setImmediate(() => this.#onTick());
  }

  onSession({ session }: SessionEvent): void {
    if (this.#clients.size === 0) return;
    const frame = frameOf({ type: 'session_update', session: toWire(session) });
    for (const client of this.#clients) {
      if (!client.wants(session.sessionId)) continue;
      if (client.isSlow) client.missSession();
      else client.send(frame);
    }
  }

  /**
   * Events come from now on, the ones after `seq` first. What is live already gets those that it missed before it
   * came.
   */
  goLive(client: FeedClient, seq: number): void {
    const upTo = client.isLive ? client.joinedSeq : this.#sentSeq;
    client.isLive = true;
    const missed = this.#log.after(seq);
    if (!missed) {
      this.sendGap(client, seq + 1, upTo, 'too_old');
      return;
    }
    const wanted = missed.filter((logged) => logged.seq <= upTo && client.wants(logged.event.sessionId));
    sendEvents(client, wanted);
  }

  /** Says what is missing, and how things stand without it. */
  sendGap(client: FeedClient, fromSeq: number, toSeq: number, reason: GapReason): void {
    client.send(frameOf({ type: 'gap', from_seq: fromSeq, to_seq: toSeq, reason }));
    this.sendSessionList(client);
  }

  sendSessionList(client: FeedClient): void {
    client.send(
      frameOf({ type: 'session_list', sessions: this.#sessions.list().map((session) => toWire(session)) }),
    );
  }

  /** Sends what is pending, now. */
  flush(): void {
    const events = this.#pending;
    this.#pending = [];
    this.#sentSeq = this.#log.lastSeq;
    if (events.length === 0) return;
    const batches = new Map<string, { events: LoggedEvent[]; frame: Frame }>();
    for (const client of this.#clients) {
      if (!client.isLive) continue;
      let batch = batches.get(client.filterKey);
      if (!batch) {
        const wanted = events.filter(({ event }) => client.wants(event.sessionId));
        batch = { events: wanted, frame: operationsFrame(wanted, this.#sentSeq) };
        batches.set(client.filterKey, batch);
      }
      if (batch.events.length === 0) continue;
      if (client.isSlow || client.isBehind) this.#hold(client, batch.events);
      else client.send(batch.frame);
    }
  }

  /** Sends what is left, and stops. */
  close(): void {
    this.flush();
    if (this.#tick) clearTick(this.#tick);
    this.#tick = null;
  }

  #onTick(): void {
    const hasEvents = this.#pending.length > 0;
    this.flush();
    let isAnyBehind = false;
    for (const client of this.#clients) {
      if (client.isBehind) this.#catchUp(client);
      isAnyBehind ||= client.isBehind;
    }
    this.#tick = hasEvents || isAnyBehind ? setTimeout(() => this.#onTick(), BATCH_EVERY_MS).unref() : null;
  }

  #hold(client: FeedClient, events: readonly LoggedEvent[]): void {
    const coalesced = client.hold(events);
    if (coalesced > 0) this.#metrics.feedDropped('coalesced', coalesced);
    this.#closeIfHopeless(client);
  }

  /** Gives a client that has room again what was held for it. */
  #catchUp(client: FeedClient): void {
    if (client.isSlow) return this.#closeIfHopeless(client);
    const { events, missed } = client.takeHeld();
    if (missed) this.sendGap(client, missed.fromSeq, missed.toSeq, 'slow_client');
    else this.sendSessionList(client);
    sendEvents(client, events);
  }

  #closeIfHopeless(client: FeedClient): void {
    const lost = client.closeIfHopeless();
    if (lost === null) return;
    this.#logger.warn({ lost_events: lost }, 'feed client closed: too slow');
    this.#metrics.feedDropped('closed', lost);
    this.remove(client);
  }
}

function sendEvents(client: FeedClient, events: readonly LoggedEvent[]): void {
  for (let i = 0; i < events.length; i += MAX_EVENTS_PER_FRAME) {
    const part = events.slice(i, i + MAX_EVENTS_PER_FRAME);
    client.send(operationsFrame(part, part.at(-1)?.seq ?? 0));
  }
}

function clearTick(tick: NodeJS.Timeout | NodeJS.Immediate): void {
  if ('refresh' in tick) clearTimeout(tick);
  else clearImmediate(tick);
}
