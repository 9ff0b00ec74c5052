import { once } from 'node:events';
import type { Transform } from 'node:stream';
import { createBrotliDecompress, createGunzip, createInflate } from 'node:zlib';

import { createParser, type EventSourceMessage } from 'eventsource-parser';

import { TextCollector } from './text-collector.ts';
import type { WireText } from './wire-text.ts';

export interface HttpBodyOptions {
  /** Hears what a body of JSON is, when it is complete. */
  readonly onJson: (text: WireText) => void;
  /** Hears each event of a stream at once. */
  readonly onEvent: (event: EventSourceMessage) => void;
  /** Hears what went wrong while it was read; it is not read on then. */
  readonly onError: (error: unknown) => void;
}

/** Reads what a content type holds, from the parts that come. */
interface Reader {
  push(chunk: Uint8Array): void;
  end(): void;
}

/** An event that is longer is not waited for. */
const MAX_EVENT_CHARS = 16 * 1024 * 1024;

const DECODERS = new Map<string, () => Transform>([
  ['gzip', createGunzip],
  ['x-gzip', createGunzip],
  ['deflate', createInflate],
  ['br', createBrotliDecompress],
]);

/** The body of an answer, as somebody sees it who looks on: JSON, or Server-Sent Events; anything else is not read. */
export class HttpBody {
  readonly #options: HttpBodyOptions;
  readonly #decoder: Transform | null;
  #reader: Reader | null;

  constructor(contentType: string, encoding: string | undefined, options: HttpBodyOptions) {
    const createDecoder = DECODERS.get(encoding?.trim().toLowerCase() ?? '');
    const isReadable = createDecoder !== undefined || encoding === undefined || encoding === 'identity';
    this.#options = options;
    this.#reader = isReadable ? readerFor(contentType, options) : null;
    this.#decoder = (this.#reader && createDecoder?.()) ?? null;
    this.#decoder?.on('data', (chunk: Buffer) => this.#read((reader) => reader.push(chunk)));
    // What cannot be decoded is the client's to complain of.
    this.#decoder?.on('error', () => undefined);
  }

  push(chunk: Uint8Array): void {
    if (this.#decoder) this.#decoder.write(chunk);
    else this.#read((reader) => reader.push(chunk));
  }

  async end(): Promise<void> {
    if (this.#decoder && !this.#decoder.destroyed) {
      this.#decoder.end();
      await once(this.#decoder, 'close').catch(() => undefined);
    }
    this.#read((reader) => reader.end());
  }

  #read(read: (reader: Reader) => void): void {
    if (!this.#reader) return;
    try {
      read(this.#reader);
    } catch (error) {
      this.#reader = null;
      this.#decoder?.destroy();
      this.#options.onError(error);
    }
  }
}

function readerFor(contentType: string, options: HttpBodyOptions): Reader | null {
  const mediaType = contentType.split(';', 1)[0]?.trim().toLowerCase();
  if (mediaType === 'text/event-stream') return eventReader(options.onEvent);
  return mediaType === 'application/json' ? jsonReader(options.onJson) : null;
}

function eventReader(onEvent: HttpBodyOptions['onEvent']): Reader {
  // What it makes of too long an event is an error of the next `feed`.
  const parser = createParser({ onEvent, maxBufferSize: MAX_EVENT_CHARS });
  const decoder = new TextDecoder();
  return {
    push: (chunk) => parser.feed(decoder.decode(chunk, { stream: true })),
    end: () => undefined,
  };
}

function jsonReader(onJson: HttpBodyOptions['onJson']): Reader {
  const collector = new TextCollector();
  return {
    push: (chunk) => collector.append(Buffer.from(chunk.buffer, chunk.byteOffset, chunk.byteLength)),
    end() {
      const text = collector.text();
      if (text) onJson(text);
    },
  };
}
