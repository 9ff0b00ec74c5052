import './end-with-parent.js';

/** Aborts when this program is asked to stop, by a signal or by the end of the npm that started it. */
export function stopSignal(): AbortSignal {
  const stopped = new AbortController();
  // The closing of a terminal is SIGHUP. Each may come several times: a person who is impatient presses twice.
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP', 'SIGQUIT'] as const) {
    process.on(signal, () => stopped.abort());
  }
  // The parent process may have closed its end of the pipe.
  for (const stream of [process.stdout, process.stderr]) stream.on('error', () => undefined);
  return stopped.signal;
}
