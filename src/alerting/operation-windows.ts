import type { Clock } from '../monitor/clock.ts';
import type { OperationEvent } from '../monitor/events.ts';
import { LabelLimiter } from '../monitor/label-limiter.ts';
import { OperationsInProgress, type Stall } from '../monitor/operations-in-progress.ts';
import { OTHER } from '../monitor/other-label.ts';
import { isError, isRated } from '../monitor/outcomes.ts';
import { Ring } from '../monitor/ring.ts';
import type { Config } from '../settings/config.ts';

/** The operations that an alert is about. Interned: those of one server and name are one object. */
export interface AlertSubject {
  /** Null if the operation belongs to no MCP server. */
  readonly server: string | null;
  readonly operation: string;
}

/** Counts of a subject's operations that ended in the window, without cancelled and unobserved ones. */
export interface WindowCounts {
  readonly ended: number;
  readonly failed: number;
  /** Took longer than the threshold, whether they succeeded or failed. */
  readonly slow: number;
  /** The reason of the last failure; null if it has none. */
  readonly lastError: string | null;
  /** The operations in progress that may hang; null if there are none. */
  readonly stall: Stall | null;
}

export const WINDOW_MINUTES = 5;
const SLOT_MS = 10_000;
const SLOTS = (WINDOW_MINUTES * 60_000) / SLOT_MS;
/** Alerts are short messages. */
const MAX_ERROR_LENGTH = 200;

export interface OperationWindowsOptions {
  readonly clock: Clock;
  readonly config: Pick<Config, 'slowOperationSeconds'>;
  /** The MCP server of a session. */
  readonly serverOf: (sessionId: string) => string | null;
  /** Names of a server beyond this number of subjects are counted together as `_OTHER`. */
  readonly maxSubjects: number;
}

/**
 * Counts the operations that ended in the last five minutes, by server and name, in slots of ten seconds. `maxSubjects`
 * bounds the memory.
 */
export class OperationWindows {
  readonly #options: OperationWindowsOptions;
  readonly #servers: LabelLimiter;
  readonly #inProgress: OperationsInProgress<AlertSubject>;
  readonly #subjects = new Map<string | null, Map<string, AlertSubject>>();
  readonly #windows = new Map<AlertSubject, OperationWindow>();

  constructor(options: OperationWindowsOptions) {
    this.#options = options;
    this.#servers = new LabelLimiter(options.maxSubjects, () => undefined);
    this.#inProgress = new OperationsInProgress(options.clock, options.config);
  }

  onOperation(event: OperationEvent): void {
    if (event.kind === 'progressed') return this.#inProgress.progress(event);
    if (event.kind === 'started') return void this.#inProgress.start(event, this.#subjectOf(event));
    const subject = this.#inProgress.end(event) ?? this.#subjectOf(event);
    if (!isRated(event.kind)) return;
    const isSlow = (event.duration ?? 0) > this.#options.config.slowOperationSeconds;
    this.#windows.get(subject)?.add(this.#slot(), isError(event.kind), isSlow, event.error);
  }

  /** The current counts of every subject. */
  *counts(): Generator<readonly [AlertSubject, WindowCounts]> {
    const slot = this.#slot();
    const stalls = this.#inProgress.stalled();
    for (const [subject, window] of this.#windows) {
      yield [subject, { ...window.counts(slot), stall: stalls.get(subject) ?? null }];
    }
  }

  #subjectOf({ sessionId, operationName }: OperationEvent): AlertSubject {
    const name = this.#options.serverOf(sessionId);
    const server = name === null ? null : this.#servers.limit(name);
    const known = this.#subjects.get(server) ?? new Map<string, AlertSubject>();
    this.#subjects.set(server, known);
    const isFull = this.#windows.size >= this.#options.maxSubjects;
    const operation = known.has(operationName) || !isFull ? operationName : OTHER;
    let subject = known.get(operation);
    if (!subject) {
      subject = { server, operation };
      known.set(operation, subject);
      this.#windows.set(subject, new OperationWindow());
    }
    return subject;
  }

  #slot(): number {
    return Math.floor(this.#options.clock.monotonic() / SLOT_MS);
  }
}

interface SlotCounts {
  readonly slot: number;
  ended: number;
  failed: number;
  slow: number;
}

class OperationWindow {
  readonly #slots = new Ring<SlotCounts>(SLOTS);
  #lastError: string | null = null;

  add(slot: number, isFailed: boolean, isSlow: boolean, error: string | null = null): void {
    if (isFailed) this.#lastError = error && error.slice(0, MAX_ERROR_LENGTH);
    const counts = this.#countsOf(slot);
    counts.ended += 1;
    counts.failed += Number(isFailed);
    counts.slow += Number(isSlow);
  }

  counts(now: number): Omit<WindowCounts, 'stall'> {
    const sum = { ended: 0, failed: 0, slow: 0, lastError: this.#lastError };
    for (const { slot, ended, failed, slow } of this.#slots.last(SLOTS)) {
      if (slot <= now - SLOTS) continue;
      sum.ended += ended;
      sum.failed += failed;
      sum.slow += slow;
    }
    return sum;
  }

  #countsOf(slot: number): SlotCounts {
    const latest = this.#slots.at(-1);
    if (latest?.slot === slot) return latest;
    const counts = { slot, ended: 0, failed: 0, slow: 0 };
    this.#slots.push(counts);
    return counts;
  }
}
