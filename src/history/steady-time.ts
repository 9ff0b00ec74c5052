import type { Clock } from '../monitor/clock.ts';

/** Clocks are adjusted by fractions of a second all the time; more is a clock that was set, or a machine that slept. */
const MAX_DRIFT_MS = 1000;

/**
 * The wall clock, for a store that keeps things by their time. If the clock is set, what was kept must move with it:
 * an operation that ended five minutes ago still ended five minutes ago. Time that the machine slept is real, and moves
 * nothing.
 */
export class SteadyTime {
  readonly #clock: Clock;
  readonly #onClockSet: (byMs: number) => void;
  /** Wall clock minus monotonic clock. */
  #offsetMs: number;
  /** Time that the machine slept, by the difference of its two monotonic clocks. */
  #asleepMs: number;

  /** @param onClockSet - called when the wall clock was set, with the milliseconds that it was moved by */
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
