import { decide, type Row } from '../protocol/decision-table.ts';
import { CLOSED, serverExited, type ProcessExit, type RequestEnd } from '../protocol/request-end.ts';

/** A server that ends by one of these was ended by somebody, and did not crash. */
const ENDING_SIGNALS = new Set<NodeJS.Signals>([
  'SIGTERM',
  'SIGINT',
  'SIGHUP',
  'SIGQUIT',
  'SIGKILL',
  'SIGPIPE',
]);

/** Who ended a conversation. */
type Side = 'client' | 'server';

/** What decides who ended a conversation whose server's process has ended. */
interface EndFacts {
  /** Who was seen to leave first; null if neither was. */
  readonly leftFirst: Side | null;
  /** The client has closed its side of stdin. It may still wait for responses, as `printf … | server` does. */
  readonly hasStdinEnded: boolean;
  /** The process that started this one has ended. */
  readonly hasParentEnded: boolean;
  /** How the server's process ended: as it should, by a crash, or by a signal that ends processes. */
  readonly exit: 'success' | 'crash' | 'ending_signal';
}

const ENDED_BY: readonly Row<EndFacts, Side>[] = [
  [{ leftFirst: 'client' }, 'client'],
  [{ leftFirst: 'server' }, 'server'],
  [{ hasStdinEnded: false }, 'server'],
  // A server ends because its stdin has ended. A crash meanwhile is a crash, if somebody waits for responses.
  [{ hasParentEnded: true }, 'client'],
  [{ exit: 'success' }, 'client'],
  [{ exit: 'ending_signal' }, 'client'],
  [{}, 'server'],
];

/**
 * Knows who ended a conversation over stdio, and so how requests end that are still in flight: if the server's process
 * ends by itself, they have failed; if the client left first, or the proxy was asked to stop, they are cancelled.
 */
export class ConversationEnd {
  readonly #parentPid: () => number;
  readonly #firstParentPid: number;
  #leftFirst: Side | null = null;
  #hasStdinEnded = false;
  #isStopRequested = false;

  /** @param parentPid - the process that started this one; another one takes its place when it ends */
  constructor(parentPid = () => process.ppid) {
    this.#parentPid = parentPid;
    this.#firstParentPid = parentPid();
  }

  /** @returns whether the client has finished */
  clientClosedStdin(): boolean {
    this.#hasStdinEnded = true;
    return this.#hasFinished;
  }

  /** The client reads no responses any more. */
  clientLeft(): void {
    this.#leftFirst ??= 'client';
  }

  /**
   * The proxy was asked to stop.
   *
   * @returns whether the client has finished
   */
  stopRequested(): boolean {
    this.clientLeft();
    this.#isStopRequested = true;
    return this.#hasFinished;
  }

  /** A client that has closed stdin and then stops its server waits for no response any more. */
  get #hasFinished(): boolean {
    return this.#leftFirst === 'client' && this.#hasStdinEnded && this.#isStopRequested;
  }

  /** @returns whether the server did it first */
  serverClosedStdout(): boolean {
    this.serverExited();
    return this.#leftFirst === 'server';
  }

  serverExited(): void {
    if (!this.#hasStdinEnded) this.#leftFirst ??= 'server';
  }

  /**
   * How requests end that were in flight when the server's process ended. To be asked a moment later: the end of the
   * client's process, which may be the reason, is noticed a little after the end of stdin.
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
