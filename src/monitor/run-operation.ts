import { errorMessage } from '../errors.ts';
import { handleRejection } from '../rejections.ts';
import type { OperationDetails } from './operation.ts';

/**
 * The argument that {@link RealtimeMonitor.run} passes to its function.
 *
 * @see {@link RealtimeMonitor} for an example
 */
export interface RunningOperation {
  readonly operationId: string;
  readonly sessionId: string;
  /** Same as {@link RealtimeMonitor.updateProgress} for this operation. */
  updateProgress(progress: number, details?: OperationDetails): void;
}

/**
 * Options of {@link RealtimeMonitor.run}.
 *
 * @see {@link RealtimeMonitor} for an example
 */
export interface RunOptions<T> {
  /** @defaultValue a new unique id */
  id?: string;
  /** The operation's initial details. */
  details?: OperationDetails;
  /** Derives details from the result of a completed operation. */
  summarize?: (result: T) => OperationDetails;
  /** After it is aborted, any error of `fn` counts as a cancellation. */
  signal?: AbortSignal;
}

/** The part of a monitor that runs an operation. */
interface Runner {
  readonly sessionId: string;
  startMonitoring(operationName: string, id?: string, details?: OperationDetails): string;
  updateProgress(id: string, progress: number, details?: OperationDetails): void;
  stopMonitoring(id: string, result?: OperationDetails, success?: boolean): void;
  cancelMonitoring(id: string, reason?: string): void;
  within<T>(id: string, fn: () => T): T;
}

/**
 * Implements {@link RealtimeMonitor.run}.
 *
 * @param onSummaryError - called with an error of `options.summarize`
 */
export async function runOperation<T>(
  monitor: Runner,
  operationName: string,
  fn: (operation: RunningOperation) => T | Promise<T>,
  options: RunOptions<T>,
  onSummaryError: (error: unknown) => void,
): Promise<T> {
  const operationId = monitor.startMonitoring(operationName, options.id, options.details);
  const operation: RunningOperation = {
    operationId,
    sessionId: monitor.sessionId,
    updateProgress: (progress, details) => monitor.updateProgress(operationId, progress, details),
  };
  try {
    const result = await monitor.within(operationId, () => fn(operation));
    monitor.stopMonitoring(operationId, summaryOf(result, options, onSummaryError));
    return result;
  } catch (error) {
    if (options.signal?.aborted || (error instanceof Error && error.name === 'AbortError')) {
      monitor.cancelMonitoring(operationId, errorMessage(error));
    } else {
      monitor.stopMonitoring(operationId, { error: errorMessage(error) }, false);
    }
    throw error;
  }
}

/** An error of `summarize` does not fail the operation, because its work has succeeded. */
function summaryOf<T>(
  result: T,
  { summarize }: RunOptions<T>,
  onError: (error: unknown) => void,
): OperationDetails | undefined {
  try {
    const summary = summarize?.(result);
    handleRejection(summary, onError);
    return summary;
  } catch (error) {
    onError(error);
    return undefined;
  }
}
