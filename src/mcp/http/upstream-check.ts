import { connect } from 'node:net';

/** The server behind a proxy that was not heard of for so long is looked at. */
const CHECK_EVERY_MS = 15_000;
const CONNECT_WITHIN_MS = 5000;

/** Knows whether the server behind a proxy can be reached: from its answers, and in silence from its port. */
export class UpstreamCheck {
  readonly #upstream: URL;
  readonly #onChange: (isUp: boolean) => void;
  readonly #timer: NodeJS.Timeout;
  #isUp: boolean | null = null;
  #wasHeard = false;

  constructor(upstream: URL, onChange: (isUp: boolean) => void) {
    this.#upstream = upstream;
    this.#onChange = onChange;
    this.#timer = setInterval(() => this.#onTick(), CHECK_EVERY_MS).unref();
    this.#look();
  }

  /** It has answered, or could not be reached. */
  heard(isUp: boolean): void {
    this.#wasHeard = isUp;
    this.#tell(isUp);
  }

  close(): void {
    clearInterval(this.#timer);
  }

  #onTick(): void {
    if (!this.#wasHeard) this.#look();
    this.#wasHeard = false;
  }

  #look(): void {
    const { protocol, port, hostname } = this.#upstream;
    const socket = connect({
      host: hostname.replace(/^\[|\]$/g, ''),
      port: port === '' ? (protocol === 'https:' ? 443 : 80) : Number(port),
    });
    socket.unref();
    socket.setTimeout(CONNECT_WITHIN_MS, () => socket.destroy(new Error('timed out')));
    socket.once('connect', () => {
      this.#tell(true);
      socket.destroy();
    });
    socket.once('error', () => this.#tell(false));
  }

  #tell(isUp: boolean): void {
    if (isUp === this.#isUp) return;
    this.#isUp = isUp;
    this.#onChange(isUp);
  }
}
