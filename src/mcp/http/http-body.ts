import { once } from 'node:events';

import type { EventSourceMessage } from 'eventsource-parser';

import type { Allowance } from '../../monitor/allowance.ts';
import { LIMITS, type OnLimit } from '../../monitor/limits.ts';
import type { UnobservedReason } from '../../monitor/unobserved-reasons.ts';
import { EventReader } from '../wire/event-reader.ts';
import { TextCollector } from '../wire/text-collector.ts';
import type { WireText } from '../wire/wire-text.ts';
import { createDecoder, type Decoder } from './content-decoding.ts';
import { mediaTypeOf, type MediaType } from './media-type.ts';

export interface HttpBodyOptions {
  /** Called with a JSON body when it is complete. */
  readonly onJson: (text: WireText) => void;
  /** Called with each event of a stream at once. */
  readonly onEvent: (event: EventSourceMessage) => void;
  /** Called with an error of reading. The rest of the body is then not read. */
  readonly onError: (error: unknown) => void;
  /** Called when part of the body cannot be read. */
  readonly onUnread: (reason: UnobservedReason) => void;
  /** Called with a content encoding that is not supported. */
  readonly onUndecodable: (encoding: string) => void;
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

/** Maximum ratio of decoded to encoded bytes of an event stream. JSON seldom exceeds ten. */
const STREAM_RATIO = 20;

/**
 * Observes the body of a response: JSON or Server-Sent Events. Other types are not read. Forwarding never waits for this
 * class: if decoding cannot keep up, the rest of the body is not read.
 */
export class HttpBody {
  readonly #options: HttpBodyOptions;
  readonly #decoder: Decoder | null;
  readonly #isStream: boolean;
  #reader: Reader | null;
  #encodedBytes = 0;
  #decodedBytes = 0;

  constructor(contentType: string, encoding: string | undefined, options: HttpBodyOptions) {
    const mediaType = mediaTypeOf(contentType);
    const decoder = createDecoder(encoding, {
      onDecoded: (bytes) => this.#mayDecode(bytes),
      // Not reported here: the client reports a body that cannot be decoded.
      onError: () => options.onUnread('undecodable'),
    });
    this.#options = options;
    this.#isStream = mediaType === 'event_stream';
    this.#reader = decoder === undefined ? null : readerFor(mediaType, options);
    this.#decoder = decoder ?? null;
    this.#decoder?.output.on('data', (chunk: Buffer) => this.#read((reader) => reader.push(chunk)));
    if (!this.#reader) options.onUnread(decoder === undefined ? 'undecodable' : 'not_json_rpc');
    if (decoder === undefined) options.onUndecodable(encoding ?? '');
  }

  push(chunk: Uint8Array): void {
    if (!this.#reader) return;
    if (!this.#decoder) return this.#read((reader) => reader.push(chunk));
    const { input } = this.#decoder;
    if (input.destroyed) return;
    this.#encodedBytes += chunk.length;
    // The body arrives faster than it is decoded.
    if (input.writableLength > LIMITS.text_bytes.max) return this.#giveUp();
    input.write(chunk);
  }

  async end(): Promise<void> {
    if (this.#decoder && !this.#decoder.input.destroyed) {
      const { input, output } = this.#decoder;
      input.end();
      await once(output, 'close').catch(() => undefined);
    }
    this.#read((reader) => reader.end());
    this.#reader?.release();
    this.#reader = null;
  }

  #mayDecode(bytes: number): boolean {
    this.#decodedBytes += bytes;
    const allowed = LIMITS.decoded_bytes.max + (this.#isStream ? STREAM_RATIO * this.#encodedBytes : 0);
    if (this.#decodedBytes > allowed) this.#giveUp();
    return this.#reader !== null;
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

function readerFor(mediaType: MediaType | null, options: HttpBodyOptions): Reader | null {
  if (mediaType === 'event_stream') return eventReader(options);
  return mediaType === 'json' ? jsonReader(options) : null;
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
