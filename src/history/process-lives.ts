import type { Sample } from './checked-query.ts';

/** Consecutive windows of equal length, in whole milliseconds. */
export interface Windows {
  /** Milliseconds since the Unix epoch. */
  readonly startMs: number;
  readonly lengthMs: number;
  readonly count: number;
}

/** A correction by the counters of one instance at a time inside a window. */
export interface Correction {
  /** Index of the window. */
  readonly window: number;
  readonly instance: string;
  /** Start of the process. */
  readonly bornMs: number;
  readonly timeMs: number;
  /** Maximum age of the value. Older values may belong to an earlier process. */
  readonly lookbackMs: number;
  /** Whether to add or to subtract the value. */
  readonly sign: 1 | -1;
}

/** Prometheus' default lookback for the current value of a series. */
const LOOKBACK_MS = 300_000;

/** Start times are rounded to seconds, so that a process may have started this much earlier. */
const ROUNDED_MS = 500;

/** A process as seen by Prometheus in one window, including the window's edges. */
interface Life {
  readonly instance: string;
  readonly bornMs: number;
  readonly firstSeenMs: number;
  readonly lastSeenMs: number;
}

/**
 * A counter starts at 0 with its process and disappears with it. So the difference between two times is the growth only of
 * processes that Prometheus saw at both times. Other processes need corrections:
 * - If a process ended before the window's end, its last values are added.
 * - If a process started before the window but was first seen in it, its first values are subtracted, because the time of
 *   that growth is unknown.
 *
 * A process that started in the window started at 0 and needs no correction. The same applies to a process that was first
 * seen soon after its start, even if it started before the window: its growth counts in the window of its first sample.
 * This is common for processes that start right before the edge of a minute or a day.
 *
 * @param processStarts - samples of `process_start_time_seconds` at every edge of a window. Inside the windows, samples
 * at the multiples of `stepMs` whose value differs from that of the previous or the next step.
 */
export function correctionsFor(
  windows: Windows,
  processStarts: readonly Sample[],
  stepMs: number,
): Correction[] {
  const wholeLives = livesIn(processStarts);
  const isNew = ({ instance, bornMs, firstSeenMs }: Life): boolean =>
    firstSeenMs - bornMs <= LOOKBACK_MS &&
    wholeLives.some((life) => {
      return life.instance === instance && life.bornMs === bornMs && life.firstSeenMs === firstSeenMs;
    });
  return Array.from({ length: windows.count }, (_, window) => {
    const startMs = windows.startMs + window * windows.lengthMs;
    const endMs = startMs + windows.lengthMs;
    const lives = livesIn(processStarts.filter(({ timeMs }) => timeMs >= startMs && timeMs <= endMs));
    return lives.flatMap((life) => {
      const { instance, bornMs, firstSeenMs, lastSeenMs } = life;
      const value = (sign: 1 | -1, seenMs: number, timeMs = seenMs): Correction => {
        const lookbackMs = Math.min(timeMs - seenMs + LOOKBACK_MS, timeMs - bornMs);
        return { window, instance, bornMs, timeMs, lookbackMs: Math.max(lookbackMs, 1000), sign };
      };
      const isUnknownBefore = firstSeenMs > startMs && bornMs < startMs && !isNew(life);
      return [
        ...(lastSeenMs < endMs ? [value(1, lastSeenMs, lastMomentOf(life, lives, stepMs, endMs))] : []),
        ...(isUnknownBefore ? [value(-1, firstSeenMs)] : []),
      ];
    });
  }).flat();
}

/** The latest time at which the process's last values can be read: before the next step and the next process. */
function lastMomentOf(life: Life, lives: readonly Life[], stepMs: number, endMs: number): number {
  const laterBirths = lives
    .filter(({ instance, bornMs }) => instance === life.instance && bornMs > life.bornMs)
    .map(({ bornMs }) => bornMs - ROUNDED_MS);
  return Math.max(life.lastSeenMs, Math.min(life.lastSeenMs + stepMs, endMs, ...laterBirths));
}

function livesIn(processStarts: readonly Sample[]): Life[] {
  const lives = new Map<string, Life>();
  for (const { labels, timeMs, value } of processStarts) {
    const { instance = '' } = labels;
    const key = JSON.stringify([instance, value]);
    const { firstSeenMs, lastSeenMs } = lives.get(key) ?? { firstSeenMs: timeMs, lastSeenMs: timeMs };
    lives.set(key, {
      instance,
      bornMs: value * 1000,
      firstSeenMs: Math.min(firstSeenMs, timeMs),
      lastSeenMs: Math.max(lastSeenMs, timeMs),
    });
  }
  return [...lives.values()];
}
