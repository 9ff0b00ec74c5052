import type { Clock } from '../../monitor/clock.ts';
import { EventBus } from '../../monitor/event-bus.ts';
import type { Subscriber } from '../../monitor/events.ts';
import { LIMITS, type OnLimit } from '../../monitor/limits.ts';
import type { ScanTotals } from '../contract/scan-totals.ts';

/** The results of a session's tools so far. */
export class PipelineSession {
  readonly sessionId: string;
  readonly startedAt: Date;
  readonly #clock: Clock;
  #updatedAt: Date;
  #lastScan: (ScanTotals & { at: Date }) | null = null;
  #scans = 0;
  #cycles = 0;
  #fixesApplied = 0;
  #fixesFailed = 0;

  constructor(sessionId: string, clock: Clock) {
    this.sessionId = sessionId;
    this.#clock = clock;
    this.startedAt = new Date(clock.now());
    this.#updatedAt = this.startedAt;
  }

  recordScan(totals: ScanTotals): void {
    this.#scans += 1;
    this.recordValidation(totals);
  }

  /** Replaces the totals of the last scan after fixes. */
  recordValidation(totals: ScanTotals): void {
    this.#updatedAt = new Date(this.#clock.now());
    this.#lastScan = { ...totals, at: this.#updatedAt };
  }

  /** @param applied - number of fixes written to disk, so 0 for a dry run */
  recordFixes(applied: number, failed: number): void {
    this.#updatedAt = new Date(this.#clock.now());
    this.#fixesApplied += applied;
    this.#fixesFailed += failed;
  }

  recordCycle(): void {
    this.#updatedAt = new Date(this.#clock.now());
    this.#cycles += 1;
  }

  get state() {
    return {
      startedAt: this.startedAt,
      updatedAt: this.#updatedAt,
      lastScan: this.#lastScan,
      scans: this.#scans,
      cycles: this.#cycles,
      fixesApplied: this.#fixesApplied,
      fixesFailed: this.#fixesFailed,
    };
  }
}

/** The sessions in which tools ran, at most {@link LIMITS.pipeline_sessions}. */
export class PipelineSessions {
  readonly #clock: Clock;
  readonly #sessions = new Map<string, PipelineSession>();
  readonly #added: EventBus<PipelineSession>;
  readonly #onLimit: OnLimit;

  constructor(clock: Clock, onSubscriberError: (error: unknown) => void, onLimit: OnLimit = () => undefined) {
    this.#clock = clock;
    this.#onLimit = onLimit;
    this.#added = new EventBus((_part, error) => onSubscriberError(error));
  }

  open(sessionId: string): PipelineSession {
    const known = this.#sessions.get(sessionId);
    const session = known ?? new PipelineSession(sessionId, this.#clock);
    this.#sessions.delete(sessionId);
    this.#sessions.set(sessionId, session);
    if (this.#sessions.size > LIMITS.pipeline_sessions.max) this.#evictOldest();
    if (!known) this.#added.publish(session);
    return session;
  }

  get(sessionId: string): PipelineSession | undefined {
    return this.#sessions.get(sessionId);
  }

  /** The sessions, the most recently used first. */
  list(): PipelineSession[] {
    return [...this.#sessions.values()].toReversed();
  }

  /** Calls `subscriber` with each new session. @returns a function that ends the subscription */
  onAdded(subscriber: Subscriber<PipelineSession>): () => void {
    return this.#added.subscribe(subscriber);
  }

  #evictOldest(): void {
    this.#onLimit('pipeline_sessions');
    for (const sessionId of this.#sessions.keys()) {
      this.#sessions.delete(sessionId);
      return;
    }
  }
}
