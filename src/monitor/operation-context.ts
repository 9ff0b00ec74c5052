import { AsyncLocalStorage } from 'node:async_hooks';

/** The operation that the current code is part of. */
export interface OperationContext {
  readonly sessionId: string;
  readonly operationId: string;
}

interface Context {
  readonly operation?: OperationContext | undefined;
  /** The observer that already counts the traffic that the code serves. */
  readonly watcher?: object | undefined;
}

// One instance per process, because on Node 20 every AsyncLocalStorage slows down every promise. Its content belongs to
// the running call.
const storage = new AsyncLocalStorage<Context>();

/** Runs `fn`, and everything it starts, inside `operation`. */
export function runInOperation<T>(operation: OperationContext, fn: () => T): T {
  return storage.run({ operation, watcher: storage.getStore()?.watcher }, fn);
}

/** The operation that the caller runs in, if any. */
export function currentOperationContext(): OperationContext | undefined {
  return storage.getStore()?.operation;
}

/** Runs `fn`, and everything it starts, as work whose traffic `watcher` already counts. */
export function runWatchedBy<T>(watcher: object, fn: () => T): T {
  return storage.run({ operation: storage.getStore()?.operation, watcher }, fn);
}

/** The observer that already counts the traffic that the caller serves, if any. */
export function currentWatcher(): object | undefined {
  return storage.getStore()?.watcher;
}
