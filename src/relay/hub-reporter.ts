import type { Logger } from '../logging/logger.ts';
import { systemClock, type Clock } from '../monitor/clock.ts';
import type { MonitorEvent } from '../monitor/events.ts';
import type { SessionRegistry } from '../monitor/session-registry.ts';
import { createOutboundFetch, type OutboundFetch } from '../outbound/outbound-fetch.ts';
import { Pause } from '../outbound/pause.ts';
import { RetryingPost } from '../outbound/retrying-post.ts';
import { HubClient, type HubAnswer, type HubFailure, type HubSettings } from './hub-client.ts';
import { ReportQueue } from './report-queue.ts';
import { MAX_EVENTS, ReportWriter, type WrittenReport } from './report-writer.ts';
import { SessionAnnouncements } from './session-announcements.ts';
import { WireEvents } from './wire-event.ts';

export interface HubReporterOptions {
  readonly sessions: SessionRegistry;
  readonly config: HubSettings;
  readonly logger: Logger;
  /** @defaultValue the system's clocks */
  readonly clock?: Clock;
  /** @defaultValue 20000 */
  readonly maxQueuedEvents?: number;
  /** @defaultValue one that does not keep the process alive */
  readonly fetch?: OutboundFetch;
}

const BATCH_MS = 50;
const TIMEOUT_MS = 5000;
const HEARTBEAT_MS = 15_000;
const FIRST_BACKOFF_MS = 100;
const LONGEST_BACKOFF_MS = 5000;
/** Time limit for the last reports. The client of the watched server often waits for this process to exit. */
const LAST_REPORTS_MS = 300;
/** The same limit if the hub is already failing. */
const LAST_ATTEMPT_MS = 100;
/** A hub that has not responded for this long is considered to hang. */
const HANGING_AFTER_MS = 1000;

/**
 * Reports all events to a hub. Events are buffered and sent in batches, so that traffic never waits for the hub. A batch
 * is resent with the same sequence numbers until the hub accepts it, so that each event is counted once.
 */
export class HubReporter {
  readonly #hub: string;
  readonly #logger: Logger;
  readonly #clock: Clock;
  readonly #post: RetryingPost<HubAnswer, HubFailure>;
  readonly #queue: ReportQueue;
  readonly #announcements = new SessionAnnouncements();
  readonly #writer: ReportWriter;
  readonly #unsubscribe: () => void;
  readonly #onError: (error: unknown) => void;
  readonly #pause = new Pause();
  readonly #running: Promise<void>;
  /** The sent report that the hub has not accepted yet. */
  #report: WrittenReport | null = null;
  #bootId: string | null = null;
  /** The hub's latest logged state. */
  #logged: 'working' | 'unreachable' | 'refused' = 'working';
  /** Whether the buffer is empty: the next event starts a report. */
  #isIdle = false;
  #isClosing = false;
  #hasEnded = false;
  /** Time limit of the last attempt to reach a failing hub. */
  #lastAttempt: NodeJS.Timeout | undefined;
  #closed: Promise<void> | null = null;

