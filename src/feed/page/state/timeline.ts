import { familyOf, isActive, type OperationRecord } from './operation-record.ts';

/** Starts are told in whole milliseconds, durations are not: what follows at once may seem to begin before. */
const ROUNDING_MS = 2;

/** A stretch of time, in milliseconds since the Unix epoch. */
export interface Span {
  readonly fromMs: number;
  readonly toMs: number;
}

/** An operation on a time axis: where it begins and ends, and in which lane. */
export interface TimelineBar extends Span {
  readonly record: OperationRecord;
  readonly lane: number;
}

/** When it ran, up to now where it runs. Its clock and that of its end may differ by a little: it is never negative. */
export function spanOf(record: OperationRecord, nowMs: number): Span {
  const fromMs = record.startedAtMs ?? record.endedAtMs ?? nowMs;
  const byDuration = record.durationSeconds === null ? nowMs : fromMs + record.durationSeconds * 1000;
  return { fromMs, toMs: Math.max(fromMs, isActive(record) ? nowMs : byDuration) };
}

/** An operation or one of its stages, and how many started it, one in the other. */
export interface Stage {
  readonly record: OperationRecord;
  readonly level: number;
}

/** An operation and what it started, each followed by what that started, in the order of their starts. */
export function stagesOf(record: OperationRecord, level = 0): Stage[] {
  const children = record.children.toSorted((a, b) => (a.startedAtMs ?? 0) - (b.startedAtMs ?? 0));
  return [{ record, level }, ...children.flatMap((child) => stagesOf(child, level + 1))];
}

/** At most `count` of `stages`, in their order. Where there are more, those that just completed give way, the last first. */
export function mostTelling(stages: readonly Stage[], count: number): readonly Stage[] {
  if (stages.length <= count) return stages;
  const isPlain = ({ record, level }: Stage): boolean => level > 0 && record.status === 'completed';
  const kept = [...stages.filter((stage) => !isPlain(stage)), ...stages.filter(isPlain)];
  const telling = new Set(kept.slice(0, count));
  return stages.filter((stage) => telling.has(stage));
}

/**
 * Lays operations out in lanes, so that none hides another: stages stand below what started them, and what began
 * later goes where there is room.
 *
 * @returns in the order of their starts, with the number of lanes
 */
export function layOut(
  roots: readonly OperationRecord[],
  nowMs: number,
): { readonly bars: readonly TimelineBar[]; readonly lanes: number } {
  const bars: TimelineBar[] = [];
  /** When each lane is free again. */
  const free: number[] = [];
  const started = roots.toSorted(byFrom(nowMs));
  for (const root of started) {
    const family = layOutFamily(root, nowMs);
    const height = family.reduce((most, { lane }) => Math.max(most, lane), 0) + 1;
    // By differing clocks, a stage may begin before what started it.
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

/** One operation with its stages; the operation itself in lane 0. */
function layOutFamily(root: OperationRecord, nowMs: number): TimelineBar[] {
  const free: number[] = [];
  const lanes = new Map<OperationRecord, number>();
  const records = [...familyOf(root)].toSorted(byFrom(nowMs));
  const bars: TimelineBar[] = [];
  const place = (record: OperationRecord): number => {
    const known = lanes.get(record);
    if (known !== undefined) return known;
    // What starts before its parent, by differing clocks, comes after it all the same.
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

/** What is running at a moment, and what has ended by then. */
export interface Moment {
  readonly running: readonly TimelineBar[];
  readonly completed: number;
  readonly failed: number;
  readonly cancelled: number;
}

export function momentOf(bars: readonly TimelineBar[], atMs: number): Moment {
  const ended = bars.filter(({ record, toMs }) => !isActive(record) && toMs <= atMs);
  const count = (status: string): number => ended.filter(({ record }) => record.status === status).length;
  return {
    running: bars.filter(({ record, fromMs, toMs }) => fromMs <= atMs && (isActive(record) || toMs > atMs)),
    completed: count('completed'),
    failed: count('failed'),
    cancelled: count('cancelled'),
  };
}

/** The moments worth a label between two others: round numbers, about `count` of them. */
export function ticksOf({ fromMs, toMs }: Span, count: number): number[] {
  const rough = Math.max(1, (toMs - fromMs) / count);
  const step = STEPS_MS.find((each) => each >= rough) ?? Math.ceil(rough / DAY_MS) * DAY_MS;
  const first = Math.ceil(fromMs / step) * step;
  return Array.from(
    { length: Math.max(0, Math.floor((toMs - first) / step) + 1) },
    (_, index) => first + index * step,
  );
}

const DAY_MS = 86_400_000;
const STEPS_SECONDS = [1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 14_400, 43_200, 86_400];
const STEPS_MS = [1, 2, 5, 10, 20, 50, 100, 200, 500, ...STEPS_SECONDS.map((seconds) => seconds * 1000)];

function byFrom(nowMs: number): (a: OperationRecord, b: OperationRecord) => number {
  return (a, b) => spanOf(a, nowMs).fromMs - spanOf(b, nowMs).fromMs;
}
