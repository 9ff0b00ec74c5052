import type { ClientMessage } from '../../client-message.ts';
import { FEED_PROTOCOL, KEY_PROTOCOL_PREFIX, type ServerMessage } from '../../feed-protocol.ts';
import type { KeyStore } from './key-store.ts';

export const FIRST_RETRY_MS = 500;
export const LONGEST_RETRY_MS = 30_000;
/** A ping is sent after this time without a message. */
export const PING_AFTER_MS = 20_000;
/** Time limit for the response to a ping, and for the first message of a new connection. */
export const RESPONSE_TIMEOUT_MS = 10_000;

export type ConnectionState =
  | { readonly kind: 'connecting'; readonly isAgain: boolean }
  | { readonly kind: 'connected' }
  /** `refusedWith`: the HTTP status with which the exporter refused the connection, if it did. */
  | { readonly kind: 'waiting'; readonly delayMs: number; readonly refusedWith?: number }
  | { readonly kind: 'key_needed'; readonly wasRefused: boolean };

export interface FeedSocket {
  send(text: string): void;
  close(): void;
}

export interface FeedSocketListener {
  received(text: string): void;
  closed(): void;
}

export interface FeedConnectionOptions {
  /** Must not call the listener before it returns. */
  openSocket(protocols: string[], listener: FeedSocketListener): FeedSocket;
  /** Requests the reason over HTTP if the socket does not open. Resolves to the status; null if unreachable. */
  probe(key: string | null): Promise<number | null>;
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
  #cancelTimer: () => void = () => undefined;
  #attempts = 0;
  #failuresInARow = 0;
  /** The last event received, and the id of the exporter's run. */
  #position: { bootId: string; seq: number } | null = null;

  constructor(options: FeedConnectionOptions) {
    this.#options = options;
  }

  /** Opens a new connection now. Replaces an open connection or a planned attempt. */
  connect(): void {
    this.#drop();
    this.#attempts += 1;
    this.#options.onState({ kind: 'connecting', isAgain: this.#failuresInARow > 0 });
    const socket = this.#options.openSocket(feedProtocols(this.#options.keys.load()), {
      received: (text) => {
        if (socket === this.#socket) this.#receive(text);
      },
      closed: () => {
        if (socket === this.#socket) this.#onClosed();
      },
    });
    this.#socket = socket;
    this.#expectResponse();
  }

  useKey(key: string): void {
    this.#options.keys.save(key);
    this.connect();
  }

  #receive(text: string): void {
    this.#setTimer(PING_AFTER_MS, () => {
      this.#send({ type: 'ping' });
      this.#expectResponse();
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

  #onClosed(): void {
    if (this.#isGreeted) this.#retryLater();
    else void this.#findReason();
  }

  /** Requests the reason over HTTP, because a browser does not report why a handshake was refused. */
  async #findReason(): Promise<void> {
    this.#drop();
    const attempt = this.#attempts;
    const key = this.#options.keys.load();
    const status = await this.#options.probe(key);
    if (attempt !== this.#attempts) return;
    if (status !== 401) return this.#retryLater(status !== null && status >= 400 ? status : undefined);
    this.#options.keys.clear();
    this.#options.onState({ kind: 'key_needed', wasRefused: key !== null });
  }

  #retryLater(refusedWith?: number): void {
    this.#drop();
    const longest = Math.min(LONGEST_RETRY_MS, FIRST_RETRY_MS * 2 ** this.#failuresInARow);
    this.#failuresInARow += 1;
    // Jitter, so that not all pages reconnect at the same time after a restart.
    const delayMs = longest * (0.5 + this.#options.random() / 2);
    this.#options.onState({
      kind: 'waiting',
      delayMs,
      ...(refusedWith === undefined ? {} : { refusedWith }),
    });
    this.#setTimer(delayMs, () => this.connect());
  }

  #expectResponse(): void {
    this.#setTimer(RESPONSE_TIMEOUT_MS, () => this.#retryLater());
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
