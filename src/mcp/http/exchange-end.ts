import { decide, type Row } from '../protocol/decision-table.ts';
import { BROKEN_OFF, CLOSED, DISCONNECTED, type RequestEnd } from '../protocol/request-end.ts';

/** How an exchange ended: as it should, because the client went away, or because the server's side broke off. */
export type ExchangeEnd = 'complete' | 'client_gone' | 'broken';

/** What decides over a request that no message has answered, though its exchange is over. */
export interface UnansweredFacts {
  readonly how: ExchangeEnd;
  /** The HTTP status is 400 or more. */
  readonly isRefused: boolean;
  /** Its answer comes on another stream of the session: one that resumes this one, or that of HTTP+SSE. */
  readonly isAnsweredElsewhere: boolean;
  /** Part of the response could not be read. It may have been a success. */
  readonly isUnread: boolean;
}

/** What becomes of such a request. */
export type Fate = 'refused' | 'in_flight' | 'unfollowed' | RequestEnd;

export const UNANSWERED: readonly Row<UnansweredFacts, Fate>[] = [
  [{ how: 'complete', isRefused: true }, 'refused'],
  [{ how: 'broken', isRefused: true }, 'refused'],
  [{ isAnsweredElsewhere: true }, 'in_flight'],
  [{ how: 'client_gone' }, DISCONNECTED],
  [{ how: 'complete', isUnread: true }, 'unfollowed'],
  [{}, BROKEN_OFF],
];

/** What decides whether a connection ends with an exchange. */
export interface ConnectionFacts {
  /** It is a session, and not this single exchange. */
  readonly isLasting: boolean;
  readonly how: ExchangeEnd;
  readonly method: string;
  /** The HTTP status is 200 to 299. */
  readonly isSuccess: boolean;
  /** The server does not know the session that the client named. */
  readonly isUnknownSession: boolean;
  /** It is a stream of HTTP+SSE, whose GET lasts as long as it. */
  readonly isStream: boolean;
}

/** How the requests end that are still in flight; null if the connection goes on. */
export const CONNECTION: readonly Row<ConnectionFacts, RequestEnd | null>[] = [
  [{ isLasting: false }, DISCONNECTED],
  [{ method: 'DELETE', isSuccess: true }, CLOSED],
  [{ method: 'DELETE', isUnknownSession: true }, CLOSED],
  [{ how: 'client_gone', isUnknownSession: true }, CLOSED],
  [{ isUnknownSession: true }, BROKEN_OFF],
  [{ how: 'client_gone', method: 'GET', isStream: true }, CLOSED],
  [{ method: 'GET', isStream: true }, BROKEN_OFF],
  [{}, null],
];

export function fateOf(facts: UnansweredFacts): Fate {
  return decide(UNANSWERED, facts);
}

export function endOfConnection(facts: ConnectionFacts): RequestEnd | null {
  return decide(CONNECTION, facts);
}
