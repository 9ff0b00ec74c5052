import { AsyncLocalStorage } from 'node:async_hooks';

/** The operation inside which some code runs. */
export interface OperationContext {
  readonly sessionId: string;
  readonly operationId: string;
}

// One for the process: Node 20 pays for every AsyncLocalStorage at every promise. It holds no state of its
// own; what is in it belongs to the call that is running.
const storage = new AsyncLocalStorage<OperationContext>();

/** Runs `fn`, and all that it starts, inside `context`. */
export function runInOperation<T>(context: OperationContext, fn: () => T): T {
  return storage.run(context, fn);
}

/** The operation inside which the caller runs, if any. */
export function currentOperationContext(): OperationContext | undefined {
  return storage.getStore();
}
