import { LIMITS } from '../monitor/limits.ts';
import type { NonBlockingWriter } from './stderr.ts';

const RETRY_MS = 100;
/** Rate limit for the lines that report dropped lines. */
const REPORT_EVERY_MS = 10_000;

/**
 * A bounded buffer of log lines for stderr. It never blocks and never throws. Lines that do not fit or cannot be written
 * (full disk, closed pipe) are dropped and counted.
 */
export class LogBuffer {
  readonly #writer: NonBlockingWriter;
  readonly #maxBytes: number;
  #lines: Buffer[] = [];
  #sizeBytes = 0;
  /** Bytes of the first line that are already written. */
  #written = 0;
  #isRetrying = false;
  #droppedLines = 0;
  #reportedLines = 0;
  #reportedAtMs = -Infinity;

  constructor(writer: NonBlockingWriter, maxBytes: number = LIMITS.log_buffer.max) {
    this.#writer = writer;
    this.#maxBytes = maxBytes;
  }

  /** Number of dropped lines since the start. */
  get droppedLines(): number {
    return this.#droppedLines;
  }

  /** @param line - including its line break */
  write(line: string): void {
    const bytes = Buffer.from(line);
    if (this.#sizeBytes + bytes.length > this.#maxBytes) return this.drop();
    this.#append(bytes);
    this.#flush();
  }

  /** Counts lines that the caller dropped. */
  drop(lines = 1): void {
    this.#droppedLines += lines;
  }

  #append(bytes: Buffer): void {
    this.#lines.push(bytes);
    this.#sizeBytes += bytes.length;
  }

  #flush(): void {
    try {
      while (this.#lines.length > 0) {
        if (!this.#writeFirst()) return this.#retryLater();
        if (this.#lines.length === 0) this.#reportDropped();
      }
    } catch {
      this.drop(this.#lines.length);
      this.#lines = [];
      this.#sizeBytes = 0;
      this.#written = 0;
    }
  }

  /** @returns false if stderr is full */
  #writeFirst(): boolean {
    const [first] = this.#lines;
    if (!first) return true;
    const count = this.#writer.write(first.subarray(this.#written));
    this.#written += count;
    if (this.#written < first.length) return count > 0;
    this.#lines.shift();
    this.#sizeBytes -= first.length;
    this.#written = 0;
    return true;
  }

  #retryLater(): void {
    if (this.#isRetrying) return;
    this.#isRetrying = true;
    setTimeout(() => {
      this.#isRetrying = false;
      this.#flush();
    }, RETRY_MS).unref();
  }

  /** Writes a line with the number of dropped lines at the place of the gap. */
  #reportDropped(): void {
    const lines = this.#droppedLines - this.#reportedLines;
    const now = performance.now();
    if (lines === 0 || now - this.#reportedAtMs < REPORT_EVERY_MS) return;
    this.#reportedAtMs = now;
    this.#reportedLines = this.#droppedLines;
    const line = { level: 40, time: Date.now(), lines, msg: 'log lines dropped' };
    this.#append(Buffer.from(`${JSON.stringify(line)}\n`));
  }
}
