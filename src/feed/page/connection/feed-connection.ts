import type { ClientMessage } from '../../client-message.ts';
import { FEED_PROTOCOL, KEY_PROTOCOL_PREFIX, type ServerMessage } from '../../feed-protocol.ts';
import type { FeedProblem } from './feed-problem.ts';
import type { KeyStore } from './key-store.ts';

export const FIRST_RETRY_MS = 500;
export const LONGEST_RETRY_MS = 30_000;
/** A ping is sent after this time without a message. */
export const PING_AFTER_MS = 20_000;
/** Time limit for the response to a ping, and for the first message of a new connection. */
export const RESPONSE_TIMEOUT_MS = 10_000;
/** Time limit for the response to a ping after the computer woke up, because the connection has probably died. */
export const PROBE_TIMEOUT_MS = 3000;

/** The close code of a server that accepts no more clients. */
const TRY_AGAIN_LATER = 1013;

export type ConnectionState =
  | { readonly kind: 'connecting'; readonly isAgain: boolean }
  | { readonly kind: 'connected' }
  /** `problem`: why the feed did not open; null if it was open before. */
  | { readonly kind: 'waiting'; readonly delayMs: number; readonly problem: FeedProblem | null }
  | { readonly kind: 'key_needed'; readonly wasRefused: boolean };

export interface FeedSocket {
  send(text: string): void;
  close(): void;
}

export interface FeedSocketListener {
  received(text: string): void;
  /** @param code - https://www.rfc-editor.org/rfc/rfc6455#section-7.4.1 */
  closed(code: number): void;
}

export interface FeedConnectionOptions {
  /** Must not call the listener before it returns. */
  openSocket(protocols: string[], listener: FeedSocketListener): FeedSocket;
  /** Finds the reason over HTTP if the socket does not open. */
  findProblem(key: string | null): Promise<FeedProblem>;
  /** @returns a function that cancels the timer */
  schedule(callback: () => void, delayMs: number): () => void;
  /** Returns a number from 0 to 1. */
  random(): number;
  keys: KeyStore;
  onMessage(message: ServerMessage): void;
  onState(state: ConnectionState): void;
}

/** A connection to the feed that reconnects with backoff, and resumes at its last position. */
export class FeedConnection {
  readonly #options: FeedConnectionOptions;
  #socket: FeedSocket | null = null;
  #isGreeted = false;
  #isKeyNeeded = false;
  #cancelTimer: () => void = () => undefined;
  #attempts = 0;
  #failuresInARow = 0;
  /** Why the last attempt failed; null if it did not, or if the feed was open before. */
  #lastProblem: FeedProblem | null = null;
  /** The last event received, and the id of the exporter's run. */
  #position: { bootId: string; seq: number } | null = null;

  constructor(options: FeedConnectionOptions) {
    this.#options = options;
  }

  /** Opens a new connection now. Replaces an open connection or a planned attempt. */
  connect(): void {
    this.#drop();
    this.#attempts += 1;
    this.#isKeyNeeded = false;
    this.#options.onState({ kind: 'connecting', isAgain: this.#failuresInARow > 0 });
    const socket = this.#options.openSocket(feedProtocols(this.#options.keys.load()), {
      received: (text) => {
        if (socket === this.#socket) this.#receive(text);
      },
      closed: (code) => {
        if (socket === this.#socket) this.#onClosed(code);
      },
    });
    this.#socket = socket;
    this.#expectResponse(RESPONSE_TIMEOUT_MS);
  }

