import type { Readable } from 'node:stream';

const NEWLINE = 0x0a;

/**
 * Yields the lines of a stream.
 *
 * @throws RangeError if a line is longer than `maxBytes`
 */
export async function* readLines(stream: Readable, maxBytes: number): AsyncGenerator<string> {
  let pending: Buffer[] = [];
  let pendingBytes = 0;
  for await (const chunk of stream as AsyncIterable<Buffer>) {
    let start = 0;
    for (let end = chunk.indexOf(NEWLINE); end !== -1; end = chunk.indexOf(NEWLINE, start)) {
      requireShort(pendingBytes + end - start, maxBytes);
      yield Buffer.concat([...pending, chunk.subarray(start, end)]).toString('utf8');
      pending = [];
      pendingBytes = 0;
      start = end + 1;
    }
    pending.push(chunk.subarray(start));
    pendingBytes += chunk.length - start;
    requireShort(pendingBytes, maxBytes);
  }
}

function requireShort(bytes: number, maxBytes: number): void {
  if (bytes > maxBytes) throw new RangeError(`expected lines of at most ${maxBytes} bytes`);
}

interface Tail {
  readonly text: string;
  readonly isCut: boolean;
}

/** Reads a stream, so that its writer never blocks, and keeps the end of its text. */
export function keepTail(stream: Readable, maxBytes: number): () => Tail {
  let tail = Buffer.alloc(0);
  let bytes = 0;
  stream.on('data', (chunk: Buffer) => {
    bytes += chunk.length;
    tail = Buffer.from(Buffer.concat([tail, chunk.subarray(-maxBytes)]).subarray(-maxBytes));
  });
  // A broken pipe delivers no more data.
  stream.on('error', () => undefined);
  return () => ({ text: tail.toString('utf8'), isCut: bytes > maxBytes });
}
