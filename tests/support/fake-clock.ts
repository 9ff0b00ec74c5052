import type { Clock } from '../../src/monitor/clock.ts';

/** A clock that stands still until it is told to go on. */
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

  /** As an administrator or NTP sets the wall clock. */
  set(byMs: number): void {
    this.#wallMs += byMs;
  }

  /** As a laptop does. */
  sleep(ms: number): void {
    this.#wallMs += ms;
    this.#asleepMs += ms;
  }
}

export const HOUR_MS = 3_600_000;
export const DAY_MS = 24 * HOUR_MS;
