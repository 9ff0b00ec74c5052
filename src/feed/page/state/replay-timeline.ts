import type { OutcomeCounts } from '../../../monitor/outcome-counts.ts';
import { mapOutcomes } from '../../../monitor/outcomes.ts';
import { familyOf } from './operation-family.ts';
import { isActive, type OperationRecord } from './operation-record.ts';
import { spanOf, type Span } from './timeline.ts';

/** Starts are rounded to milliseconds and durations are not, so consecutive operations may seem to overlap. */
const ROUNDING_MS = 2;

/** An operation on a time axis, with its time range and its lane. */
export interface TimelineBar extends Span {
  readonly record: OperationRecord;
  readonly lane: number;
}

/**
 * Assigns operations to lanes without overlaps. Stages are below their parents, and later operations use the first free
 * lane.
 *
 * @returns the bars in the order of their starts, and the number of lanes
 */
export function layOut(
  roots: readonly OperationRecord[],
  nowMs: number,
): { readonly bars: readonly TimelineBar[]; readonly lanes: number } {
  const bars: TimelineBar[] = [];
  /** The time at which each lane becomes free. */
  const free: number[] = [];
  const started = roots.toSorted(byFrom(nowMs));
  for (const root of started) {
    const family = layOutFamily(root, nowMs);
    const height = family.reduce((most, { lane }) => Math.max(most, lane), 0) + 1;
    // With different clocks, a stage may begin before its parent.
    const fromMs = family.reduce((least, bar) => Math.min(least, bar.fromMs), Infinity);
    const base = firstFree(free, fromMs, height);
    for (const bar of family) {
      const lane = base + bar.lane;
      bars.push({ ...bar, lane });
      free[lane] = Math.max(free[lane] ?? -Infinity, bar.toMs);
    }
  }
  return { bars, lanes: free.length };
}

/** Assigns an operation and its stages to lanes. The operation is in lane 0. */
function layOutFamily(root: OperationRecord, nowMs: number): TimelineBar[] {
  const free: number[] = [];
  const lanes = new Map<OperationRecord, number>();
  const records = [...familyOf(root)].toSorted(byFrom(nowMs));
  const bars: TimelineBar[] = [];
  const place = (record: OperationRecord): number => {
    const known = lanes.get(record);
    if (known !== undefined) return known;
    // A stage is below its parent even if it seems to start before it.
    let lane = record === root || record.parent === null ? 0 : place(record.parent) + 1;
    const span = spanOf(record, nowMs);
    while ((free[lane] ?? -Infinity) > span.fromMs + ROUNDING_MS) lane += 1;
    lanes.set(record, lane);
    free[lane] = span.toMs;
    bars.push({ record, lane, ...span });
    return lane;
  };
  for (const record of records) place(record);
  return bars;
}

function firstFree(free: readonly number[], fromMs: number, height: number): number {
  const isFree = (lane: number): boolean => (free[lane] ?? -Infinity) <= fromMs + ROUNDING_MS;
  for (let base = 0; ; base++) {
    let lane = base;
    while (lane < base + height && isFree(lane)) lane += 1;
    if (lane === base + height) return base;
  }
}

function byFrom(nowMs: number): (a: OperationRecord, b: OperationRecord) => number {
  return (a, b) => spanOf(a, nowMs).fromMs - spanOf(b, nowMs).fromMs;
}

/** The operations running at a moment, and the number of those that had ended. */
export interface Moment {
  readonly running: readonly TimelineBar[];
  readonly ended: Readonly<OutcomeCounts>;
}

export function momentOf(bars: readonly TimelineBar[], atMs: number): Moment {
  const ended = bars.filter(({ record, toMs }) => !isActive(record) && toMs <= atMs);
  return {
    running: bars.filter(({ record, fromMs, toMs }) => fromMs <= atMs && (isActive(record) || toMs > atMs)),
    ended: mapOutcomes((outcome) => ended.filter(({ record }) => record.status === outcome).length),
  };
}
