import type { ActivityAnswer, HistorySource, OperationActivity } from '../api/history-answers.ts';

export const MINUTE_MS = 60_000;
/** Maximum range of the activity. */
export const MOST_MINUTES = 60;

/** The ended operations with one name in one minute. */
export interface MinuteActivity {
  /** Rated operations. */
  readonly count: number;
  readonly failureCount: number;
  /** Seconds. */
  readonly p95Duration: number;
}

/** The start of the first of `minutes` whole UTC minutes. The last one contains `nowMs`. */
export function firstMinuteMs(nowMs: number, minutes: number): number {
  return (Math.floor(nowMs / MINUTE_MS) - minutes + 1) * MINUTE_MS;
}

/**
 * @param rows - the activity of each minute by operation name, oldest first
 * @param operation - an operation name; all operations if omitted
 */
export function activityAnswer(
  source: HistorySource,
  startMs: number,
  rows: readonly ReadonlyMap<string, MinuteActivity>[],
  operation?: string,
): ActivityAnswer {
  const names = new Set(operation === undefined ? rows.flatMap((row) => [...row.keys()]) : [operation]);
  const columns = [...names]
    .map((name) => [name, columnsOf(rows.map((row) => row.get(name)))] as const)
    .filter(([, { count }]) => count.some((each) => each > 0));
  return {
    source,
    stepSeconds: MINUTE_MS / 1000,
    startTime: new Date(startMs),
    operations: Object.fromEntries(columns),
  };
}

function columnsOf(minutes: readonly (MinuteActivity | undefined)[]): OperationActivity {
  return {
    count: minutes.map((minute) => minute?.count ?? 0),
    failureCount: minutes.map((minute) => minute?.failureCount ?? 0),
    p95Duration: minutes.map((minute) => (minute && minute.count > 0 ? rounded(minute.p95Duration) : null)),
  };
}

/** Four digits are enough for estimates with an error of 1 % or more. Fewer digits make the response smaller. */
function rounded(seconds: number): number {
  return Number(seconds.toPrecision(4));
}
