/**
 * Handles the rejection of a callback that is an async function, although a synchronous one is expected. An unhandled
 * rejection would end the process.
 *
 * @param result - the callback's return value, of any type
 */
export function handleRejection(result: unknown, onError: (error: unknown) => void): void {
  if (!isThenable(result)) return;
  void Promise.resolve(result).catch(onError);
}

function isThenable(value: unknown): value is PromiseLike<unknown> {
  return typeof value === 'object' && value !== null && 'then' in value;
}
