import type { IncomingMessage } from 'node:http';

import type { Allowance } from '../../monitor/allowance.ts';
import { LIMITS } from '../../monitor/limits.ts';
import { TextCollector } from '../wire/text-collector.ts';
import { decodeBody } from './content-decoding.ts';
import type { HttpExchange } from './http-exchange.ts';

const MAX_KEPT_BYTES = 1024 * 1024;
const MAX_RATIO = 20;

/** A request's body that is read while it is forwarded. */
export class ObservedBody {
  readonly isRead: Promise<void>;
  readonly #request: IncomingMessage;
  readonly #text: TextCollector;
  readonly #copy: BodyCopy;
  #isReleased = false;

  /** @param allowance - the number of bytes that all bodies together may keep */
  constructor(request: IncomingMessage, exchange: HttpExchange, allowance: Allowance) {
    this.#request = request;
    this.#text = new TextCollector({ allowance });
    this.#copy = new BodyCopy(allowance);
    request.on('data', (chunk: Buffer) => {
      if (this.#isReleased) return;
      this.#text.append(chunk);
      this.#copy.append(chunk);
    });
    // A 'data' listener starts the flow, which must wait until the proxy pipes the request to a socket.
    request.pause();
    this.isRead = new Promise((resolve) => {
      request.once('end', () => {
        this.#onComplete(exchange);
        resolve();
      });
      request.once('close', () => {
        this.#text.release();
        resolve();
      });
    });
  }

  #onComplete(exchange: HttpExchange): void {
    // After an early response, the exchange has ended, and the rest of the body was not read.
    if (this.#isReleased) return;
    const { 'content-encoding': encoding } = this.#request.headers;
    if (encoding === undefined) {
      const text = this.#text.text();
      if (text) exchange.requestBody(text);
      return;
    }
    const encoded = this.#copy.chunks && Buffer.concat(this.#copy.chunks);
    const decoded = encoded ? decodeBody(encoded, encoding, maxDecodedBytes(encoded)) : 'too_large';
    if (typeof decoded === 'string') return exchange.unreadRequestBody(decoded, encoding);
    const text = new TextCollector();
    text.append(decoded);
    const read = text.text();
    if (read) exchange.requestBody(read);
  }

  /** Whether the body's length is known and short enough to be kept. */
  get mayBeKept(): boolean {
    const { 'content-length': length = '0', 'transfer-encoding': coding } = this.#request.headers;
    return coding === undefined && Number(length) <= MAX_KEPT_BYTES;
  }

  /** The whole body; null if it is incomplete or too long to be sent again. */
  kept(): readonly Buffer[] | null {
    return this.#request.complete ? this.#copy.chunks : null;
  }

  /** Frees the memory. The body cannot be sent again, and the rest of it is not read. */
  release(): void {
    this.#isReleased = true;
    this.#text.release();
    this.#copy.drop();
  }
}

/** Limits the time of decoding. JSON is seldom compressed by a factor of more than ten. */
function maxDecodedBytes({ length }: Buffer): number {
  return Math.min(LIMITS.text_bytes.max, MAX_KEPT_BYTES + MAX_RATIO * length);
}

/** A copy of a body, unless it is too long. */
class BodyCopy {
  readonly #allowance: Allowance;
  #chunks: Buffer[] | null = [];
  #bytes = 0;

  constructor(allowance: Allowance) {
    this.#allowance = allowance;
  }

  get chunks(): readonly Buffer[] | null {
    return this.#chunks;
  }

  append(chunk: Buffer): void {
    if (!this.#chunks) return;
    const hasRoom = this.#bytes + chunk.length <= MAX_KEPT_BYTES && this.#allowance.take(chunk.length);
    if (!hasRoom) return this.drop();
    this.#bytes += chunk.length;
    this.#chunks.push(chunk);
  }

  drop(): void {
    this.#chunks = null;
    this.#allowance.give(this.#bytes);
    this.#bytes = 0;
  }
}
