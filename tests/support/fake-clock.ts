import type { Clock } from '../../src/monitor/clock.ts';

/** A clock that advances only when a test advances it. */
export class FakeClock implements Clock {
  #wallMs: number;
  #monotonicMs = 0;
  #asleepMs = 0;

  constructor(start = '2026-03-01T12:00:00Z') {
    this.#wallMs = Date.parse(start);
  }

  now(): number {
    return this.#wallMs;
  }

  monotonic(): number {
    return this.#monotonicMs;
  }

  sinceBoot(): number {
    return this.#monotonicMs + this.#asleepMs;
  }

  advance(ms: number): void {
    this.#wallMs += ms;
    this.#monotonicMs += ms;
  }

  /** Sets the wall clock, like an administrator or NTP. */
  set(byMs: number): void {
    this.#wallMs += byMs;
  }

  /** Suspends the machine, like a laptop. */
  sleep(ms: number): void {
    this.#wallMs += ms;
    this.#asleepMs += ms;
  }
}

export const HOUR_MS = 3_600_000;
export const DAY_MS = 24 * HOUR_MS;
