import type { RunningOperation, RunOptions } from './run-operation.ts';
import type { SessionRegistry } from './session-registry.ts';

export interface WatchedWork<T> {
  readonly operationName: string;
  readonly fn: (operation: RunningOperation) => T | Promise<T>;
  readonly options?: RunOptions<T> | undefined;
  /** Whether a misuse of the monitor throws. Otherwise it is reported and `fn` still runs. */
  readonly strict: boolean;
}

/**
 * Runs work as an operation of a session. The work runs exactly once, even if it cannot be monitored.
 *
 * @returns the result of `fn`
 * @throws the error of `fn`
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
    // The operation's name is empty, or its id is in use.
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
