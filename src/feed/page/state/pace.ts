import { formatDuration, formatTick } from '../format.ts';

/** How long operations of one name usually take, in seconds. */
export interface Usual {
  readonly count: number;
  readonly median: number;
  readonly p95: number;
}

/** What a running operation's time says. */
export interface Pace {
  readonly text: string;
  /** Null where too few have ended to say what is usual. */
  readonly usual: Usual | null;
  /** Longer than 95 % of its kind. */
  readonly isLong: boolean;
  /** Past the configured threshold. */
  readonly isSlow: boolean;
}

/** Of fewer, nothing is usual. */
const LEAST_COUNT = 5;

/** @param slowSeconds - the configured threshold; null where it is not known */
export function paceOf(elapsed: number, usual: Usual | undefined, slowSeconds: number | null): Pace {
  const known = usual && usual.count >= LEAST_COUNT ? usual : null;
  const isSlow = slowSeconds !== null && elapsed > slowSeconds;
  const isLong = known !== null && elapsed > known.p95;
  return { text: textOf(elapsed, known, isSlow ? slowSeconds : null), usual: known, isLong, isSlow };
}

function textOf(elapsed: number, usual: Usual | null, passedSeconds: number | null): string {
  if (!usual) return passedSeconds === null ? '' : `slow: over ${formatTick(passedSeconds * 1000)}`;
  const slow = passedSeconds === null ? '' : 'slow, ';
  const left = usual.median - elapsed;
  // A clock that counts down in tenths of seconds promises too much.
  if (left > 0) return `${slow}about ${formatLeft(left)} left`;
  const median = formatDuration(usual.median);
  if (elapsed <= usual.p95 || slow !== '') return `${slow}usually ${median}`;
  return `slower than usual (${median})`;
}

function formatLeft(seconds: number): string {
  return seconds < 1 ? 'a second' : formatDuration(Math.ceil(seconds)).replace(/\.\d+/, '');
}