  /** Checks at once whether the connection is still alive, or opens a new one. */
  probe(): void {
    if (this.#isKeyNeeded) return;
    if (!this.#socket) return this.connect();
    this.#send({ type: 'ping' });
    this.#expectResponse(PROBE_TIMEOUT_MS);
  }

  useKey(key: string): void {
    this.#options.keys.save(key);
    this.connect();
  }

  #receive(text: string): void {
    this.#setTimer(PING_AFTER_MS, () => {
      this.#send({ type: 'ping' });
      this.#expectResponse(RESPONSE_TIMEOUT_MS);
    });
    const message = parseServerMessage(text);
    if (!message) return;
    this.#options.onMessage(message);
    if (message.type === 'hello') this.#greet(message.boot_id, message.seq);
    if (message.type === 'operations') this.#advance(message.seq);
    if (message.type === 'gap') {
      this.#advance(message.to_seq);
      this.#send({ type: 'list_sessions' });
    }
  }

  #greet(bootId: string, seq: number): void {
    this.#isGreeted = true;
    this.#failuresInARow = 0;
    this.#lastProblem = null;
    this.#options.onState({ kind: 'connected' });
    if (this.#position?.bootId !== bootId) this.#position = { bootId, seq };
    // Sent even if nothing was missed, because the server waits for `resume` before it sends events.
    this.#send({ type: 'resume', boot_id: bootId, seq: this.#position.seq });
  }

  #advance(seq: number): void {
    if (this.#position && this.#position.seq < seq) this.#position.seq = seq;
  }

  #send(message: ClientMessage): void {
    if (this.#isGreeted) this.#socket?.send(JSON.stringify(message));
  }

  #onClosed(code: number): void {
    if (this.#isGreeted) this.#retryLater(null);
    else if (code === TRY_AGAIN_LATER) this.#retryLater({ kind: 'viewer_limit' });
    else void this.#findReason();
  }

  async #findReason(): Promise<void> {
    this.#drop();
    const attempt = this.#attempts;
    const key = this.#options.keys.load();
    const problem = await this.#options.findProblem(key);
    if (attempt !== this.#attempts) return;
    const { kind = 'blocked' } = this.#lastProblem ?? {};
    this.#lastProblem = problem;
    // Whatever was in the way may have gone between the handshake and the request.
    if (problem.kind === 'blocked' && kind !== 'blocked') return this.connect();
    if (problem.kind !== 'key_needed') return this.#retryLater(problem);
    this.#isKeyNeeded = true;
    this.#options.keys.clear();
    this.#options.onState({ kind: 'key_needed', wasRefused: key !== null });
  }

  #retryLater(problem: FeedProblem | null): void {
    this.#drop();
    const longest = Math.min(LONGEST_RETRY_MS, FIRST_RETRY_MS * 2 ** this.#failuresInARow);
    this.#failuresInARow += 1;
    // Jitter, so that not all pages reconnect at the same time after a restart.
    const delayMs = longest * (0.5 + this.#options.random() / 2);
    this.#options.onState({ kind: 'waiting', delayMs, problem });
    this.#setTimer(delayMs, () => this.connect());
  }

  #expectResponse(withinMs: number): void {
    this.#setTimer(withinMs, () => {
      if (this.#isGreeted) this.#retryLater(null);
      else void this.#findReason();
    });
  }

  /** Only one timer runs at a time: for a response, for the next ping, or for the next attempt. */
  #setTimer(delayMs: number, callback: () => void): void {
    this.#cancelTimer();
    this.#cancelTimer = this.#options.schedule(callback, delayMs);
  }

  #drop(): void {
    this.#cancelTimer();
    const socket = this.#socket;
    this.#socket = null;
    this.#isGreeted = false;
    socket?.close();
  }
}

/** The subprotocols to offer. The second one contains the key, because a browser cannot send a header. */
function feedProtocols(key: string | null): string[] {
  return key === null ? [FEED_PROTOCOL] : [FEED_PROTOCOL, `${KEY_PROTOCOL_PREFIX}${base64Url(key)}`];
}

function base64Url(text: string): string {
  const bytes = new TextEncoder().encode(text);
  const base64 = btoa(Array.from(bytes, (byte) => String.fromCharCode(byte)).join(''));
  return base64.replaceAll('+', '-').replaceAll('/', '_').replaceAll('=', '');
}

/** Parses a message; null if it is invalid. Unknown types are returned, and ignored by the receiver. */
function parseServerMessage(text: string): ServerMessage | null {
  try {
    const message: unknown = JSON.parse(text);
    const isMessage = typeof message === 'object' && message !== null && 'type' in message;
    return isMessage ? (message as ServerMessage) : null;
  } catch {
    return null;
  }
}
