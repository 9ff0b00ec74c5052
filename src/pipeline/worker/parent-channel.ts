import { Socket } from 'node:net';
import { createInterface } from 'node:readline';

import { toWorker, type FromWorker, type ToWorker } from '../contract/protocol.ts';

type Start = Extract<ToWorker, { type: 'start' }>;

const MESSAGES_FD = 3;

/** The worker's connection to the exporter that started it. */
export class ParentChannel {
  /** The work to do. Never resolves if the exporter ends first, because this process then ends as well. */
  readonly started: Promise<Start>;
  /** Aborted when the client cancels the call or the exporter ends. */
  readonly cancelled: AbortSignal;
  readonly #messages = new Socket({ fd: MESSAGES_FD, readable: false, writable: true });
  readonly #waiting: (() => void)[] = [];

  constructor() {
    const cancel = new AbortController();
    this.cancelled = cancel.signal;
    const lines = createInterface({ input: process.stdin, crlfDelay: Infinity });
    this.started = new Promise((resolve) => {
      lines.on('line', (line) => {
        const message = toWorker.parse(JSON.parse(line));
        if (message.type === 'start') resolve(message);
        else if (message.type === 'cancel') cancel.abort();
        else this.#waiting.shift()?.();
      });
    });
    lines.on('close', () => {
      // The exporter has ended, possibly by SIGKILL. The work continues to its next checkpoint, and stops there.
      cancel.abort();
      for (const resume of this.#waiting.splice(0)) resume();
    });
    this.#messages.on('error', () => undefined);
  }

  /** Sends a message and waits for its acknowledgement, so that the worker sees a cancellation before it goes on. */
  async send(message: FromWorker): Promise<void> {
    const handled = new Promise<void>((resolve) => this.#waiting.push(resolve));
    this.#messages.write(`${JSON.stringify(message)}\n`);
    if (!process.stdin.readableEnded) await handled;
  }

  /** Sends the last message. */
  async end(message: FromWorker): Promise<void> {
    await new Promise<void>((resolve) => {
      this.#messages.end(`${JSON.stringify(message)}\n`, resolve);
      this.#messages.once('close', resolve);
    });
  }
}
