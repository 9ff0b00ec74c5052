import { connect } from 'node:net';

import { connectHost, connectPort, CONNECT_OPTIONS } from './upstream-address.ts';

/** The server is checked if it has not responded for this time. */
const CHECK_EVERY_MS = 15_000;
const CONNECT_TIMEOUT_MS = 5000;

/** Tracks whether the server behind a proxy is reachable. It uses the server's responses, or else connects to its port. */
export class UpstreamCheck {
  readonly #upstream: URL;
  readonly #onChange: (isUp: boolean) => void;
  readonly #timer: NodeJS.Timeout;
  #isUp: boolean | null = null;
  #hasResponded = false;

  constructor(upstream: URL, onChange: (isUp: boolean) => void) {
    this.#upstream = upstream;
    this.#onChange = onChange;
    this.#timer = setInterval(() => this.#onTick(), CHECK_EVERY_MS).unref();
    this.#connect();
  }

  /** Call after each request with whether the server was reachable. */
  onRequest(isUp: boolean): void {
    this.#hasResponded = isUp;
    this.#update(isUp);
  }

  close(): void {
    clearInterval(this.#timer);
  }

  #onTick(): void {
    if (!this.#hasResponded) this.#connect();
    this.#hasResponded = false;
  }

  #connect(): void {
    const socket = connect({
      ...CONNECT_OPTIONS,
      host: connectHost(this.#upstream),
      port: connectPort(this.#upstream),
    });
    socket.unref();
    socket.setTimeout(CONNECT_TIMEOUT_MS, () => socket.destroy(new Error('timed out')));
    socket.once('connect', () => {
      this.#update(true);
      socket.destroy();
    });
    socket.once('error', () => this.#update(false));
  }

  #update(isUp: boolean): void {
    if (isUp === this.#isUp) return;
    this.#isUp = isUp;
    this.#onChange(isUp);
  }
}
