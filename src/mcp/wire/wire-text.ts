/**
 * Size of each end of a long text that is read. It is enough for the members before and after `arguments` or `content`.
 * Reading more would slow down every long message, and seldom avoid parsing one.
 */
export const PEEK_BYTES = 1024;

/** One text from the wire, decoded on demand. */
export interface WireText {
  /** Size of the whole text, even if it was not kept. */
  readonly sizeBytes: number;
  /** The first {@link PEEK_BYTES}, without a character that is cut at the end. */
  readonly head: string;
  /** The last {@link PEEK_BYTES}. */
  readonly tail: string;
  /** Whether `needle` (ASCII) occurs in the kept part. The search is faster if its first character is rare. */
  includes(needle: string): boolean;
  /** Whether the text was too long to keep. */
  readonly isCut: boolean;
  /** The whole text; null if it was too long to keep. */
  text(): string | null;
}

/** A text that is already decoded. */
export function wireTextOf(raw: string): WireText {
  return new StringText(raw);
}

/** A text as bytes. */
export function wireTextOfChunks(chunks: readonly Buffer[]): WireText {
  return new BytesText(chunks);
}

/** A text that was too long to keep, with its two ends and its size. */
export function cutWireText(first: Buffer, last: Buffer, sizeBytes: number): WireText {
  const head = decodeHead(first);
  const tail = decodeTail(last);
  const includes = (needle: string): boolean => head.includes(needle) || tail.includes(needle);
  return { sizeBytes, head, tail, includes, isCut: true, text: () => null };
}

/** The first `length` bytes of some chunks, or all if there are fewer. */
export function firstBytes(chunks: readonly Buffer[], length: number): Buffer {
  let count = 0;
  for (let size = 0; size < length && count < chunks.length; count++) size += chunks[count]?.length ?? 0;
  return joined(chunks.slice(0, count)).subarray(0, length);
}

/** The last `length` bytes of some chunks, or all if there are fewer. */
export function lastBytes(chunks: readonly Buffer[], length: number): Buffer {
  let start = chunks.length;
  for (let size = 0; size < length && start > 0;) size += chunks[--start]?.length ?? 0;
  return joined(chunks.slice(start)).subarray(-length);
}

/** Joins its chunks only in {@link text}, because copying a long line costs more than reading it. */
class BytesText implements WireText {
  readonly #chunks: readonly Buffer[];
  readonly isCut = false;
  readonly sizeBytes: number;

  constructor(chunks: readonly Buffer[]) {
    this.#chunks = chunks;
    this.sizeBytes = chunks.reduce((size, chunk) => size + chunk.length, 0);
  }

  get head(): string {
    // One more byte shows whether a character is cut.
    return decodeHead(firstBytes(this.#chunks, PEEK_BYTES + 1));
  }

  get tail(): string {
    return decodeTail(lastBytes(this.#chunks, PEEK_BYTES));
  }

  includes(needle: string): boolean {
    return this.#chunks.some((chunk) => chunk.includes(needle)) || this.#isAcrossChunks(needle);
  }

  text(): string {
    return joined(this.#chunks).toString();
  }

  #isAcrossChunks(needle: string): boolean {
    const [first, ...rest] = this.#chunks;
    const reach = needle.length - 1;
    let before = first?.subarray(-reach) ?? Buffer.alloc(0);
    return rest.some((chunk) => {
      const seam = Buffer.concat([before, chunk.subarray(0, reach)]);
      before = chunk.length < reach ? seam.subarray(-reach) : chunk.subarray(-reach);
      return seam.includes(needle);
    });
  }
}

class StringText implements WireText {
  readonly #text: string;
  readonly isCut = false;
  readonly sizeBytes: number;

  constructor(text: string) {
    this.#text = text;
    this.sizeBytes = Buffer.byteLength(text);
  }

  get head(): string {
    const isCutInTwo = isHighSurrogate(this.#text.charCodeAt(PEEK_BYTES - 1));
    return this.#text.slice(0, isCutInTwo ? PEEK_BYTES - 1 : PEEK_BYTES);
  }

  get tail(): string {
    return this.#text.slice(-PEEK_BYTES);
  }

  includes(needle: string): boolean {
    return this.#text.includes(needle);
  }

  text(): string {
    return this.#text;
  }
}

function joined(chunks: readonly Buffer[]): Buffer {
  const [first] = chunks;
  return first !== undefined && chunks.length === 1 ? first : Buffer.concat(chunks);
}

function decodeHead(bytes: Buffer): string {
  let end = Math.min(bytes.length, PEEK_BYTES);
  // Excludes a UTF-8 sequence that continues behind the cut. A sequence has at most four bytes.
  for (let steps = 0; steps < 3 && isContinuation(bytes[end]); steps++) end--;
  return bytes.toString('utf8', 0, end);
}

function decodeTail(bytes: Buffer): string {
  return bytes.toString('utf8', Math.max(0, bytes.length - PEEK_BYTES));
}

function isContinuation(byte: number | undefined): boolean {
  return byte !== undefined && (byte & 0xc0) === 0x80;
}

function isHighSurrogate(codeUnit: number): boolean {
  return (codeUnit & 0xfc00) === 0xd800;
}
