import { decide, type Row } from '../protocol/decision-table.ts';
import { CLOSED, serverExited, type ProcessExit, type RequestEnd } from '../protocol/request-end.ts';

/** A server that one of these signals ended did not crash. */
const ENDING_SIGNALS = new Set<NodeJS.Signals>([
  'SIGTERM',
  'SIGINT',
  'SIGHUP',
  'SIGQUIT',
  'SIGKILL',
  'SIGPIPE',
]);

type Side = 'client' | 'server';

/** The facts that decide which side ended a conversation, after the server's process has ended. */
interface EndFacts {
  /** The side that was observed to end first; null if neither was. */
  readonly leftFirst: Side | null;
  /** The client has closed stdin. It may still wait for responses, as `printf … | server` does. */
  readonly hasStdinEnded: boolean;
  /** The process that started this one has ended. */
  readonly hasParentEnded: boolean;
  /** How the server's process ended: normally, by a crash, or by a signal that ends processes. */
  readonly exit: 'success' | 'crash' | 'ending_signal';
}

const ENDED_BY: readonly Row<EndFacts, Side>[] = [
  [{ leftFirst: 'client' }, 'client'],
  [{ leftFirst: 'server' }, 'server'],
  [{ hasStdinEnded: false }, 'server'],
  // A server normally ends after its stdin has ended. Otherwise it crashed, unless the client's process has ended too.
  [{ hasParentEnded: true }, 'client'],
  [{ exit: 'success' }, 'client'],
  [{ exit: 'ending_signal' }, 'client'],
  [{}, 'server'],
];

/**
 * Determines which side ended a conversation over stdio, and so the end of requests still in flight. If the server's
 * process ended by itself, they failed. If the client disconnected first, or the proxy was stopped, they are cancelled.
 */
export class ConversationEnd {
  readonly #parentPid: () => number;
  readonly #firstParentPid: number;
  #leftFirst: Side | null = null;
  #hasStdinEnded = false;
  #isStopRequested = false;

  /** @param parentPid - returns the parent process's id, which changes when the parent ends */
  constructor(parentPid = () => process.ppid) {
    this.#parentPid = parentPid;
    this.#firstParentPid = parentPid();
  }

  /** @returns whether the client has finished */
  clientClosedStdin(): boolean {
    this.#hasStdinEnded = true;
    return this.#hasFinished;
  }

  /** Call when the client no longer reads responses. */
  clientLeft(): void {
    this.#leftFirst ??= 'client';
  }

  /**
   * Call when the proxy was asked to stop.
   *
   * @returns whether the client has finished
   */
  stopRequested(): boolean {
    this.clientLeft();
    this.#isStopRequested = true;
    return this.#hasFinished;
  }

  /** A client that closes stdin and then stops its server no longer waits for responses. */
  get #hasFinished(): boolean {
    return this.#leftFirst === 'client' && this.#hasStdinEnded && this.#isStopRequested;
  }

  /** @returns whether the server ended first */
  serverClosedStdout(): boolean {
    this.serverExited();
    return this.#leftFirst === 'server';
  }

  serverExited(): void {
    if (!this.#hasStdinEnded) this.#leftFirst ??= 'server';
  }

  /**
   * The end of requests that were in flight when the server's process ended. Call it a moment after the exit, because the
   * end of the client's process is noticed slightly later than the end of stdin.
   */
  endOf(exit: ProcessExit): RequestEnd {
    this.#leftFirst = decide(ENDED_BY, {
      leftFirst: this.#leftFirst,
      hasStdinEnded: this.#hasStdinEnded,
      hasParentEnded: this.#parentPid() !== this.#firstParentPid,
      exit: kindOf(exit),
    });
    return this.#leftFirst === 'client' ? CLOSED : serverExited(exit);
  }
}

function kindOf({ code, signal }: ProcessExit): EndFacts['exit'] {
  if (signal !== null) return ENDING_SIGNALS.has(signal) ? 'ending_signal' : 'crash';
  return code === 0 ? 'success' : 'crash';
}
