import { AsyncLocalStorage } from 'node:async_hooks';

/** The operation inside which some code runs. */
export interface OperationContext {
  readonly sessionId: string;
  readonly operationId: string;
}

interface Context {
  readonly operation?: OperationContext | undefined;
  /** Whoever watches the traffic that the code serves. */
  readonly watcher?: object | undefined;
}

// One for the process: Node 20 pays for every AsyncLocalStorage at every promise. It holds no state of its
// own; what is in it belongs to the call that is running.
const storage = new AsyncLocalStorage<Context>();

/** Runs `fn`, and all that it starts, inside `operation`. */
export function runInOperation<T>(operation: OperationContext, fn: () => T): T {
  return storage.run({ operation, watcher: storage.getStore()?.watcher }, fn);
}

/** The operation inside which the caller runs, if any. */
export function currentOperationContext(): OperationContext | undefined {
  return storage.getStore()?.operation;
}

/** Runs `fn`, and all that it starts, as work whose traffic `watcher` sees already. */
export function runWatchedBy<T>(watcher: object, fn: () => T): T {
  return storage.run({ operation: storage.getStore()?.operation, watcher }, fn);
}

/** Whoever sees the traffic already that the caller serves, if anybody. */
export function currentWatcher(): object | undefined {
  return storage.getStore()?.watcher;
}
