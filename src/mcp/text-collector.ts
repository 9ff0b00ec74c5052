import {
  cutWireText,
  firstBytes,
  lastBytes,
  PEEK_BYTES,
  wireTextOfChunks,
  type WireText,
} from './wire-text.ts';

const MAX_KEPT_BYTES = 16 * 1024 * 1024;
const MAX_LOOSE_CHUNKS = 256;
const RETURN = 0x0d;

/** A text as far as it has come, in memory that is bounded: of one that is too long only the two ends are kept. */
export class TextCollector {
  readonly #maxKeptBytes: number;
  #sizeBytes = 0;
  #chunks: Buffer[] = [];
  #mergedChunks = 0;
  #ends: { readonly head: Buffer; tail: Buffer } | null = null;

  constructor(maxKeptBytes = MAX_KEPT_BYTES) {
    this.#maxKeptBytes = maxKeptBytes;
  }

  append(chunk: Buffer): void {
    if (chunk.length === 0) return;
    this.#sizeBytes += chunk.length;
    if (this.#ends) {
      this.#ends.tail = copyOfEnd([this.#ends.tail, chunk]);
      return;
    }
    this.#chunks.push(chunk);
    if (this.#chunks.length - this.#mergedChunks >= MAX_LOOSE_CHUNKS) this.#mergeLooseChunks();
    // One byte more: it may be a `\r`, which does not count.
    if (this.#sizeBytes > this.#maxKeptBytes + 1) this.#keepOnlyTheEnds();
  }

  /** What has come, without a `\r` at its end; null where it is blank. */
  text(): WireText | null {
    this.#dropReturn();
    const { head, tail } = this.#ends ?? {};
    if (head && tail) return cutWireText(head, tail, this.#sizeBytes);
    if (this.#chunks.every((chunk) => chunk.every(isBlank))) return null;
    if (this.#sizeBytes <= this.#maxKeptBytes) return wireTextOfChunks(this.#chunks);
    return cutWireText(firstBytes(this.#chunks, PEEK_BYTES + 1), copyOfEnd(this.#chunks), this.#sizeBytes);
  }

  #dropReturn(): void {
    const last = this.#ends?.tail ?? this.#chunks.at(-1);
    if (last?.at(-1) !== RETURN) return;
    this.#sizeBytes--;
    if (this.#ends) this.#ends.tail = last.subarray(0, -1);
    else this.#chunks[this.#chunks.length - 1] = last.subarray(0, -1);
  }

  /** A reference costs more than the few bytes of a tiny chunk. */
  #mergeLooseChunks(): void {
    this.#chunks.push(Buffer.concat(this.#chunks.splice(this.#mergedChunks)));
    this.#mergedChunks = this.#chunks.length;
  }

  #keepOnlyTheEnds(): void {
    this.#ends = {
      head: Buffer.from(firstBytes(this.#chunks, PEEK_BYTES + 1)),
      tail: copyOfEnd(this.#chunks),
    };
    this.#chunks = [];
  }
}

/** A copy, so that the chunks can go. One byte more than is looked at: it may be a `\r`. */
function copyOfEnd(chunks: readonly Buffer[]): Buffer {
  return Buffer.from(lastBytes(chunks, PEEK_BYTES + 1));
}

function isBlank(byte: number): boolean {
  return byte === 0x20 || byte === 0x09 || byte === RETURN;
}
