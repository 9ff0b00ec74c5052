import { endedOf, noOutcomes, successesOf, successPercent } from './outcome-counts.ts';
import { isSuccess, OUTCOME_NAMES, type OperationOutcome } from './outcomes.ts';
import type { OperationSummary, OutcomeTotals } from './session-summary.ts';

/** Counts a session's operations by outcome. The totals include evicted operations. */
export class OperationTotals {
  readonly #ended = noOutcomes();
  #started = 0;
  #completedSeconds = 0;

  start(): void {
    this.#started += 1;
  }

  end(outcome: OperationOutcome, durationSeconds: number): void {
    this.#ended[outcome] += 1;
    if (isSuccess(outcome)) this.#completedSeconds += durationSeconds;
  }

  summary(): OperationSummary {
    const completed = successesOf(this.#ended);
    return {
      totalOperations: this.#started,
      activeOperations: this.#started - endedOf(this.#ended),
      ...this.#totals(),
      successRate: successPercent(this.#ended) ?? 0,
      averageDuration: completed === 0 ? 0 : this.#completedSeconds / completed,
      totalDuration: this.#completedSeconds,
    };
  }

  #totals(): OutcomeTotals {
    const totals = OUTCOME_NAMES.map((outcome) => [`${outcome}Operations`, this.#ended[outcome]]);
    return Object.fromEntries(totals) as OutcomeTotals;
  }
}
