import { uptime } from 'node:os';

/** Where time comes from: timestamps from the wall clock, durations from a clock that never jumps. */
export interface Clock {
  /** Milliseconds since the Unix epoch. */
  now(): number;
  /** Milliseconds since some fixed point; never goes back. May stand still while the machine sleeps. */
  monotonic(): number;
  /**
   * Milliseconds since the machine was started, with the time that it slept.
   * @defaultValue the machine never sleeps
   */
  sinceBoot?(): number;
}

export const systemClock: Clock = {
  now: () => Date.now(),
  monotonic: () => performance.now(),
  sinceBoot: () => uptime() * 1000,
};

/**
 * A program's own clock, with the system's in its place whenever it throws or gives no number.
 *
 * @param onFailure - called each time
 */
export function protectClock(clock: Clock, onFailure: (error: unknown) => void): Clock {
  const read = (method: keyof Clock): number => {
    try {
      const value = clock[method]?.();
      if (value !== undefined && Number.isFinite(value)) return value;
      onFailure(new TypeError(`clock.${method}: expected a number of milliseconds, received ${value}`));
    } catch (error) {
      onFailure(error);
    }
    return systemClock[method]?.() ?? 0;
  };
  return {
    now: () => read('now'),
    monotonic: () => read('monotonic'),
    ...(clock.sinceBoot ? { sinceBoot: () => read('sinceBoot') } : undefined),
  };
}
