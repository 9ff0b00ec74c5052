import type { BigIntStats } from 'node:fs';
import type { FileHandle } from 'node:fs/promises';

/** The content of a file, and its stats at that time. */
interface ReadFile {
  readonly bytes: Buffer;
  readonly stats: BigIntStats;
}

/** `not_a_file` includes broken symlinks. */
export type ReadOutcome = ReadFile | 'not_a_file' | 'too_large' | 'unreadable';

/** Reads at most `maxBytes` from a file's descriptor, even if the file grows meanwhile. */
export async function readBounded(file: FileHandle, maxBytes: number): Promise<ReadOutcome> {
  const stats = await file.stat({ bigint: true });
  if (!stats.isFile()) return 'not_a_file';
  if (stats.size > maxBytes) return 'too_large';
  const buffer = Buffer.alloc(Number(stats.size) + 1);
  let length = 0;
  while (length < buffer.length) {
    const { bytesRead } = await file.read(buffer, length, buffer.length - length, length);
    if (bytesRead === 0) return { bytes: buffer.subarray(0, length), stats };
    length += bytesRead;
  }
  // The file has grown because another process writes to it.
  return 'not_a_file';
}

/** The text of a UTF-8 file, including its byte order mark; null if it is not UTF-8. */
export function decodeText(bytes: Uint8Array): string | null {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    return null;
  }
}
