import { hasSucceeded, isActive, type OperationRecord } from './operation-record.ts';

/** A range of time, in milliseconds since the Unix epoch. */
export interface Span {
  readonly fromMs: number;
  readonly toMs: number;
}

/** The time range of an operation, up to now if it is active. It is never negative, even if clocks differ. */
export function spanOf(record: OperationRecord, nowMs: number): Span {
  const fromMs = record.startedAtMs ?? record.endedAtMs ?? nowMs;
  const byDuration = record.durationSeconds === null ? nowMs : fromMs + record.durationSeconds * 1000;
  return { fromMs, toMs: Math.max(fromMs, isActive(record) ? nowMs : byDuration) };
}

/** An operation or one of its stages, with its depth. */
export interface Stage {
  readonly record: OperationRecord;
  readonly level: number;
}

/** An operation and its stages, depth first and ordered by start. */
export function stagesOf(record: OperationRecord, level = 0): Stage[] {
  const children = record.children.toSorted(
    (a, b) => (a.startedAtMs ?? 0) - (b.startedAtMs ?? 0) || endOf(a) - endOf(b),
  );
  return [{ record, level }, ...children.flatMap((child) => stagesOf(child, level + 1))];
}

/** Stages that started in the same millisecond ran in the order of their ends. */
function endOf({ endedAtMs }: OperationRecord): number {
  return endedAtMs ?? Number.MAX_VALUE;
}

/** At most `count` of `stages`, in their order. If there are more, it drops successful stages first, starting with the last. */
export function mostRelevant(stages: readonly Stage[], count: number): readonly Stage[] {
  if (stages.length <= count) return stages;
  const isPlain = ({ record, level }: Stage): boolean => level > 0 && hasSucceeded(record);
  const kept = [...stages.filter((stage) => !isPlain(stage)), ...stages.filter(isPlain)];
  const relevant = new Set(kept.slice(0, count));
  return stages.filter((stage) => relevant.has(stage));
}

/** About `count` round times in the range, for the labels of an axis. */
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
