import type { ServerStatus } from '../../monitor/server-states.ts';
import { decide, type Row } from './decision-table.ts';
import type { ProcessExit, RequestEnd } from './request-end.ts';

interface EndFacts {
  /** Whether the server's process ended by itself. */
  readonly isOwnEnd: boolean;
  readonly hasAnswered: boolean;
  /** The client waits for the response to `initialize`. */
  readonly isInitializing: boolean;
  readonly hasSucceeded: boolean;
}

const STATES: readonly Row<EndFacts, ServerStatus['state']>[] = [
  [{ hasAnswered: false, isOwnEnd: true }, 'never_initialized'],
  [{ hasAnswered: false, isInitializing: true }, 'never_initialized'],
  [{ isOwnEnd: false }, 'exited'],
  [{ hasSucceeded: true }, 'exited'],
  [{}, 'crashed'],
];

/** The process of the server that one connection uses, as its session shows it. */
export class ServerProcess {
  readonly #onStatus: (status: ServerStatus) => void;
  #state: 'unknown' | 'starting' | 'ready' = 'unknown';

  constructor(onStatus: (status: ServerStatus) => void) {
    this.#onStatus = onStatus;
  }

  started(): void {
    this.#state = 'starting';
    this.#onStatus({ state: 'starting', reason: null });
  }

  /** Call on each success of a request to the server. */
  answered(): void {
    if (this.#state !== 'starting') return;
    this.#state = 'ready';
    this.#onStatus({ state: 'ready', reason: null });
  }

  /** @param end - of the requests that were in flight */
  ended(exit: ProcessExit, end: RequestEnd, isInitializing: boolean): void {
    const isOwnEnd = end.cancellation === undefined;
    const hasAnswered = this.#state === 'ready';
    const hasSucceeded = exit.code === 0;
    const state = decide(STATES, { isOwnEnd, hasAnswered, isInitializing, hasSucceeded });
    const how = isOwnEnd ? exitText(exit) : 'the client closed the connection';
    this.#onStatus({
      state,
      reason: state === 'never_initialized' ? `${how} before it was initialized` : how,
    });
  }
}

function exitText({ code, signal }: ProcessExit): string {
  return signal === null ? `ended with exit code ${code ?? 'unknown'}` : `ended by ${signal}`;
}
