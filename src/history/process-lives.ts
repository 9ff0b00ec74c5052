import type { Sample } from './prometheus-client.ts';

/** Windows of equal length, one right after the other, in whole milliseconds. */
export interface Windows {
  /** Since the Unix epoch. */
  readonly startMs: number;
  readonly lengthMs: number;
  readonly count: number;
}

/** What the counters of one instance stood at inside a window. */
export interface Correction {
  /** The window's number, from 0. */
  readonly window: number;
  readonly instance: string;
  readonly timeMs: number;
  /** How far back from there the value may lie; further back it may be that of an earlier process. */
  readonly lookbackMs: number;
  /** Whether it is missing, and to be added, or too much, and to be taken away. */
  readonly sign: 1 | -1;
}

/** As far as Prometheus looks back for the present value of a series. */
const LOOKBACK_MS = 300_000;

/** One process, as Prometheus saw it in one window, its edges included. */
interface Life {
  readonly instance: string;
  readonly bornMs: number;
  readonly firstSeenMs: number;
  readonly lastSeenMs: number;
}

/**
 * A counter begins at 0 with its process and is gone with it, so that the difference between two times is the growth
 * only of what Prometheus saw at both. This is what has to be set right for the others:
 * - Of a process that was gone before the window's end, what it had counted when it was last seen is missing.
 * - Of a process that was there before the window's start and not seen then, what it had counted when it was first
 *   seen is too much: nobody knows when that was.
 *
 * A process that began in the window began at 0, and is right as it is. So is one that began before it, be that before
 * all windows, and was first seen soon after: what it had counted is of the window in which it was first seen. Many a
 * process begins right before the edge of a minute, or of a day.
 *
 * @param processStarts - samples of `process_start_time_seconds`: at every edge of a window, and inside the windows at
 * every multiple of `stepMs` where an instance's value is not what it was a step before, or a step later
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
        return { window, instance, timeMs, lookbackMs: Math.max(lookbackMs, 1000), sign };
      };
      const isUnknownBefore = firstSeenMs > startMs && bornMs < startMs && !isNew(life);
      return [
        ...(lastSeenMs < endMs ? [value(1, lastSeenMs, lastMomentOf(life, lives, stepMs, endMs))] : []),
        ...(isUnknownBefore ? [value(-1, firstSeenMs)] : []),
      ];
    });
  }).flat();
}

/** When all that it counted is there to be read: it was not seen a step later, and the next process is not yet there. */
function lastMomentOf(life: Life, lives: readonly Life[], stepMs: number, endMs: number): number {
  const laterBirths = lives
    .filter(({ instance, bornMs }) => instance === life.instance && bornMs > life.bornMs)
    .map(({ bornMs }) => bornMs);
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
