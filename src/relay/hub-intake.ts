import { randomUUID } from 'node:crypto';

import type { Clock } from '../monitor/clock.ts';
import { guarded } from '../monitor/guarded.ts';
import { FairShare } from '../monitor/fair-share.ts';
import { LIMITS } from '../monitor/limits.ts';
import type { SessionRegistry } from '../monitor/session-registry.ts';
import { PROXY_VANISHED, REPORTER_CLOSED, REPORTER_EVICTED, REPORTER_VANISHED } from './reporter-end.ts';
import type { ReporterEnd } from './reporter-end.ts';
import { Reporter } from './reporter.ts';
import { parseReport, type ReportAnswer } from './report-schema.ts';
import { SharedConversations, type ServerPair } from './shared-conversations.ts';

export interface HubIntakeOptions {
  readonly sessions: SessionRegistry;
  readonly clock: Clock;
  /** Called with the number of reporters. */
  readonly onReporters: (count: number) => void;
  /** Called with the results of reported events. */
  readonly onEvents: (result: 'accepted' | 'duplicate' | 'lost', count: number) => void;
  /** Called once for each proxy and server that report the same calls. @defaultValue ignored */
  readonly onPair?: (pair: ServerPair) => void;
  /**
   * Prefix of the boot ids of this process.
   * @defaultValue a new unique id
   */
  readonly bootId?: string;
}

const HEARTBEAT_SECONDS = 15;
const LEASE_MS = 3 * HEARTBEAT_SECONDS * 1000;
const EXPIRE_EVERY_MS = 5000;
const MAX_REPORTERS_PER_CLIENT = 500;
const DECIDE_EVERY_MS = 100;
/** Time for the last report of a server whose process has ended. */
const LAST_REPORT_MS = 1000;
/** Reporters send events within 50 ms, but a process that has just started may be busy. */
const SETTLE_MS = 1000;
/** After a restart of this process, reporters retry with a backoff of up to 5 s. */
const SETTLE_AFTER_RESTART_MS = 6000;

interface KnownReporter {
  readonly reporter: Reporter;
  readonly client: string;
  lastSeenAtMs: number;
}

/**
 * Accepts reports of other processes and publishes their events on this process's registry. A reporter that is silent for
 * 45 s is removed, and its open requests and operations end. It may reconnect.
 */
