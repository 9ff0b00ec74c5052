import { randomUUID } from 'node:crypto';

import type { Clock } from '../monitor/clock.ts';
import type { SessionRegistry } from '../monitor/session-registry.ts';
import { Reporter } from './reporter.ts';
import { parseReport, type ReportAnswer } from './report-schema.ts';

export interface HubIntakeOptions {
  readonly sessions: SessionRegistry;
  readonly clock: Clock;
  /** Hears how many report. */
  readonly onReporters: (count: number) => void;
  /** Hears what became of events that were reported. */
  readonly onEvents: (result: 'accepted' | 'duplicate' | 'lost', count: number) => void;
}

const HEARTBEAT_SECONDS = 15;
const LEASE_MS = 3 * HEARTBEAT_SECONDS * 1000;
const EXPIRE_EVERY_MS = 5000;
const MAX_REPORTERS = 1000;

/** Takes what other processes report, and states it as if it had been seen here. */
export class HubIntake {
  readonly #options: HubIntakeOptions;
  readonly #bootId = randomUUID();
  /** In the order in which they were heard of last. */
  readonly #reporters = new Map<string, { readonly reporter: Reporter; heardAtMs: number }>();
  readonly #timer: NodeJS.Timeout;

  constructor(options: HubIntakeOptions) {
    this.#options = options;
    this.#timer = setInterval(() => this.expire(), EXPIRE_EVERY_MS).unref();
  }

  /** @throws ExporterError `invalid_report`; nothing of it was taken then */
  accept(body: unknown): ReportAnswer {
    const { reporter_id: id, first_seq, lost, is_closing, events } = parseReport(body);
    const { onEvents } = this.#options;
    const reporter = this.#hear(id);
    const firstSeq = first_seq ?? reporter.nextSeq;
    const duplicates = Math.min(Math.max(reporter.nextSeq - firstSeq, 0), events.length);
    for (const event of events.slice(duplicates)) reporter.take(event);
    reporter.nextSeq = Math.max(reporter.nextSeq, firstSeq + events.length);
    const nextSeq = reporter.nextSeq;
    onEvents('accepted', events.length - duplicates);
    onEvents('duplicate', duplicates);
    onEvents('lost', lost);
    if (is_closing) this.#end(id);
    return { boot_id: this.#bootId, next_seq: nextSeq, heartbeat_seconds: HEARTBEAT_SECONDS };
  }

  /** Ends what those have open that were not heard of for too long. */
  expire(): void {
    const oldest = this.#options.clock.monotonic() - LEASE_MS;
    for (const [id, { heardAtMs }] of this.#reporters) {
      if (heardAtMs >= oldest) return;
      this.#end(id);
    }
  }

  close(): void {
    clearInterval(this.#timer);
  }

  #hear(id: string): Reporter {
    const { sessions, clock, onReporters } = this.#options;
    const known = this.#reporters.get(id);
    const heard = known ?? { reporter: new Reporter(sessions, clock), heardAtMs: 0 };
    heard.heardAtMs = clock.monotonic();
    if (known) this.#reporters.delete(id);
    else if (this.#reporters.size >= MAX_REPORTERS) this.#endLongestSilent();
    this.#reporters.set(id, heard);
    onReporters(this.#reporters.size);
    return heard.reporter;
  }

  #endLongestSilent(): void {
    for (const id of this.#reporters.keys()) return this.#end(id);
  }

  #end(id: string): void {
    this.#reporters.get(id)?.reporter.end();
    this.#reporters.delete(id);
    this.#options.onReporters(this.#reporters.size);
  }
}
