import type { Allowance } from '../../monitor/allowance.ts';
import { LIMITS } from '../../monitor/limits.ts';
import {
  cutWireText,
  firstBytes,
  lastBytes,
  PEEK_BYTES,
  wireTextOfChunks,
  type WireText,
} from './wire-text.ts';

const MAX_LOOSE_CHUNKS = 256;
const RETURN = 0x0d;

export interface TextCollectorOptions {
  /**
   * Only the two ends of a longer text are kept.
   * @defaultValue 16 MiB
   */
  readonly maxKeptBytes?: number | undefined;
  /** The bytes that all collectors together may keep. Beyond it, only the two ends are kept. @defaultValue no limit */
  readonly allowance?: Allowance | undefined;
}

/**
 * Collects the chunks of a text in bounded memory: only the two ends of a long text are kept. With an allowance, call
 * {@link release} if the text is not needed.
 */
export class TextCollector {
  readonly #maxKeptBytes: number;
  readonly #allowance: Allowance | undefined;
  #takenBytes = 0;
  #sizeBytes = 0;
  #chunks: Buffer[] = [];
  #mergedChunks = 0;
  #ends: { head: Buffer; tail: Buffer } | null = null;

  constructor({ maxKeptBytes = LIMITS.text_bytes.max, allowance }: TextCollectorOptions = {}) {
    this.#maxKeptBytes = maxKeptBytes;
    this.#allowance = allowance;
  }

  /** Whether only the two ends are kept. */
  get isCut(): boolean {
    return this.#ends !== null;
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
    // One more byte, because a final `\r` does not count.
    if (this.#sizeBytes > this.#maxKeptBytes + 1 || !this.#take(chunk.length)) this.#keepOnlyTheEnds();
  }

  /** Returns its part of the allowance. Do not append afterwards. */
  release(): void {
    this.#allowance?.give(this.#takenBytes);
    this.#takenBytes = 0;
  }

  /** The collected text without a final `\r`; null if it is blank. Use it before more chunks arrive. */
  text(): WireText | null {
    this.release();
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

  #take(bytes: number): boolean {
    if (!this.#allowance) return true;
    if (!this.#allowance.take(bytes)) return false;
    this.#takenBytes += bytes;
    return true;
  }

  /** Merges chunks, because a reference to a tiny chunk takes more memory than its bytes. */
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
    this.release();
  }
}

/** Copies, so that the chunks can be freed. Keeps one more byte than is read, because it may be a `\r`. */
function copyOfEnd(chunks: readonly Buffer[]): Buffer {
  return Buffer.from(lastBytes(chunks, PEEK_BYTES + 1));
}

function isBlank(byte: number): boolean {
  return byte === 0x20 || byte === 0x09 || byte === RETURN;
}
