import type { Clock } from '../monitor/clock.ts';
import type { OperationEvent } from '../monitor/events.ts';
import { LabelLimiter } from '../monitor/label-limiter.ts';
import { isError, isRated } from '../monitor/outcomes.ts';
import { Ring } from '../monitor/ring.ts';
import type { Config } from '../settings/config.ts';

/** Counts of operations with one name that ended in the window, without cancelled and unobserved ones. */
export interface WindowCounts {
  readonly ended: number;
  readonly failed: number;
  /** Took longer than the threshold, whether they succeeded or failed. */
  readonly slow: number;
}

export const WINDOW_MINUTES = 5;
const SLOT_MS = 10_000;
const SLOTS = (WINDOW_MINUTES * 60_000) / SLOT_MS;

export interface OperationWindowsOptions {
  readonly clock: Clock;
  readonly config: Pick<Config, 'slowOperationSeconds'>;
  /** Names beyond this number are counted together as `_OTHER`. */
  readonly maxOperations: number;
}

/**
 * Counts the operations that ended in the last five minutes, by name, in slots of ten seconds. `maxOperations` bounds the
 * memory.
 */
export class OperationWindows {
  readonly #clock: Clock;
  readonly #slowOperationSeconds: number;
  readonly #names: LabelLimiter;
  readonly #windows = new Map<string, OperationWindow>();

  constructor({ clock, config, maxOperations }: OperationWindowsOptions) {
    this.#clock = clock;
    this.#slowOperationSeconds = config.slowOperationSeconds;
    // The metrics use the same names, and count those beyond the limit.
    this.#names = new LabelLimiter(maxOperations, () => undefined);
  }

  onOperation(event: OperationEvent): void {
    if (event.kind === 'progressed') return;
    // Called at the start, as in the metrics, so that both admit the same names.
    const name = this.#names.limit(event.operationName);
    if (event.kind === 'started') return;
    if (!isRated(event.kind)) return;
    let window = this.#windows.get(name);
    if (!window) this.#windows.set(name, (window = new OperationWindow()));
    window.add(this.#slot(), isError(event.kind), (event.duration ?? 0) > this.#slowOperationSeconds);
  }

  /** The current counts of every operation that has ended at least once. */
  *counts(): Generator<readonly [operation: string, counts: WindowCounts]> {
    const slot = this.#slot();
    for (const [operation, window] of this.#windows) yield [operation, window.counts(slot)];
  }

  #slot(): number {
    return Math.floor(this.#clock.monotonic() / SLOT_MS);
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

  add(slot: number, isFailed: boolean, isSlow: boolean): void {
    const counts = this.#countsOf(slot);
    counts.ended += 1;
    counts.failed += Number(isFailed);
    counts.slow += Number(isSlow);
  }

  counts(now: number): WindowCounts {
    const sum = { ended: 0, failed: 0, slow: 0 };
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
