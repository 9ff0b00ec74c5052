/** How requests and operations end that a reporter has open when it ends itself. */
export interface ReporterEnd {
  readonly errorType: string;
  readonly error: string;
  /** Null if they have failed. */
  readonly cancellation: 'close' | null;
}

/** It said that it ends. */
export const REPORTER_CLOSED: ReporterEnd = {
  errorType: 'cancelled',
  error: 'the process that reported it has closed',
  cancellation: 'close',
};

/** There is no room for it any more. */
export const REPORTER_EVICTED: ReporterEnd = {
  errorType: 'cancelled',
  error: 'the hub evicted the process that reported it: too many report',
  cancellation: 'close',
};

/** It was silent for too long. A server that runs in it, or behind its stdio, ended with it. */
export const REPORTER_VANISHED: ReporterEnd = {
  errorType: 'server_exited',
  error: 'the process that reported it vanished before the server responded',
  cancellation: null,
};

/** It was silent for too long, and stood in front of an HTTP server, which may run on. */
export const PROXY_VANISHED: ReporterEnd = { ...REPORTER_VANISHED, errorType: 'connection_closed' };