  constructor(options: HubReporterOptions) {
    const { sessions, config, logger, clock = systemClock, maxQueuedEvents = 20_000 } = options;
    this.#hub = new URL(config.hubUrl).origin;
    this.#logger = logger;
    this.#clock = clock;
    this.#onError = (error) => sessions.reportFault('hub', error);
    const client = new HubClient({
      config,
      fetch: options.fetch ?? createOutboundFetch({ keepAlive: true, isBackground: true }),
      now: () => clock.now(),
      onLimit: sessions.reportLimit,
    });
    this.#post = new RetryingPost({
      attempt: (body, signal) => client.post(body, signal),
      timeoutMs: TIMEOUT_MS,
      firstBackoffMs: FIRST_BACKOFF_MS,
      longestBackoffMs: LONGEST_BACKOFF_MS,
      onFailure: (failure) => this.#logFailure(failure),
      clock,
    });
    const queue = new ReportQueue(maxQueuedEvents, sessions.reportLimit);
    this.#queue = queue;
    const wire = new WireEvents({
      redactor: sessions.redactor,
      serverNameOf: (sessionId) => sessions.serverNameOf(sessionId),
      clientOf: (sessionId) => sessions.clientOf(sessionId),
      subscriptionsOf: (connection) => queue.subscriptionsOf(connection),
    });
    this.#writer = new ReportWriter({
      queue,
      announcements: this.#announcements,
      wire,
      onError: (error) => sessions.reportError(error),
    });
    this.#unsubscribe = sessions.subscribe(this.#onEvent, 'hub');
    this.#running = this.#run();
  }

  /**
   * Sends the buffered events and marks the last report as closing. Events that the hub does not accept in time are lost,
   * and a log line counts them. Calling it again waits for the first call.
   *
   * @param withinMs - time limit in milliseconds; a hub that hangs, is unreachable or refuses reports gets 100 ms
   */
  close(withinMs = LAST_REPORTS_MS): Promise<void> {
    this.#closed ??= this.#close(withinMs);
    return this.#closed;
  }

  readonly #onEvent = (event: MonitorEvent): void => {
    if (event.type === 'session') this.#announcements.add(event);
    this.#queue.add(event, this.#clock.now());
    if (!this.#isIdle || !this.#hasNews) return;
    this.#isIdle = false;
    this.#pause.shorten(BATCH_MS);
  };

  async #close(withinMs: number): Promise<void> {
    this.#unsubscribe();
    this.#isClosing = true;
    const isFailing = this.#logged !== 'working' || this.#isHanging;
    // These timers keep the process alive, so that the last reports arrive.
    const deadline = setTimeout(this.#endSoon, withinMs);
    if (isFailing) {
      this.#lastAttempt = setTimeout(this.#endSoon, LAST_ATTEMPT_MS);
      this.#post.finish();
    }
    this.#pause.shorten(0);
    await this.#running;
    clearTimeout(deadline);
    clearTimeout(this.#lastAttempt);
    const unsent = this.#queue.size + (this.#report?.eventCount ?? 0);
    if (unsent > 0)
      this.#logger.warn({ hub: this.#hub, events: unsent }, 'closed before all events were sent to the hub');
  }

  get #hasNews(): boolean {
    return this.#queue.size > 0 || this.#announcements.size > 0;
  }

  get #isHanging(): boolean {
    const sentAtMs = this.#post.attemptedAtMs;
    return sentAtMs !== null && this.#clock.monotonic() - sentAtMs > HANGING_AFTER_MS;
  }

  /** If this process was stalled, the hub's response may have arrived by now: read it first. */
  readonly #endSoon = (): void => {
    setImmediate(() => this.#end());
  };

  #end(): void {
    this.#hasEnded = true;
    this.#post.abort();
    this.#pause.shorten(0);
  }

  async #run(): Promise<void> {
    let pauseMs = 0;
    while (!this.#hasEnded) {
      await this.#pause.wait(pauseMs);
      if (this.#hasEnded) return;
      pauseMs = await this.#reportOnce().catch((error: unknown) => {
        this.#onError(error);
        return LONGEST_BACKOFF_MS;
      });
    }
  }

  /** @returns the pause before the next report, in milliseconds */
  async #reportOnce(): Promise<number> {
    const report = (this.#report ??= this.#writer.next(this.#isClosing));
    const answer = await this.#post.send(report.body);
    if (answer) return this.#onAnswer(report, answer);
    this.#hasEnded = true;
    return 0;
  }

  /** @returns the pause before the next report, in milliseconds */
  #onAnswer(report: WrittenReport, answer: HubAnswer): number {
    this.#report = null;
    clearTimeout(this.#lastAttempt);
    if (this.#logged !== 'working') this.#logger.info({ hub: this.#hub }, 'hub reachable again');
    this.#logged = 'working';
    if (answer.kind === 'accepted') this.#noteBoot(answer.bootId);
    else this.#giveUp(report, answer.reason);
    if (report.isClosing) this.#hasEnded = true;
    if (this.#isClosing) return 0;
    // Send at once while more than one report is buffered: the buffer is bounded.
    if (this.#queue.size >= MAX_EVENTS) return 0;
    if (this.#hasNews) return BATCH_MS;
    this.#isIdle = true;
    return HEARTBEAT_MS;
  }

  #noteBoot(bootId: string): void {
    if (this.#bootId !== null && this.#bootId !== bootId) {
      this.#queue.announceOpen();
      this.#announcements.announceOpen();
    }
    this.#bootId = bootId;
  }

  #giveUp({ eventCount, lost }: WrittenReport, reason: string): void {
    this.#logger.error({ hub: this.#hub, reason }, 'hub rejected a report as invalid, dropping its events');
    this.#queue.addLost(eventCount + lost);
  }

  /** Logs each change once. Failures after the end are not logged, because the end aborts the request. */
  #logFailure({ kind, reason }: HubFailure): void {
    if (this.#hasEnded || kind === 'busy' || kind === this.#logged) return;
    this.#logged = kind;
    if (kind === 'refused') this.#logger.error({ hub: this.#hub, reason }, 'hub refuses reports');
    else this.#logger.warn({ hub: this.#hub, reason }, 'hub unreachable, buffering events');
  }
}
