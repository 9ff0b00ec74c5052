import { formatDuration } from '../format.ts';

/** How long operations of one name usually take, in seconds. */
export interface Usual {
  readonly count: number;
  readonly median: number;
  readonly p95: number;
}

/** What a running operation's time says. */
export interface Pace {
  readonly text: string;
  /** `slow`: past the configured threshold; `long`: longer than 95 % of its kind. */
  readonly mark: 'slow' | 'long' | null;
}

/** Of fewer, nothing is usual. */
const LEAST_COUNT = 3;

/** @param slowSeconds - the configured threshold; null where it is not known */
export function paceOf(elapsed: number, usual: Usual | undefined, slowSeconds: number | null): Pace {
  const known = usual && usual.count >= LEAST_COUNT ? usual : null;
  const isSlow = slowSeconds !== null && elapsed > slowSeconds;
  const isLong = known !== null && elapsed > known.p95;
  const mark = isSlow ? 'slow' : isLong ? 'long' : null;
  if (!known) return { text: isSlow ? `over ${formatDuration(slowSeconds)}` : '', mark };
  if (isLong) return { text: `slower than usual: 95% take up to ${formatDuration(known.p95)}`, mark };
  const left = known.median - elapsed;
  // A clock that counts down in tenths of seconds promises too much.
  const text = left > 0 ? `about ${formatLeft(left)} left` : `usually ${formatDuration(known.median)}`;
  return { text, mark };
}

function formatLeft(seconds: number): string {
  return seconds < 1 ? 'a second' : formatDuration(Math.ceil(seconds)).replace(/\.\d+/, '');
}
