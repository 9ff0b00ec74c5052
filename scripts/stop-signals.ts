import './end-with-parent.js';

/** Aborts when this program gets a signal to stop, or when the npm process that started it ends. */
export function stopSignal(): AbortSignal {
  const stopped = new AbortController();
  // A closed terminal sends SIGHUP. A signal may arrive several times, for example if Ctrl-C is pressed twice.
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP', 'SIGQUIT'] as const) {
    process.on(signal, () => stopped.abort());
  }
  // The parent process may have closed its end of the pipe.
  for (const stream of [process.stdout, process.stderr]) stream.on('error', () => undefined);
  return stopped.signal;
}
