import type { RunningOperation, RunOptions } from './run-operation.ts';
import type { SessionRegistry } from './session-registry.ts';

export interface WatchedWork<T> {
  readonly operationName: string;
  readonly fn: (operation: RunningOperation) => T | Promise<T>;
  readonly options?: RunOptions<T> | undefined;
  /** Whether a mistake in the use of the monitor throws; otherwise it is reported, and `fn` runs all the same. */
  readonly strict: boolean;
}

/**
 * Runs work as an operation of a session. The work runs exactly once, whether or not it can be watched.
 *
 * @returns what `fn` returns
 * @throws what `fn` throws
 */
export async function runWatched<T>(
  sessions: SessionRegistry,
  sessionId: string,
  { operationName, fn, options, strict }: WatchedWork<T>,
): Promise<T> {
  const monitor = sessions.open(sessionId);
  if (strict) return monitor.run(operationName, fn, options);
  let hasStarted = false;
  try {
    return await monitor.run(
      operationName,
      (operation) => {
        hasStarted = true;
        return fn(lenient(operation, sessions));
      },
      options,
    );
  } catch (error) {
    if (hasStarted) throw error;
    // Its name is empty, or its id is in use.
    sessions.reportError(error);
    return fn({ operationId: '', sessionId, updateProgress: () => undefined });
  }
}

function lenient(operation: RunningOperation, sessions: SessionRegistry): RunningOperation {
  return {
    ...operation,
    updateProgress(progress, details) {
      try {
        operation.updateProgress(progress, details);
      } catch (error) {
        sessions.reportError(error);
      }
    },
  };
}
