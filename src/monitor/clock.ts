import { uptime } from 'node:os';

/**
 * Time source: timestamps come from the wall clock, durations from a monotonic clock. If one of its functions throws or
 * returns a value that is not a finite number, the exporter reads the system's clock instead.
 *
 * @example
 * ```ts
 * import { RealtimeMonitor, type Clock } from 'mcp-exporter/hook';
 *
 * let nowMs = 0;
 * const clock: Clock = { now: () => nowMs, monotonic: () => nowMs };
 * const monitor = new RealtimeMonitor('test', { clock });
 * const id = monitor.startMonitoring('import');
 * nowMs += 2500;
 * monitor.stopMonitoring(id);
 * console.log(monitor.operations.get(id)?.duration); // 2.5
 * ```
 */
export interface Clock {
  /** Milliseconds since the Unix epoch. */
  now(): number;
  /** Milliseconds since an arbitrary fixed point. Never decreases. May pause while the machine sleeps. */
  monotonic(): number;
  /**
   * Milliseconds since the machine booted, including sleep.
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
 * Wraps a user's clock. Reads the system clock instead if the user's clock throws or returns a value that is not a
 * finite number.
 *
 * @param onFailure - called on each such fallback
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
