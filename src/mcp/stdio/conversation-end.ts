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

/**
 * Knows who ended a conversation over stdio, and so how requests end that are still in flight: if the server's process
 * ends by itself, they have failed; if the client left first, or the proxy was asked to stop, they are cancelled.
 */
export class ConversationEnd {
  readonly #parentPid: () => number;
  readonly #firstParentPid: number;
  #leftFirst: 'client' | 'server' | null = null;
  /** The client has closed its side of stdin. It may still wait for responses, as `printf … | server` does. */
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
    this.#leftFirst ??= this.#wasLeft(exit) ? 'client' : 'server';
    return this.#leftFirst === 'client' ? CLOSED : serverExited(exit);
  }

  /** Whether a server ends because its stdin has ended. A crash meanwhile is a crash, if somebody waits for responses. */
  #wasLeft({ code, signal }: ProcessExit): boolean {
    if (!this.#hasStdinEnded) return false;
    if (this.#parentPid() !== this.#firstParentPid) return true;
    return signal === null ? code === 0 : ENDING_SIGNALS.has(signal);
  }
}
