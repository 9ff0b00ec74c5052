import type { Clock } from '../monitor/clock.ts';
import type { OperationEvent } from '../monitor/events.ts';
import { LabelLimiter } from '../monitor/label-limiter.ts';

/** What ended of one operation in the window. A cancelled one has ended, and has not failed. */
export interface WindowCounts {
  readonly ended: number;
  readonly failed: number;
  /** Took longer than the threshold, however it ended. */
  readonly slow: number;
}

export const WINDOW_MINUTES = 5;
const SLOT_MS = 10_000;
const SLOTS = (WINDOW_MINUTES * 60_000) / SLOT_MS;
/** Of each slot: ended, failed, slow. */
const FIELDS = 3;

export interface OperationWindowsOptions {
  readonly clock: Clock;
  readonly slowOperationSeconds: number;
  /** Names past these are counted together, as `_OTHER`. */
  readonly maxOperations: number;
}

/**
 * Counts what ended in the last five minutes, to within a slot of ten seconds, by operation. An event costs two
 * look-ups and three additions; memory is bounded by `maxOperations`.
 */
export class OperationWindows {
  readonly #clock: Clock;
  readonly #slowSeconds: number;
  readonly #names: LabelLimiter;
  readonly #windows = new Map<string, OperationWindow>();

  constructor({ clock, slowOperationSeconds, maxOperations }: OperationWindowsOptions) {
    this.#clock = clock;
    this.#slowSeconds = slowOperationSeconds;
    // The metrics count the overflow: they see the same names.
    this.#names = new LabelLimiter(maxOperations, () => undefined);
  }

  onOperation(event: OperationEvent): void {
    if (event.kind === 'progressed') return;
    // When it starts, as in the metrics: the same names must be let through.
    const name = this.#names.limit(event.operationName);
    if (event.kind === 'started') return;
    let window = this.#windows.get(name);
    if (!window) this.#windows.set(name, (window = new OperationWindow()));
    window.add(this.#slot(), event.kind === 'failed', (event.duration ?? 0) > this.#slowSeconds);
  }

  /** Every operation that ever ended, with its counts now. */
  *counts(): Generator<readonly [operation: string, counts: WindowCounts]> {
    const slot = this.#slot();
    for (const [operation, window] of this.#windows) yield [operation, window.counts(slot)];
  }

  #slot(): number {
    return Math.floor(this.#clock.monotonic() / SLOT_MS);
  }
}

class OperationWindow {
  readonly #cells = new Uint32Array(SLOTS * FIELDS);
  #newest = 0;

  add(slot: number, isFailed: boolean, isSlow: boolean): void {
    this.#forgetBefore(slot);
    const at = (slot % SLOTS) * FIELDS;
    this.#increment(at, 1);
    this.#increment(at + 1, Number(isFailed));
    this.#increment(at + 2, Number(isSlow));
  }

  counts(slot: number): WindowCounts {
    this.#forgetBefore(slot);
    return { ended: this.#sum(0), failed: this.#sum(1), slow: this.#sum(2) };
  }

  #forgetBefore(slot: number): void {
    const first = Math.max(this.#newest + 1, slot - SLOTS + 1);
    for (let old = first; old <= slot; old++) {
      const at = (old % SLOTS) * FIELDS;
      this.#cells.fill(0, at, at + FIELDS);
    }
    this.#newest = Math.max(this.#newest, slot);
  }

  #increment(index: number, amount: number): void {
    this.#cells[index] = (this.#cells[index] ?? 0) + amount;
  }

  #sum(field: number): number {
    let sum = 0;
    for (let index = field; index < this.#cells.length; index += FIELDS) sum += this.#cells[index] ?? 0;
    return sum;
  }
}
