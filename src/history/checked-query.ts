import { HistoryUnavailable } from './history-unavailable.ts';

/** Evaluation times of an expression in milliseconds, including both ends. */
export interface TimeRange {
  readonly startMs: number;
  readonly endMs: number;
  readonly stepMs: number;
}

/** One value of one series. */
export interface Sample {
  readonly labels: Readonly<Record<string, string>>;
  /** Milliseconds since the Unix epoch. */
  readonly timeMs: number;
  readonly value: number;
}

/** Label of the series that states how many samples the answer has at each time. */
const CHECK_LABEL = 'mcp_exporter_check';

/**
 * Adds a series to the answer of `expression` that states how many samples the answer has at each time. A query front end
 * may align times to the step, downsample, shorten the answer or leave out series. Then the numbers do not match.
 */
export function withCheck(expression: string): string {
  return `${expression} or label_replace(count(${expression}) or vector(0), "${CHECK_LABEL}", "count", "", "")`;
}

/**
 * The samples without the check.
 *
 * @throws HistoryUnavailable `misaligned` or `incomplete` if the answer is not what was requested
 */
export function checkedSamples(samples: readonly Sample[], range: TimeRange): Sample[] {
  const stray = samples.find(({ timeMs }) => !isRequested(timeMs, range));
  if (stray) {
    throw new HistoryUnavailable('misaligned', `answered for other times: ${misalignment(stray, range)}`);
  }
  const isCheck = ({ labels }: Sample) => CHECK_LABEL in labels;
  const missing = new Map(samples.filter(isCheck).map(({ timeMs, value }) => [timeMs, value]));
  const times = Math.floor((range.endMs - range.startMs) / range.stepMs) + 1;
  if (missing.size < times) {
    throw new HistoryUnavailable('incomplete', `answered for ${missing.size} of ${times} times`);
  }
  const others = samples.filter((sample) => !isCheck(sample));
  for (const { timeMs } of others) missing.set(timeMs, (missing.get(timeMs) ?? 0) - 1);
  for (const [timeMs, count] of missing) {
    if (count !== 0) {
      throw new HistoryUnavailable('incomplete', `did not send all values of ${isoTime(timeMs)}`);
    }
  }
  return others;
}

function isRequested(timeMs: number, { startMs, endMs, stepMs }: TimeRange): boolean {
  return timeMs >= startMs && timeMs <= endMs && (timeMs - startMs) % stepMs === 0;
}

function misalignment({ timeMs }: Sample, { startMs, endMs, stepMs }: TimeRange): string {
  const requested = endMs > startMs ? `${isoTime(startMs)} and every ${stepMs / 1000} s` : isoTime(startMs);
  return `requested ${requested}, got ${isoTime(timeMs)}`;
}

function isoTime(timeMs: number): string {
  return new Date(timeMs).toISOString();
}
