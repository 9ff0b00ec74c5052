import type { Clock } from '../monitor/clock.ts';

/** Larger differences mean that the clock was set or the machine slept. Smaller ones are normal clock adjustments. */
const MAX_DRIFT_MS = 1000;

/**
 * The wall clock for a store with timestamped data. If the clock is set, the data must move with it, so that an operation
 * that ended five minutes ago still ended five minutes ago. Sleep of the machine does not move data.
 */
export class SteadyTime {
  readonly #clock: Clock;
  readonly #onClockSet: (byMs: number) => void;
  /** Wall clock minus monotonic clock. */
  #offsetMs: number;
  /** Total sleep of the machine: the difference of its two monotonic clocks. */
  #asleepMs: number;

  /** @param onClockSet - called with the change in milliseconds after the wall clock was set */
  constructor(clock: Clock, onClockSet: (byMs: number) => void) {
    this.#clock = clock;
    this.#onClockSet = onClockSet;
    this.#offsetMs = clock.now() - clock.monotonic();
    this.#asleepMs = asleepMs(clock);
  }

  /** Milliseconds since the Unix epoch. */
  now(): number {
    const nowMs = this.#clock.now();
    const offsetMs = nowMs - this.#clock.monotonic();
    if (Math.abs(offsetMs - this.#offsetMs) > MAX_DRIFT_MS) this.#onJump(offsetMs - this.#offsetMs);
    this.#offsetMs = offsetMs;
    return nowMs;
  }

  #onJump(jumpMs: number): void {
    const asleep = asleepMs(this.#clock);
    const setMs = jumpMs - (asleep - this.#asleepMs);
    this.#asleepMs = asleep;
    if (Math.abs(setMs) > MAX_DRIFT_MS) this.#onClockSet(setMs);
  }
}

function asleepMs(clock: Clock): number {
  return (clock.sinceBoot?.() ?? clock.monotonic()) - clock.monotonic();
}
