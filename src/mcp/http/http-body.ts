import { once } from 'node:events';
import type { Transform } from 'node:stream';
import { createBrotliDecompress, createGunzip, createInflate } from 'node:zlib';

import type { EventSourceMessage } from 'eventsource-parser';

import type { Allowance } from '../../monitor/allowance.ts';
import { LIMITS, type OnLimit } from '../../monitor/limits.ts';
import type { UnobservedReason } from '../../monitor/unobserved-reasons.ts';
import { EventReader } from '../wire/event-reader.ts';
import { TextCollector } from '../wire/text-collector.ts';
import type { WireText } from '../wire/wire-text.ts';

export interface HttpBodyOptions {
  /** Called with a JSON body when it is complete. */
  readonly onJson: (text: WireText) => void;
  /** Called with each event of a stream at once. */
  readonly onEvent: (event: EventSourceMessage) => void;
  /** Called with an error of reading. The rest of the body is then not read. */
  readonly onError: (error: unknown) => void;
  /** Called when part of the body cannot be read. */
  readonly onUnread: (reason: UnobservedReason) => void;
  /** The bytes that all bodies together may buffer. */
  readonly allowance: Allowance;
  readonly onLimit: OnLimit;
}

/** Reads the content of one media type, chunk by chunk. */
interface Reader {
  push(chunk: Uint8Array): void;
  end(): void;
  /** Frees all buffered bytes. */
  release(): void;
}

/** By content encoding; null for an encoding that needs no decoding. */
const DECODERS = new Map<string, (() => Transform) | null>([
  ['identity', null],
  ['gzip', createGunzip],
  ['x-gzip', createGunzip],
  ['deflate', createInflate],
  ['br', createBrotliDecompress],
]);
/** Maximum ratio of decoded to encoded bytes of an event stream. JSON seldom exceeds ten. */
const STREAM_RATIO = 20;

/**
 * Observes the body of a response: JSON or Server-Sent Events. Other types are not read. Forwarding never waits for this
 * class: if decoding cannot keep up, the rest of the body is not read.
 */
export class HttpBody {
  readonly #options: HttpBodyOptions;
  readonly #decoder: Transform | null;
  readonly #isStream: boolean;
  #reader: Reader | null;
  #encodedBytes = 0;
  #decodedBytes = 0;

  constructor(contentType: string, encoding: string | undefined, options: HttpBodyOptions) {
    const createDecoder = DECODERS.get((encoding ?? 'identity').trim().toLowerCase());
    const mediaType = contentType.split(';', 1)[0]?.trim().toLowerCase();
    this.#options = options;
    this.#isStream = mediaType === 'text/event-stream';
    this.#reader = createDecoder === undefined ? null : readerFor(mediaType, options);
    if (!this.#reader) options.onUnread(createDecoder === undefined ? 'undecodable' : 'not_json_rpc');
    this.#decoder = (this.#reader && createDecoder?.()) ?? null;
    this.#decoder?.on('data', (chunk: Buffer) => this.#onDecoded(chunk));
    // Not reported here: the client reports a body that cannot be decoded.
    this.#decoder?.on('error', () => options.onUnread('undecodable'));
  }

  push(chunk: Uint8Array): void {
    if (!this.#decoder) return this.#read((reader) => reader.push(chunk));
    if (!this.#reader) return;
    this.#encodedBytes += chunk.length;
    // The body arrives faster than it is decoded.
    if (this.#decoder.writableLength > LIMITS.text_bytes.max) return this.#giveUp();
    this.#decoder.write(chunk);
  }

  async end(): Promise<void> {
    if (this.#decoder && !this.#decoder.destroyed) {
      this.#decoder.end();
      await once(this.#decoder, 'close').catch(() => undefined);
    }
    this.#read((reader) => reader.end());
    this.#reader?.release();
    this.#reader = null;
  }

  #onDecoded(chunk: Buffer): void {
    this.#decodedBytes += chunk.length;
    const allowed = LIMITS.decoded_bytes.max + (this.#isStream ? STREAM_RATIO * this.#encodedBytes : 0);
    if (this.#decodedBytes > allowed) this.#giveUp();
    else this.#read((reader) => reader.push(chunk));
  }

  #giveUp(): void {
    if (!this.#reader) return;
    this.#stop();
    this.#options.onLimit('decoded_bytes');
    this.#options.onUnread('too_large');
  }

  #read(read: (reader: Reader) => void): void {
    if (!this.#reader) return;
    try {
      read(this.#reader);
    } catch (error) {
      this.#stop();
      this.#options.onUnread('fault');
      this.#options.onError(error);
    }
  }

  #stop(): void {
    this.#reader?.release();
    this.#reader = null;
    this.#decoder?.destroy();
  }
}

function readerFor(mediaType: string | undefined, options: HttpBodyOptions): Reader | null {
  if (mediaType === 'text/event-stream') return eventReader(options);
  return mediaType === 'application/json' ? jsonReader(options) : null;
}

function eventReader({ onEvent, onUnread, allowance, onLimit }: HttpBodyOptions): Reader {
  const reader = new EventReader({ onEvent, onUnread: () => onUnread('too_large'), allowance, onLimit });
  return {
    push: (chunk) => reader.push(chunk),
    end: () => undefined,
    release: () => reader.end(),
  };
}

function jsonReader({ onJson, allowance }: HttpBodyOptions): Reader {
  const collector = new TextCollector({ allowance });
  return {
    push: (chunk) => collector.append(Buffer.from(chunk.buffer, chunk.byteOffset, chunk.byteLength)),
    end() {
      const text = collector.text();
      if (text) onJson(text);
    },
    release: () => collector.release(),
  };
}