export class HubIntake {
  readonly #options: HubIntakeOptions;
  readonly #bootId: string;
  /** In the order of their last reports. */
  readonly #reporters = new Map<string, KnownReporter>();
  readonly #share = new FairShare<string>({
    max: LIMITS.reporters.max,
    maxPerOwner: MAX_REPORTERS_PER_CLIENT,
  });
  /** Next sequence numbers of removed reporters, because they may resend their last report. */
  readonly #nextSeqOfRemoved = new Map<string, number>();
  readonly #shared: SharedConversations;
  /** Closed reporters whose last events are held. */
  readonly #closing = new Set<string>();
  /** Reporters whose process has ended, and since when. Monotonic time. */
  readonly #exited = new Map<string, number>();
  readonly #timer: NodeJS.Timeout;
  #decideTimer: NodeJS.Timeout | undefined;
  #isClosed = false;
  #unsubscribe: (() => void) | null = null;
  #checkedAtMs: number;
  #boots = 0;

  constructor(options: HubIntakeOptions) {
    this.#options = options;
    this.#checkedAtMs = options.clock.monotonic();
    this.#bootId = options.bootId ?? randomUUID();
    this.#shared = new SharedConversations({
      sessions: options.sessions,
      now: () => options.clock.monotonic(),
      lastSeenMs: (id) => this.#reporters.get(id)?.lastSeenAtMs ?? -Infinity,
      onEvents: options.onEvents,
      onServerExited: (id) => void this.#exited.set(id, options.clock.monotonic()),
      onPair: options.onPair ?? (() => undefined),
    });
    this.#timer = setInterval(
      guarded(
        () => this.expire(),
        (error) => options.sessions.reportFault('hub', error),
      ),
      EXPIRE_EVERY_MS,
    ).unref();
  }

  /**
   * @param client - the reporter's address, for limits
   * @throws ExporterError `invalid_report`. Then no event of the report was accepted.
   */
  accept(body: unknown, client = ''): ReportAnswer {
    const { reporter_id: id, first_seq, lost, is_closing, sessions, ...lists } = parseReport(body);
    const events = [...lists.events, ...lists.optional_events];
    const { onEvents } = this.#options;
    const reporter = this.#touch(id, client, first_seq);
    const firstSeq = first_seq ?? reporter.nextSeq;
    const isResent = firstSeq < reporter.nextSeq;
    const duplicates = Math.min(Math.max(reporter.nextSeq - firstSeq, 0), events.length);
    const newEvents = events.slice(duplicates).filter((event) => event !== null);
    // A resent report must not open sessions again that its events have closed.
    if (!isResent) this.#shared.takeSessions(reporter, sessions, newEvents);
    for (const event of newEvents) this.#shared.take(reporter, event);
    reporter.nextSeq = Math.max(reporter.nextSeq, firstSeq + events.length);
    onEvents('duplicate', duplicates);
    onEvents('lost', isResent ? 0 : lost);
    if (is_closing) this.#closing.add(id);
    else this.#closing.delete(id);
    this.#endClosed();
    this.#decideLater();
    const { bootId, nextSeq } = reporter;
    return { boot_id: bootId, next_seq: nextSeq, heartbeat_seconds: HEARTBEAT_SECONDS };
  }

  /** Removes reporters that were silent for too long. */
  expire(): void {
    this.#decide();
    this.#shared.expire();
    const now = this.#options.clock.monotonic();
    const wasStalled = now - this.#checkedAtMs > 3 * EXPIRE_EVERY_MS;
    this.#checkedAtMs = now;
    // After a stall of this process, reports may be waiting in the socket buffers.
    if (wasStalled) return;
    const oldest = now - LEASE_MS;
    for (const [id, { lastSeenAtMs, reporter }] of this.#reporters) {
      if (lastSeenAtMs >= oldest) return;
      this.#end(id, reporter.isUpstreamProxy ? PROXY_VANISHED : REPORTER_VANISHED);
    }
  }

  close(): void {
    this.#isClosed = true;
    this.#unsubscribe?.();
    clearInterval(this.#timer);
    clearTimeout(this.#decideTimer);
  }

  #decide(): void {
    this.#shared.decide();
    this.#endClosed();
    this.#endExited();
  }

  #decideLater(): void {
    if (this.#isClosed || (!this.#shared.isHolding && this.#exited.size === 0)) return;
    const { sessions } = this.#options;
    this.#decideTimer ??= setTimeout(
      guarded(
        () => {
          this.#decideTimer = undefined;
          this.#decide();
          this.#decideLater();
        },
        (error) => sessions.reportFault('hub', error),
      ),
      DECIDE_EVERY_MS,
    ).unref();
  }

  #endClosed(): void {
    for (const id of this.#closing) if (!this.#shared.isHoldingFrom(id)) this.#end(id, REPORTER_CLOSED);
  }

  #endExited(): void {
    const now = this.#options.clock.monotonic();
    for (const [id, exitedAtMs] of this.#exited) {
      if (now - exitedAtMs < LAST_REPORT_MS) continue;
      this.#exited.delete(id);
      this.#end(id, REPORTER_VANISHED);
    }
  }

  #touch(id: string, client: string, firstSeq = 1): Reporter {
    const { clock, sessions, onReporters } = this.#options;
    const known = this.#reporters.get(id);
    const current = known ?? { reporter: this.#create(id, client, firstSeq), client, lastSeenAtMs: 0 };
    current.lastSeenAtMs = clock.monotonic();
    if (known) this.#reporters.delete(id);
    else this.#makeRoom(client);
    this.#reporters.set(id, current);
    this.#share.use(current.client, id);
    onReporters(this.#reporters.size);
    // This process may also watch a server. Without reporters, nothing is compared.
    this.#unsubscribe ??= sessions.subscribe((event) => this.#shared.takeOwn(event), 'hub');
    return current.reporter;
  }

  /** A reporter that reconnects gets a new boot id, so that it resends its open connections, requests and operations. */
  #create(id: string, client: string, firstSeq: number): Reporter {
    const { sessions, clock } = this.#options;
    this.#boots += 1;
    const nextSeq = this.#nextSeqOfRemoved.get(id) ?? 1;
    this.#nextSeqOfRemoved.delete(id);
    return new Reporter({
      id,
      client,
      bootId: `${this.#bootId}.${this.#boots}`,
      nextSeq,
      settleMs: firstSeq > nextSeq ? SETTLE_AFTER_RESTART_MS : SETTLE_MS,
      sessions,
      clock,
      onSessionClosed: (sessionId) => this.#closeSession(sessionId),
      onUpstreamLeft: (serverName) => this.#leaveUpstream(serverName),
    });
  }

  #closeSession(sessionId: string): void {
    for (const { reporter } of this.#reporters.values()) if (reporter.hasSession(sessionId)) return;
    this.#options.sessions.close(sessionId);
  }

  /** Another proxy of the server may see another state. */
  #leaveUpstream(serverName: string): void {
    const remaining = [...this.#reporters.values()]
      .map(({ reporter }) => reporter.upstream(serverName))
      .findLast((checked) => checked !== undefined);
    this.#options.sessions.publish(
      remaining ?? { type: 'upstream_checked', serverName, isUp: null, reason: '' },
    );
  }

  #makeRoom(client: string): void {
    if (this.#share.hasRoom(client)) return;
    this.#options.sessions.reportLimit('reporters');
    const longestSilent = this.#share.victimFor(client, () => true);
    if (longestSilent !== undefined) this.#end(longestSilent, REPORTER_EVICTED);
  }

  #end(id: string, how: ReporterEnd): void {
    const known = this.#reporters.get(id);
    if (!known) return;
    const { reporter, client } = known;
    this.#shared.flush(id);
    this.#closing.delete(id);
    this.#reporters.delete(id);
    this.#share.delete(client, id);
    reporter.end(how);
    this.#shared.left(id, how !== REPORTER_CLOSED);
    this.#remember(id, reporter.nextSeq);
    this.#options.onReporters(this.#reporters.size);
    if (this.#reporters.size > 0) return;
    this.#unsubscribe?.();
    this.#unsubscribe = null;
  }

  #remember(id: string, nextSeq: number): void {
    for (const oldest of this.#nextSeqOfRemoved.keys()) {
      if (this.#nextSeqOfRemoved.size < LIMITS.reporters.max) break;
      this.#nextSeqOfRemoved.delete(oldest);
    }
    // A reporter without sequence numbers cannot resend.
    if (nextSeq > 1) this.#nextSeqOfRemoved.set(id, nextSeq);
  }
}
