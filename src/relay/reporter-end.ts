import type { UnobservedReason } from '../monitor/unobserved-reasons.ts';

/** How a reporter's open requests and operations end when the reporter ends. */
export interface ReporterEnd {
  readonly errorType: string;
  readonly error: string;
  /** Null for a failure. */
  readonly cancellation: 'close' | null;
  /** How the processes of its servers ended; null if they may still run. */
  readonly serverReason: string | null;
  /** Set if the outcomes are unknown. */
  readonly unobserved: UnobservedReason | null;
}

/** The reporter closed regularly. */
export const REPORTER_CLOSED: ReporterEnd = {
  errorType: 'cancelled',
  error: 'the reporting process closed before the operation ended',
  cancellation: 'close',
  serverReason: 'the reporting process closed',
  unobserved: null,
};

/** The hub reached its limit of reporters. */
export const REPORTER_EVICTED: ReporterEnd = {
  errorType: 'unobserved',
  error: 'the hub evicted the reporting process: too many reporters',
  cancellation: null,
  serverReason: null,
  unobserved: 'not_followed',
};

/** The reporter was silent for too long. A server in its process or behind its stdio ended with it. */
export const REPORTER_VANISHED: ReporterEnd = {
  errorType: 'server_exited',
  error: 'the reporting process vanished before the operation ended',
  cancellation: null,
  serverReason: 'the reporting process vanished',
  unobserved: null,
};

/** The reporter was silent for too long, but the HTTP server behind it may still run. */
export const PROXY_VANISHED: ReporterEnd = { ...REPORTER_VANISHED, errorType: 'connection_closed' };
