import type { Sample, TimeRange } from './checked-query.ts';
import { HistoryUnavailable } from './history-unavailable.ts';
import type { PrometheusClient } from './prometheus-client.ts';

/** VictoriaMetrics does not evaluate the last 30 seconds of ranges with smaller steps. */
const LEAST_STEP_MS = 60_000;
/** Smaller than any scrape interval, so that a smaller step would not find more processes. */
const CLOSER_STEP_MS = 1000;
/** Prometheus returns at most 11,000 points per series. */
const MAX_STEPS = 10_000;
/** Limit of additional queries for processes that came and went within a step. */
const MAX_CLOSER_LOOKS = 25;

const HIDDEN_LABEL = 'hidden';

export interface ProcessStarts {
  /** Samples at which a process was seen first or last. */
  readonly samples: readonly Sample[];
  /** A process was seen at most this much later than its last sample. */
  readonly stepMs: number;
}

/**
 * Reads when Prometheus saw each process first and last. Steps in which a process came and went are read again, second by
 * second.
 *
 * @param starts - selects `process_start_time_seconds`
 * @throws HistoryUnavailable `incomplete` if there are too many of these steps
 */
export async function readProcessStarts(
  client: PrometheusClient,
  starts: string,
  startMs: number,
  endMs: number,
): Promise<ProcessStarts> {
  const stepMs = Math.ceil((endMs - startMs) / MAX_STEPS / LEAST_STEP_MS) * LEAST_STEP_MS;
  const answer = await client.queryRange(`${changesOf(starts, stepMs)} or ${hiddenIn(starts, stepMs)}`, {
    // A front end that aligns times to the step does not change multiples of the step.
    startMs: Math.floor(startMs / stepMs) * stepMs,
    endMs: Math.ceil(endMs / stepMs) * stepMs,
    stepMs,
  });
  const isHidden = ({ labels }: Sample) => HIDDEN_LABEL in labels;
  const closerLooks = rangesOf(answer.filter(isHidden), stepMs);
  if (closerLooks.length > MAX_CLOSER_LOOKS) {
    const times = `${closerLooks.length} times at which processes lived for less than ${stepMs / 1000} s`;
    throw new HistoryUnavailable('incomplete', `Prometheus has ${times}, more than ${MAX_CLOSER_LOOKS}`);
  }
  const closer = await Promise.all(closerLooks.map((range) => client.queryRange(starts, range)));
  return { samples: [...answer.filter((sample) => !isHidden(sample)), ...closer.flat()], stepMs };
}

/** The steps that end at these samples. Consecutive steps are one range. */
function rangesOf(samples: readonly Sample[], stepMs: number): TimeRange[] {
  const ranges: TimeRange[] = [];
  for (const endMs of new Set(samples.map(({ timeMs }) => timeMs).toSorted((a, b) => a - b))) {
    const last = ranges.at(-1);
    const isNext = last?.endMs === endMs - stepMs && endMs - last.startMs <= MAX_STEPS * CLOSER_STEP_MS;
    const startMs = isNext ? last.startMs : endMs - stepMs;
    if (isNext) ranges.pop();
    ranges.push({ startMs, endMs, stepMs: CLOSER_STEP_MS });
  }
  return ranges;
}

/** Samples whose value differs from that of the previous or the next step. */
function changesOf(series: string, stepMs: number): string {
  const [before, after] = [`${series} offset ${stepMs}ms`, `${series} offset -${stepMs}ms`];
  return `${series} unless (${before} == ${series} and ${after} == ${series})`;
}

/** Steps with a value that neither the step nor the previous one has. */
function hiddenIn(series: string, stepMs: number): string {
  const between = `${series}[${stepMs}ms]`;
  const others = [`min_over_time(${between})`, `max_over_time(${between})`].map(
    (value) => `(${value} unless (${value} == ${series} or ${value} == ${series} offset ${stepMs}ms))`,
  );
  const hidden = [...others, `changes(${between}) > 1`].join(' or ');
  return `label_replace(${hidden}, "${HIDDEN_LABEL}", "true", "", "")`;
}
