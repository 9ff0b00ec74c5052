import { Transform, type TransformCallback } from 'node:stream';
import * as zlib from 'node:zlib';

/** Node has zstd since 22.15. */
const { createZstdDecompress, zstdDecompressSync } = zlib as typeof zlib & {
  createZstdDecompress?: () => Transform;
  zstdDecompressSync?: (bytes: Buffer, options: { maxOutputLength: number }) => Buffer;
};

interface Coding {
  readonly createDecoder: () => Transform;
  readonly decode: (bytes: Buffer, options: { maxOutputLength: number }) => Buffer;
}

/** Accepts a body without its end, as clients do. */
const LENIENT = { finishFlush: zlib.constants.Z_SYNC_FLUSH };
const LENIENT_BROTLI = { finishFlush: zlib.constants.BROTLI_OPERATION_FLUSH };
const GZIP: Coding = {
  createDecoder: () => zlib.createGunzip(LENIENT),
  decode: (bytes, options) => zlib.gunzipSync(bytes, { ...LENIENT, ...options }),
};
const CODINGS = new Map<string, Coding>([
  ['gzip', GZIP],
  ['x-gzip', GZIP],
  [
    'deflate',
    {
      createDecoder: () => new AnyInflate(),
      decode: (bytes, options) =>
        hasZlibHeader(bytes)
          ? zlib.inflateSync(bytes, { ...LENIENT, ...options })
          : zlib.inflateRawSync(bytes, { ...LENIENT, ...options }),
    },
  ],
  [
    'br',
    {
      createDecoder: () => zlib.createBrotliDecompress(LENIENT_BROTLI),
      decode: (bytes, options) => zlib.brotliDecompressSync(bytes, { ...LENIENT_BROTLI, ...options }),
    },
  ],
]);
if (createZstdDecompress && zstdDecompressSync)
  CODINGS.set('zstd', { createDecoder: createZstdDecompress, decode: zstdDecompressSync });

/** More encodings on top of each other are not decoded. */
const MAX_CODINGS = 4;

/** The codings of a Content-Encoding header in the order of decoding; null if one is not supported. */
function codingsOf(header: string): readonly Coding[] | null {
  const names = header.split(',').map((name) => name.trim().toLowerCase());
  const codings = names.filter((name) => name !== '' && name !== 'identity').map((name) => CODINGS.get(name));
  const isSupported = codings.length <= MAX_CODINGS && !codings.includes(undefined);
  return isSupported ? codings.filter((coding) => coding !== undefined).toReversed() : null;
}

export function isSupportedEncoding(header = ''): boolean {
  return codingsOf(header) !== null;
}

/** Decodes a body chunk by chunk. */
export interface Decoder {
  readonly input: Transform;
  readonly output: Transform;
  destroy(): void;
}

export interface DecoderOptions {
  /** Called with the size of each decoded chunk, also between two encodings. Returns whether it may go on. */
  readonly onDecoded: (bytes: number) => boolean;
  readonly onError: () => void;
}

/**
 * Creates the decoder for a Content-Encoding header.
 *
 * @returns null for content that is not encoded; undefined for an unsupported encoding
 */
export function createDecoder(
  header = '',
  { onDecoded, onError }: DecoderOptions,
): Decoder | null | undefined {
  const stages = codingsOf(header)?.map((coding) => coding.createDecoder());
  const [input] = stages ?? [];
  const output = stages?.at(-1);
  if (!stages || !input || !output) return stages && null;
  const destroy = () => {
    for (const stage of stages) stage.destroy();
  };
  for (const [i, stage] of stages.entries()) {
    stage.on('data', (chunk: Buffer) => void (onDecoded(chunk.length) || destroy()));
    stage.on('error', () => {
      onError();
      destroy();
    });
    const next = stages[i + 1];
    if (next) stage.pipe(next);
  }
  return { input, output, destroy };
}

/** Decodes a whole body. */
export function decodeBody(
  bytes: Buffer,
  header: string,
  maxBytes: number,
): Buffer | 'undecodable' | 'too_large' {
  const codings = codingsOf(header);
  if (!codings) return 'undecodable';
  try {
    return codings.reduce((body, { decode }) => decode(body, { maxOutputLength: maxBytes }), bytes);
  } catch (error) {
    const isTooLarge =
      error instanceof RangeError && 'code' in error && error.code === 'ERR_BUFFER_TOO_LARGE';
    return isTooLarge ? 'too_large' : 'undecodable';
  }
}

/** Decodes `deflate`, which some servers send without the zlib header (RFC 9110, section 8.4.1.2). */
class AnyInflate extends Transform {
  #inflate: Transform | null = null;

  override _transform(chunk: Buffer, _encoding: BufferEncoding, done: TransformCallback): void {
    this.#inflate ??= this.#start(chunk);
    this.#inflate.write(chunk, (error) => done(error));
  }

  override _flush(done: TransformCallback): void {
    if (!this.#inflate) return done();
    this.#inflate.once('end', done).end();
  }

  override _destroy(error: Error | null, done: (error?: Error | null) => void): void {
    this.#inflate?.destroy();
    done(error);
  }

  #start(chunk: Buffer): Transform {
    const inflate = hasZlibHeader(chunk) ? zlib.createInflate(LENIENT) : zlib.createInflateRaw(LENIENT);
    inflate.on('data', (decoded: Buffer) => this.push(decoded)).on('error', (error) => this.destroy(error));
    return inflate;
  }
}

/** The first byte of a zlib header names the method 8. A raw stream does not begin like that. */
function hasZlibHeader(bytes: Buffer): boolean {
  return ((bytes[0] ?? 0) & 0x0f) === 8;
}
