import { decide, type Row } from '../protocol/decision-table.ts';
import { CONNECTION_LOST, CLOSED, DISCONNECTED, type RequestEnd } from '../protocol/request-end.ts';

/** How an exchange ended: normally, because the client disconnected, or because the server closed the connection. */
export type ExchangeEnd = 'complete' | 'client_gone' | 'broken';

/** The facts that decide how a request ends that its exchange has not answered. */
export interface UnansweredFacts {
  readonly how: ExchangeEnd;
  /** The HTTP status is 300 or more, a redirect or an error. */
  readonly isRefused: boolean;
  /** The response arrives on another stream: one that resumes this one, or the stream of HTTP+SSE. */
  readonly isAnsweredElsewhere: boolean;
  /** Part of the response could not be read, so the request may have succeeded. */
  readonly isUnread: boolean;
}

export type UnansweredEnd = 'refused' | 'in_flight' | 'unobserved' | RequestEnd;

export const UNANSWERED: readonly Row<UnansweredFacts, UnansweredEnd>[] = [
  [{ how: 'complete', isRefused: true }, 'refused'],
  [{ how: 'broken', isRefused: true }, 'refused'],
  [{ isAnsweredElsewhere: true }, 'in_flight'],
  [{ how: 'client_gone' }, DISCONNECTED],
  [{ how: 'complete', isUnread: true }, 'unobserved'],
  [{}, CONNECTION_LOST],
];

/** The facts that decide whether a connection ends with an exchange. */
export interface ConnectionFacts {
  /** The connection is a session, and not only this exchange. */
  readonly isLasting: boolean;
  readonly how: ExchangeEnd;
  readonly method: string;
  /** The HTTP status is 200 to 299. */
  readonly isSuccess: boolean;
  /** The server responded that it does not know the client's session. */
  readonly isUnknownSession: boolean;
  /** The connection is a stream of HTTP+SSE, which ends with its GET. */
  readonly isStream: boolean;
}

/** The end of requests still in flight; null if the connection stays open. */
export const CONNECTION: readonly Row<ConnectionFacts, RequestEnd | null>[] = [
  [{ isLasting: false }, DISCONNECTED],
  [{ method: 'DELETE', isSuccess: true }, CLOSED],
  [{ method: 'DELETE', isUnknownSession: true }, CLOSED],
  [{ how: 'client_gone', isUnknownSession: true }, CLOSED],
  [{ isUnknownSession: true }, CONNECTION_LOST],
  [{ how: 'client_gone', method: 'GET', isStream: true }, CLOSED],
  [{ method: 'GET', isStream: true }, CONNECTION_LOST],
  [{}, null],
];

export function endOfUnanswered(facts: UnansweredFacts): UnansweredEnd {
  return decide(UNANSWERED, facts);
}

export function endOfConnection(facts: ConnectionFacts): RequestEnd | null {
  return decide(CONNECTION, facts);
}
