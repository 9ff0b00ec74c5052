import { connect } from 'node:net';

import { connectionErrorMessage } from '../../errors.ts';
import { connectHost, connectPort, CONNECT_OPTIONS } from './upstream-address.ts';

/** The server is checked if it has not responded for this time. */
const CHECK_EVERY_MS = 15_000;
const CONNECT_TIMEOUT_MS = 5000;

/** Tracks whether the server behind a proxy is reachable. It uses the server's responses, or else connects to its port. */
export class UpstreamCheck {
  readonly #upstream: URL;
  readonly #onChange: (isUp: boolean, reason: string) => void;
  readonly #timer: NodeJS.Timeout;
  #isUp: boolean | null = null;
  #hasResponded = false;

  /** @param onChange - called with why the server is unreachable, or with an empty text */
  constructor(upstream: URL, onChange: (isUp: boolean, reason: string) => void) {
    this.#upstream = upstream;
    this.#onChange = onChange;
    this.#timer = setInterval(() => this.#onTick(), CHECK_EVERY_MS).unref();
    this.#connect();
  }

  /** Call after each request to the server that did not fail. */
  responded(): void {
    this.#hasResponded = true;
    this.#update(true);
  }

  /** Call after each request that failed because the server was unreachable. */
  failed(error: unknown): void {
    this.#hasResponded = false;
    this.#update(false, connectionErrorMessage(error));
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
    socket.setTimeout(CONNECT_TIMEOUT_MS, () =>
      socket.destroy(new Error(`no connection within ${CONNECT_TIMEOUT_MS / 1000} s`)),
    );
    socket.once('connect', () => {
      this.#update(true);
      socket.destroy();
    });
    socket.once('error', (error) => this.#update(false, connectionErrorMessage(error)));
  }

  #update(isUp: boolean, reason = ''): void {
    if (isUp === this.#isUp) return;
    this.#isUp = isUp;
    this.#onChange(isUp, reason);
  }
}
