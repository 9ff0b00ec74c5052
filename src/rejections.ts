/**
 * Handles the rejection of a promise that a program's own function returned where none was expected: an async function is
 * a callback, too, and an unhandled rejection would end the process.
 *
 * @param result - what the function returned, of any kind
 */
export function handleRejection(result: unknown, onError: (error: unknown) => void): void {
  if (!isThenable(result)) return;
  void Promise.resolve(result).catch(onError);
}

function isThenable(value: unknown): value is PromiseLike<unknown> {
  return typeof value === 'object' && value !== null && 'then' in value;
}
