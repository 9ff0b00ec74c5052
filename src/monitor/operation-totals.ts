import type { OperationOutcome } from './operation.ts';
import type { OperationSummary } from './session-summary.ts';

/** Counts what a session's operations came to; it stays right when the operations themselves are forgotten. */
export class OperationTotals {
  readonly #ended: Record<OperationOutcome, number> = { completed: 0, failed: 0, cancelled: 0 };
  #started = 0;
  #completedSeconds = 0;

  start(): void {
    this.#started += 1;
  }

  end(outcome: OperationOutcome, durationSeconds: number): void {
    this.#ended[outcome] += 1;
    if (outcome === 'completed') this.#completedSeconds += durationSeconds;
  }

  summary(): OperationSummary {
    const { completed, failed, cancelled } = this.#ended;
    const ended = completed + failed + cancelled;
    return {
      totalOperations: this.#started,
      activeOperations: this.#started - ended,
      completedOperations: completed,
      failedOperations: failed,
      cancelledOperations: cancelled,
      successRate: ended === 0 ? 0 : (completed / ended) * 100,
      averageDuration: completed === 0 ? 0 : this.#completedSeconds / completed,
      totalDuration: this.#completedSeconds,
    };
  }
}
