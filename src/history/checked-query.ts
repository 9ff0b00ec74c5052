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

/** Label of the two series that describe the answer: the number of its samples at each time, and the evaluated time. */
const CHECK_LABEL = 'mcp_exporter_check';

/**
 * Adds two series to the answer of `expression`: the number of samples at each time, and the time that was evaluated. A
 * query front end may align times to the step, downsample, shorten the answer or leave out series. VictoriaMetrics may
 * evaluate an earlier time than it states. Then the numbers do not match.
 */
export function withCheck(expression: string): string {
  const count = `label_replace(count(${expression}) or vector(0), "${CHECK_LABEL}", "count", "", "")`;
  const time = `label_replace(vector(time()), "${CHECK_LABEL}", "time", "", "")`;
  return `${expression} or ${count} or ${time}`;
}

/**
 * The samples without the checks.
 *
 * @throws HistoryUnavailable `misaligned` or `incomplete` if the answer is not what was requested
 */
export function checkedSamples(samples: readonly Sample[], range: TimeRange): Sample[] {
  const stray = samples.find(({ timeMs }) => !isRequested(timeMs, range));
  if (stray) throw misaligned(range, stray.timeMs);
  const timesOf = (check: string) =>
    new Map(
      samples
        .filter(({ labels }) => labels[CHECK_LABEL] === check)
        .map(({ timeMs, value }) => [timeMs, value] as const),
    );
  const [missing, evaluated] = [timesOf('count'), timesOf('time')];
  const times = Math.floor((range.endMs - range.startMs) / range.stepMs) + 1;
  const answered = Math.min(missing.size, evaluated.size);
  if (answered < times) {
    throw new HistoryUnavailable('incomplete', `answered for ${answered} of ${times} times`);
  }
  for (const [timeMs, seconds] of evaluated) {
    if (Math.round(seconds * 1000) !== timeMs) throw misaligned(range, seconds * 1000);
  }
  const others = samples.filter(({ labels }) => !(CHECK_LABEL in labels));
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

function misaligned({ startMs, endMs, stepMs }: TimeRange, timeMs: number): HistoryUnavailable {
  const requested = endMs > startMs ? `${isoTime(startMs)} and every ${stepMs / 1000} s` : isoTime(startMs);
  const message = `answered for other times: requested ${requested}, got ${isoTime(timeMs)}`;
  return new HistoryUnavailable('misaligned', message);
}

export function isoTime(timeMs: number): string {
  return new Date(timeMs).toISOString();
}
