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

export interface HubIntakeOptions {
  readonly sessions: SessionRegistry;
  readonly clock: Clock;
  /** Hears how many report. */
  readonly onReporters: (count: number) => void;
  /** Hears what became of events that were reported. */
  readonly onEvents: (result: 'accepted' | 'duplicate' | 'lost', count: number) => void;
  /**
   * What the boot ids of this process begin with.
   * @defaultValue a new unique id
   */
  readonly bootId?: string;
}

const HEARTBEAT_SECONDS = 15;
const LEASE_MS = 3 * HEARTBEAT_SECONDS * 1000;
const EXPIRE_EVERY_MS = 5000;
const MAX_REPORTERS_PER_CLIENT = 500;

interface KnownReporter {
  readonly reporter: Reporter;
  readonly client: string;
  heardAtMs: number;
}

/**
 * Takes what other processes report, and states it as if it had been seen here. Whoever is not heard of for 45 s is
 * gone, and what it has open is over; it may come back.
 */
export class HubIntake {
  readonly #options: HubIntakeOptions;
  readonly #bootId: string;
  /** In the order in which they were heard of last. */
  readonly #reporters = new Map<string, KnownReporter>();
  readonly #share = new FairShare<string>({
    max: LIMITS.reporters.max,
    maxPerOwner: MAX_REPORTERS_PER_CLIENT,
  });
  /** The numbers that those who are gone were at: what they had sent last may come again. */
  readonly #nextSeqOfGone = new Map<string, number>();
  readonly #timer: NodeJS.Timeout;
  #lookedAtMs: number;
  #boots = 0;

  constructor(options: HubIntakeOptions) {
    this.#options = options;
    this.#lookedAtMs = options.clock.monotonic();
    this.#bootId = options.bootId ?? randomUUID();
    this.#timer = setInterval(
      guarded(
        () => this.expire(),
        (error) => options.sessions.reportFault('hub', error),
      ),
      EXPIRE_EVERY_MS,
    ).unref();
  }

  /**
   * @param client - the address that it comes from, for limits
   * @throws ExporterError `invalid_report`; nothing of it was taken then
   */
  accept(body: unknown, client = ''): ReportAnswer {
    const { reporter_id: id, first_seq, lost, is_closing, events } = parseReport(body);
    const { onEvents } = this.#options;
    const reporter = this.#hear(id, client);
    const firstSeq = first_seq ?? reporter.nextSeq;
    const isAgain = firstSeq < reporter.nextSeq;
    const duplicates = Math.min(Math.max(reporter.nextSeq - firstSeq, 0), events.length);
    const refused = events.slice(duplicates).filter((event) => !reporter.take(event)).length;
    reporter.nextSeq = Math.max(reporter.nextSeq, firstSeq + events.length);
    onEvents('accepted', events.length - duplicates - refused);
    onEvents('duplicate', duplicates);
    onEvents('lost', refused + (isAgain ? 0 : lost));
    if (is_closing) this.#end(id, REPORTER_CLOSED);
    const { bootId, nextSeq } = reporter;
    return { boot_id: bootId, next_seq: nextSeq, heartbeat_seconds: HEARTBEAT_SECONDS };
  }

  /** Ends what those have open that were not heard of for too long. */
  expire(): void {
    const now = this.#options.clock.monotonic();
    const wasStopped = now - this.#lookedAtMs > 3 * EXPIRE_EVERY_MS;
    this.#lookedAtMs = now;
    // Where this process itself stood still, it has yet to read what others said meanwhile.
    if (wasStopped) return;
    const oldest = now - LEASE_MS;
    for (const [id, { heardAtMs, reporter }] of this.#reporters) {
      if (heardAtMs >= oldest) return;
      this.#end(id, reporter.isUpstreamProxy ? PROXY_VANISHED : REPORTER_VANISHED);
    }
  }

  close(): void {
    clearInterval(this.#timer);
  }

  #hear(id: string, client: string): Reporter {
    const { clock, onReporters } = this.#options;
    const known = this.#reporters.get(id);
    const heard = known ?? { reporter: this.#create(id, client), client, heardAtMs: 0 };
    heard.heardAtMs = clock.monotonic();
    if (known) this.#reporters.delete(id);
    else this.#makeRoom(client);
    this.#reporters.set(id, heard);
    this.#share.use(heard.client, id);
    onReporters(this.#reporters.size);
    return heard.reporter;
  }

  /** One that was thought to be gone has another boot id than before, and so tells what it has open. */
  #create(id: string, client: string): Reporter {
    const { sessions, clock } = this.#options;
    this.#boots += 1;
    const nextSeq = this.#nextSeqOfGone.get(id) ?? 1;
    this.#nextSeqOfGone.delete(id);
    return new Reporter({
      id,
      client,
      bootId: `${this.#bootId}.${this.#boots}`,
      nextSeq,
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

  #leaveUpstream(serverName: string): void {
    for (const { reporter } of this.#reporters.values()) if (reporter.hasUpstream(serverName)) return;
    this.#options.sessions.publish({ type: 'upstream_checked', serverName, isUp: null });
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
    this.#reporters.delete(id);
    this.#share.delete(client, id);
    reporter.end(how);
    this.#remember(id, reporter.nextSeq);
    this.#options.onReporters(this.#reporters.size);
  }

  #remember(id: string, nextSeq: number): void {
    for (const oldest of this.#nextSeqOfGone.keys()) {
      if (this.#nextSeqOfGone.size < LIMITS.reporters.max) break;
      this.#nextSeqOfGone.delete(oldest);
    }
    // Without numbers there is nothing to tell apart.
    if (nextSeq > 1) this.#nextSeqOfGone.set(id, nextSeq);
  }
}
