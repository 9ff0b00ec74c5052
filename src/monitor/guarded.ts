/**
 * `fn` as a callback for timers, sockets and streams: what it throws goes to `onError`. Without this, an error of ours
 * would end the process that the exporter runs in.
 */
export function guarded<A extends readonly unknown[]>(
  fn: (...args: A) => void,
  onError: (error: unknown) => void,
): (...args: A) => void {
  return (...args) => {
    try {
      fn(...args);
    } catch (error) {
      onError(error);
    }
  };
}
