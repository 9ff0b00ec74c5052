/** What asks a program to stop; the closing of a terminal is SIGHUP. */
export const STOP_SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP', 'SIGQUIT'] as const;

/** Until a command has something to stop, a signal ends it as if it had stopped. */
export function stopAtOnce(): void {
  for (const signal of STOP_SIGNALS) process.on(signal, () => process.exit(0));
}

/** Calls `stop` on the first signal. The second one ends the process at once, with exit code 1. */
export function stopOnSignals(stop: (signal: NodeJS.Signals) => void): void {
  let signals = 0;
  for (const signal of STOP_SIGNALS) {
    const earlier = process.listeners(signal);
    process.on(signal, () => {
      signals += 1;
      if (signals > 1) process.exit(1);
      stop(signal);
    });
    // Only now: with its last listener goes a signal that has arrived, and was not delivered yet.
    for (const listener of earlier) process.off(signal, listener);
  }
}
