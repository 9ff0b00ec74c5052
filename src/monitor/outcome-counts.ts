import {
  isError,
  isRated,
  isSuccess,
  mapOutcomes,
  OUTCOME_NAMES,
  type OperationOutcome,
} from './outcomes.ts';

/** How many operations ended in each way. */
export type OutcomeCounts = Record<OperationOutcome, number>;

export function noOutcomes(): OutcomeCounts {
  return mapOutcomes(() => 0);
}

/** All that ended, in any way. */
export function endedOf(counts: Readonly<OutcomeCounts>): number {
  return sumOf(counts, () => true);
}

/** Those that rates are shares of. */
export function ratedOf(counts: Readonly<OutcomeCounts>): number {
  return sumOf(counts, isRated);
}

export function successesOf(counts: Readonly<OutcomeCounts>): number {
  return sumOf(counts, isSuccess);
}

export function errorsOf(counts: Readonly<OutcomeCounts>): number {
  return sumOf(counts, isError);
}

/** The share of successes, in percent; null where there is nothing to take a share of. */
export function successPercent(counts: Readonly<OutcomeCounts>): number | null {
  const rated = ratedOf(counts);
  return rated === 0 ? null : (successesOf(counts) / rated) * 100;
}

function sumOf(counts: Readonly<OutcomeCounts>, isCounted: (outcome: OperationOutcome) => boolean): number {
  return OUTCOME_NAMES.filter(isCounted).reduce((sum, outcome) => sum + counts[outcome], 0);
}
