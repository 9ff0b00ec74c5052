/** The signals that stop a program. A closed terminal sends SIGHUP. */
export const STOP_SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP', 'SIGQUIT'] as const;

/** Exits with 0 on a stop signal, until the command installs its own handler. */
export function stopAtOnce(): void {
  for (const signal of STOP_SIGNALS) process.on(signal, () => process.exit(0));
}

/** Calls `stop` on the first signal. The second signal exits with 1 at once. */
export function stopOnSignals(stop: (signal: NodeJS.Signals) => void): void {
  let signals = 0;
  for (const signal of STOP_SIGNALS) {
    const earlier = process.listeners(signal);
    process.on(signal, () => {
      signals += 1;
      if (signals > 1) process.exit(1);
      stop(signal);
    });
    // Only after `on`: removing the last listener would lose a signal that is already pending.
    for (const listener of earlier) process.off(signal, listener);
  }
}
