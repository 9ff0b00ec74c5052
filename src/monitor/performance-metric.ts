import type { OperationOutcome } from './outcomes.ts';

/**
 * One ended operation, reported by the program that ran it.
 *
 * @see {@link MetricsCollector} for an example
 */
export interface PerformanceMetric {
  operationType: string;
  /** Seconds. */
  duration: number;
  /** Bytes. */
  memoryUsage?: number;
  /** Seconds of CPU time. */
  cpuUsage?: number;
  /** @defaultValue true, or false if there is an `errorMessage` */
  success?: boolean;
  /** Marks the operation as failed. The text itself is not kept. */
  errorMessage?: string;
}

/** @throws TypeError for an empty `operationType`, or a number that is negative or not finite */
export function outcomeOfMetric(metric: PerformanceMetric): OperationOutcome {
  const { operationType, duration, memoryUsage = 0, cpuUsage = 0, errorMessage } = metric;
  if (typeof operationType !== 'string' || operationType === '') {
    throw new TypeError(
      `operationType: expected a non-empty string, received ${JSON.stringify(operationType)}`,
    );
  }
  for (const [name, value] of Object.entries({ duration, memoryUsage, cpuUsage })) {
    if (!Number.isFinite(value) || value < 0) {
      throw new TypeError(`${name}: expected a number of at least 0, received ${value}`);
    }
  }
  return (metric.success ?? errorMessage === undefined) ? 'completed' : 'failed';
}
