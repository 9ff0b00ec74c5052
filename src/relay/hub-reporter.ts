import { randomUUID } from 'node:crypto';

import type { Logger } from '../logger.ts';
import type { SessionRegistry } from '../monitor/session-registry.ts';
import { HubClient, type ReportOutcome } from './hub-client.ts';
import { ReportQueue, type QueuedEvent } from './report-queue.ts';
import type { Report, WireEvent } from './report-schema.ts';
import { WireEvents } from './wire-event.ts';

export interface HubReporterOptions {
  readonly sessions: SessionRegistry;
  readonly hubUrl: string | URL;
  readonly apiKey: string | undefined;
  readonly logger: Logger;
  /** @defaultValue 20000 */
  readonly maxQueuedEvents?: number;
  /** @defaultValue the global one */
  readonly fetch?: typeof fetch;
}

const GATHER_MS = 50;
const MAX_EVENTS = 500;
const MAX_CHARS = 512 * 1024;
const TIMEOUT_MS = 5000;
const HEARTBEAT_MS = 15_000;
const FIRST_RETRY_MS = 100;
const LONGEST_RETRY_MS = 5000;
const REFUSED_RETRY_MS = 30_000;
const LAST_TRY_MS = 500;

/**
 * Tells a hub everything that is watched here. The traffic never waits for it: events are put aside as they are, and
 * told in batches. A batch is told again with the same numbers until the hub has it, so that each counts once.
 */
export class HubReporter {
  readonly #options: HubReporterOptions;
  readonly #client: HubClient;
  readonly #queue: ReportQueue;
  readonly #wire: WireEvents;
  readonly #reporterId = randomUUID();
  readonly #unsubscribe: () => void;
  readonly #heartbeat: NodeJS.Timeout;
  #nextSeq = 1;
  /** What was sent, and not taken yet. */
  #report: Report | null = null;
  #bootId: string | null = null;
  #timer: NodeJS.Timeout | undefined;
  #sending: Promise<void> | null = null;
  #failures = 0;
  /** What the log said last of the hub. */
  #told: 'nothing' | 'away' | 'refused' = 'nothing';
  #isClosing = false;

  constructor(options: HubReporterOptions) {
    const { sessions, hubUrl, apiKey, maxQueuedEvents = 20_000 } = options;
    this.#options = options;
    this.#client = new HubClient({ hubUrl, apiKey, fetch: options.fetch ?? fetch });
    this.#queue = new ReportQueue(maxQueuedEvents);
    this.#wire = new WireEvents((sessionId) => sessions.serverNameOf(sessionId));
    this.#unsubscribe = sessions.subscribe((event) => {
      // The hub has summaries of its own; how often they change is nothing to tell.
      if (event.type === 'session' && event.kind !== 'closed') return;
      this.#queue.add(event);
      this.#schedule(GATHER_MS);
    });
    this.#heartbeat = setInterval(() => this.#schedule(0), HEARTBEAT_MS).unref();
    this.#schedule(0);
  }

  /** Tells what is left and that nothing more will come, within so long; a hub that was away is tried once, shortly. */
  async close(withinMs = 2000): Promise<void> {
    if (this.#isClosing) return;
    this.#isClosing = true;
    this.#unsubscribe();
    clearInterval(this.#heartbeat);
    const deadline = performance.now() + (this.#failures > 0 ? LAST_TRY_MS : withinMs);
    clearTimeout(this.#timer);
    await this.#sending;
    let isTaken = true;
    while (isTaken && (this.#report || this.#queue.size > 0)) isTaken = await this.#sendOne(deadline);
    if (isTaken) isTaken = await this.#sendOne(deadline, true);
    const untold = this.#queue.size + (this.#report?.events.length ?? 0);
    if (!isTaken && untold > 0)
      this.#options.logger.warn({ events: untold }, 'the hub was not told everything');
  }

  #schedule(delayMs: number): void {
    if (this.#isClosing || this.#sending || this.#timer) return;
    this.#timer = setTimeout(() => {
      this.#timer = undefined;
      this.#sending = this.#send().finally(() => {
        this.#sending = null;
        if (this.#failures > 0) this.#schedule(this.#retryMs());
        else if (this.#queue.size > 0) this.#schedule(GATHER_MS);
      });
    }, delayMs).unref();
  }

  #retryDelayMs = 0;

  #retryMs(): number {
    const backoff = Math.min(FIRST_RETRY_MS * 2 ** (this.#failures - 1), LONGEST_RETRY_MS);
    return Math.max(this.#retryDelayMs, backoff * (0.75 + Math.random() / 2));
  }

  /** Sends until there is nothing left, or the hub takes no more. */
  async #send(): Promise<void> {
    do if (!(await this.#sendOne(Infinity))) return;
    while (this.#queue.size > 0 && !this.#isClosing);
  }

  /** @returns whether the hub has taken it, or it was given up */
  async #sendOne(deadline: number, isClosing = false): Promise<boolean> {
    const report = (this.#report ??= this.#nextReport());
    const withinMs = Math.ceil(Math.min(TIMEOUT_MS, deadline - performance.now()));
    if (withinMs <= 0) return false;
    return this.#onOutcome(
      await this.#client.post(isClosing ? { ...report, is_closing: true } : report, withinMs),
      report,
    );
  }

  #nextReport(): Report {
    const events: WireEvent[] = [];
    let chars = 0;
    while (events.length < MAX_EVENTS && chars < MAX_CHARS) {
      const queued = this.#queue.take();
      if (!queued) break;
      const wire = this.#toWire(queued);
      if (!wire) continue;
      events.push(wire);
      // Only details can be long.
      chars += wire.type === 'operation' && wire.details ? JSON.stringify(wire.details).length : 200;
    }
    const first_seq = this.#nextSeq;
    this.#nextSeq += events.length;
    return { reporter_id: this.#reporterId, first_seq, lost: this.#queue.takeLost(), events };
  }

  /** Details are a caller's objects: where they cannot be read, the event goes without them. */
  #toWire({ event, start }: QueuedEvent): WireEvent | null {
    try {
      return this.#wire.toWire(event, start);
    } catch (error) {
      this.#options.sessions.reportError(error);
      if (event.type !== 'operation') return null;
      const { details: _, ...rest } = event;
      return this.#wire.toWire(rest);
    }
  }

  #onOutcome(outcome: ReportOutcome, report: Report): boolean {
    const { logger, hubUrl } = this.#options;
    const hub = new URL(hubUrl).origin;
    if (outcome.kind === 'again' || outcome.kind === 'refused') {
      this.#failures += 1;
      this.#retryDelayMs = outcome.kind === 'refused' ? REFUSED_RETRY_MS : outcome.afterMs;
      const told = outcome.kind === 'refused' ? 'refused' : 'away';
      if (told !== this.#told) {
        const { reason } = outcome;
        if (told === 'refused') logger.error({ hub, reason }, 'the hub refuses reports');
        else logger.warn({ hub, reason }, 'the hub is away: what it is to be told waits');
      }
      this.#told = told;
      return false;
    }
    this.#report = null;
    this.#failures = 0;
    if (this.#told !== 'nothing') logger.info({ hub }, 'the hub is back');
    this.#told = 'nothing';
    if (outcome.kind === 'invalid') {
      logger.error({ hub, reason: outcome.reason }, 'the hub could not read a report, which is lost');
      this.#queue.addLost(report.events.length + (report.lost ?? 0));
      return true;
    }
    const { boot_id: bootId } = outcome.answer;
    if (this.#bootId !== null && this.#bootId !== bootId) this.#queue.announceOpen();
    this.#bootId = bootId;
    return true;
  }
}
