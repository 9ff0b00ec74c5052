import {
  isError,
  isRated,
  isSuccess,
  mapOutcomes,
  OUTCOME_NAMES,
  type OperationOutcome,
} from './outcomes.ts';

/** Number of operations with each outcome. */
export type OutcomeCounts = Record<OperationOutcome, number>;

export function noOutcomes(): OutcomeCounts {
  return mapOutcomes(() => 0);
}

/** Number of ended operations, whatever their outcome. */
export function endedOf(counts: Readonly<OutcomeCounts>): number {
  return sumOf(counts, () => true);
}

/** Number of operations that success and error rates are computed over. */
export function ratedOf(counts: Readonly<OutcomeCounts>): number {
  return sumOf(counts, isRated);
}

export function successesOf(counts: Readonly<OutcomeCounts>): number {
  return sumOf(counts, isSuccess);
}

export function errorsOf(counts: Readonly<OutcomeCounts>): number {
  return sumOf(counts, isError);
}

/** The success rate in percent, or null without rated operations. */
export function successPercent(counts: Readonly<OutcomeCounts>): number | null {
  return percentOf(successesOf(counts), ratedOf(counts));
}

/** The share of rated operations in percent, or null without any. */
export function percentOf(part: number, rated: number): number | null {
  return rated === 0 ? null : (part / rated) * 100;
}

function sumOf(counts: Readonly<OutcomeCounts>, isCounted: (outcome: OperationOutcome) => boolean): number {
  return OUTCOME_NAMES.filter(isCounted).reduce((sum, outcome) => sum + counts[outcome], 0);
}
