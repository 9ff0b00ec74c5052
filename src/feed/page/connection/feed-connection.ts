import type { ClientMessage } from '../../client-message.ts';
import { FEED_PROTOCOL, KEY_PROTOCOL_PREFIX, type ServerMessage } from '../../feed-protocol.ts';
import type { KeyStore } from './key-store.ts';

export const FIRST_RETRY_MS = 500;
export const LONGEST_RETRY_MS = 30_000;
/** A server that was silent for so long is asked whether it is still there. */
export const PING_AFTER_MS = 20_000;
/** How long that answer, or a new connection's first message, may take. */
export const ANSWER_WITHIN_MS = 10_000;

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
  /** Asks over HTTP why the socket does not open; resolves to the status, or null where nobody answers. */
  probe(key: string | null): Promise<number | null>;
  /** @returns what cancels it. */
  schedule(callback: () => void, delayMs: number): () => void;
  /** From 0 to 1. */
  random(): number;
  keys: KeyStore;
  onMessage(message: ServerMessage): void;
  onState(state: ConnectionState): void;
}

/** Keeps a connection to the feed: opens it again when it breaks, and resumes where it broke. */
export class FeedConnection {
  readonly #options: FeedConnectionOptions;
  #socket: FeedSocket | null = null;
  #isGreeted = false;
  #cancelTimer: () => void = () => undefined;
  #attempts = 0;
  #failuresInARow = 0;
  /** The last event heard, and of which run of the server. */
  #position: { bootId: string; seq: number } | null = null;

  constructor(options: FeedConnectionOptions) {
    this.#options = options;
  }

  /** Opens a new connection now, in place of whatever is open or planned. */
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
    this.#expectAnswer();
  }

  useKey(key: string): void {
    this.#options.keys.save(key);
    this.connect();
  }

  #receive(text: string): void {
    this.#setTimer(PING_AFTER_MS, () => {
      this.#send({ type: 'ping' });
      this.#expectAnswer();
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
    // Always, as the server holds events back until a new client has said where it resumes.
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
    else void this.#askWhy();
  }

  /** A browser does not tell a page that a handshake was refused, nor why; HTTP does. */
  async #askWhy(): Promise<void> {
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
    // Spread out, so that a restarted server does not meet all its pages at once.
    const delayMs = longest * (0.5 + this.#options.random() / 2);
    this.#options.onState({
      kind: 'waiting',
      delayMs,
      ...(refusedWith === undefined ? {} : { refusedWith }),
    });
    this.#setTimer(delayMs, () => this.connect());
  }

  #expectAnswer(): void {
    this.#setTimer(ANSWER_WITHIN_MS, () => this.#retryLater());
  }

  /** There is one timer at a time: for an answer, for the next ping, or for the next attempt. */
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

/** The subprotocols to ask for: a browser cannot send a header, so the key travels as the second one. */
function feedProtocols(key: string | null): string[] {
  return key === null ? [FEED_PROTOCOL] : [FEED_PROTOCOL, `${KEY_PROTOCOL_PREFIX}${base64Url(key)}`];
}

function base64Url(text: string): string {
  const bytes = new TextEncoder().encode(text);
  const base64 = btoa(Array.from(bytes, (byte) => String.fromCharCode(byte)).join(''));
  return base64.replaceAll('+', '-').replaceAll('/', '_').replaceAll('=', '');
}

/** Null for what is no message; a type that is not known yet is left to whoever reads it. */
function parseServerMessage(text: string): ServerMessage | null {
  try {
    const message: unknown = JSON.parse(text);
    const isMessage = typeof message === 'object' && message !== null && 'type' in message;
    return isMessage ? (message as ServerMessage) : null;
  } catch {
    return null;
  }
}
