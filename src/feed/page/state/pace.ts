import { formatDuration, formatTick } from '../format.ts';

/** How long operations of one name usually take, in seconds. */
export interface Usual {
  readonly count: number;
  readonly median: number;
  readonly p95: number;
}

/** The elapsed time of an operation, compared with its usual duration. */
export interface Pace {
  readonly text: string;
  /** Null if too few operations have ended. */
  readonly usual: Usual | null;
  /** Longer than the 95th percentile. */
  readonly isLong: boolean;
  /** Longer than the configured threshold. */
  readonly isSlow: boolean;
}

/** Minimum number of ended operations for a usual duration. */
const MIN_COUNT = 5;

/** @param slowSeconds - the configured threshold; null if it is unknown */
export function paceOf(elapsed: number, usual: Usual | undefined, slowSeconds: number | null): Pace {
  const known = usual && usual.count >= MIN_COUNT ? usual : null;
  const isSlow = slowSeconds !== null && elapsed > slowSeconds;
  const isLong = known !== null && elapsed > known.p95;
  return { text: textOf(elapsed, known, isSlow ? slowSeconds : null), usual: known, isLong, isSlow };
}

function textOf(elapsed: number, usual: Usual | null, passedSeconds: number | null): string {
  if (!usual) return passedSeconds === null ? '' : `slow: over ${formatTick(passedSeconds * 1000)}`;
  const slow = passedSeconds === null ? '' : 'slow, ';
  const left = usual.median - elapsed;
  // Shown in whole seconds, because the estimate is not more precise.
  if (left > 0) return `${slow}about ${formatLeft(left)} left`;
  const median = formatDuration(usual.median);
  if (elapsed <= usual.p95 || slow !== '') return `${slow}usually ${median}`;
  return `slower than usual (${median})`;
}

function formatLeft(seconds: number): string {
  return seconds < 1 ? 'a second' : formatDuration(Math.ceil(seconds)).replace(/\.\d+/, '');
}
