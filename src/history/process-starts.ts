import type { Sample, TimeRange } from './checked-query.ts';
import { HistoryUnavailable } from './history-unavailable.ts';
import type { PrometheusClient } from './prometheus-client.ts';

/** Smaller than any scrape interval, so that a smaller step would not find more processes. */
const LEAST_STEP_MS = 1000;
/** Prometheus returns at most 11,000 points per series. */
const MAX_STEPS = 10_000;
/** Limit of additional queries for processes between two steps. */
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
  const range = multiplesOf(stepMs, startMs, endMs);
  if (stepMs === LEAST_STEP_MS) {
    return { samples: await client.queryRange(changesOf(starts, stepMs), range), stepMs };
  }
  const expression = `${changesOf(starts, stepMs)} or ${hiddenIn(starts, stepMs)}`;
  const answer = await client.queryRange(expression, range);
  const isHidden = ({ labels }: Sample) => HIDDEN_LABEL in labels;
  const steps = [...new Set(answer.filter(isHidden).map(({ timeMs }) => timeMs))];
  if (steps.length > MAX_CLOSER_LOOKS) {
    const lives = `${steps.length} or more processes that lived for less than ${stepMs / 1000} s`;
    throw new HistoryUnavailable('incomplete', `Prometheus has ${lives}, which are not read`);
  }
  const closer = await Promise.all(
    steps.map((timeMs) => client.queryRange(starts, multiplesOf(LEAST_STEP_MS, timeMs - stepMs, timeMs))),
  );
  return { samples: [...answer.filter((sample) => !isHidden(sample)), ...closer.flat()], stepMs };
}

/** A front end that aligns times to the step does not change multiples of the step. */
function multiplesOf(stepMs: number, startMs: number, endMs: number): TimeRange {
  return {
    startMs: Math.floor(startMs / stepMs) * stepMs,
    endMs: Math.ceil(endMs / stepMs) * stepMs,
    stepMs,
  };
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
