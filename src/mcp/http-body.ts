import { once } from 'node:events';
import type { Transform } from 'node:stream';
import { createBrotliDecompress, createGunzip, createInflate } from 'node:zlib';

import { createParser, type EventSourceMessage } from 'eventsource-parser';

import { TextCollector } from './text-collector.ts';
import { readWire } from './wire-message.ts';

export interface HttpBodyOptions {
  /** Hears what a JSON body says, when it is complete; null where it is not JSON. */
  readonly onMessages: (messages: readonly unknown[] | null, sizeBytes: number) => void;
  /** Hears each event of a stream at once. */
  readonly onEvent: (event: EventSourceMessage) => void;
}

/** Reads what a content type holds, from the parts that come. */
interface Reader {
  push(chunk: Uint8Array): void;
  end(): void;
}

const DECODERS: Readonly<Record<string, () => Transform>> = {
  gzip: createGunzip,
  'x-gzip': createGunzip,
  deflate: createInflate,
  br: createBrotliDecompress,
};

/** The body of an answer, as somebody sees it who looks on: JSON, or Server-Sent Events; anything else is not read. */
export class HttpBody {
  readonly #reader: Reader | null;
  readonly #decoder: Transform | null;

  constructor(contentType: string, encoding: string | undefined, options: HttpBodyOptions) {
    const createDecoder = encoding === undefined ? undefined : DECODERS[encoding.trim().toLowerCase()];
    const isReadable = createDecoder !== undefined || encoding === undefined || encoding === 'identity';
    this.#reader = isReadable ? readerFor(contentType, options) : null;
    this.#decoder = (this.#reader && createDecoder?.()) ?? null;
    this.#decoder?.on('data', (chunk: Buffer) => this.#reader?.push(chunk));
    // What cannot be decoded is the client's to complain of.
    this.#decoder?.on('error', () => undefined);
  }

  push(chunk: Uint8Array): void {
    if (this.#decoder) this.#decoder.write(chunk);
    else this.#reader?.push(chunk);
  }

  async end(): Promise<void> {
    if (this.#decoder && !this.#decoder.destroyed) {
      this.#decoder.end();
      await once(this.#decoder, 'close').catch(() => undefined);
    }
    this.#reader?.end();
  }
}

function readerFor(contentType: string, { onMessages, onEvent }: HttpBodyOptions): Reader | null {
  const mediaType = contentType.split(';', 1)[0]?.trim().toLowerCase();
  if (mediaType === 'text/event-stream') return eventReader(onEvent);
  return mediaType === 'application/json' ? jsonReader(onMessages) : null;
}

function eventReader(onEvent: HttpBodyOptions['onEvent']): Reader {
  const parser = createParser({ onEvent });
  const decoder = new TextDecoder();
  return {
    push: (chunk) => parser.feed(decoder.decode(chunk, { stream: true })),
    end: () => undefined,
  };
}

function jsonReader(onMessages: HttpBodyOptions['onMessages']): Reader {
  const collector = new TextCollector();
  return {
    push: (chunk) => collector.append(Buffer.from(chunk.buffer, chunk.byteOffset, chunk.byteLength)),
    end() {
      const text = collector.text();
      if (text) onMessages(readWire(text), text.sizeBytes);
    },
  };
}
