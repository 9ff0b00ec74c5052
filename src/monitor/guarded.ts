/**
 * Wraps a callback for timers, sockets and streams: its errors go to `onError`. An uncaught error would end the process
 * that the exporter runs in.
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
