import { LIMITS } from '../monitor/limits.ts';
import type { NonBlockingWriter } from './stderr.ts';

const RETRY_MS = 100;
/** A flood is dropped line by line; that is not to be a flood of its own. */
const REPORT_EVERY_MS = 10_000;

/**
 * Log lines on their way to stderr, in memory that is bounded. It never waits and never throws: lines that do not fit,
 * and lines that the system refuses (a full disk, a closed pipe), are dropped and counted.
 */
export class LogBuffer {
  readonly #writer: NonBlockingWriter;
  readonly #maxBytes: number;
  #waiting: Buffer[] = [];
  #waitingBytes = 0;
  /** Bytes of the first line that are written already. */
  #written = 0;
  #isRetrying = false;
  #droppedLines = 0;
  #reportedLines = 0;
  #reportedAtMs = -Infinity;

  constructor(writer: NonBlockingWriter, maxBytes: number = LIMITS.log_buffer.max) {
    this.#writer = writer;
    this.#maxBytes = maxBytes;
  }

  /** How many lines were lost since the start. */
  get droppedLines(): number {
    return this.#droppedLines;
  }

  /** @param line - with its line break */
  write(line: string): void {
    const bytes = Buffer.from(line);
    if (this.#waitingBytes + bytes.length > this.#maxBytes) return this.drop();
    this.#append(bytes);
    this.#flush();
  }

  /** Counts a line that somebody decided not to write. */
  drop(lines = 1): void {
    this.#droppedLines += lines;
  }

  #append(bytes: Buffer): void {
    this.#waiting.push(bytes);
    this.#waitingBytes += bytes.length;
  }

  #flush(): void {
    try {
      while (this.#waiting.length > 0) {
        if (!this.#writeFirst()) return this.#retryLater();
        if (this.#waiting.length === 0) this.#reportDropped();
      }
    } catch {
      this.drop(this.#waiting.length);
      this.#waiting = [];
      this.#waitingBytes = 0;
      this.#written = 0;
    }
  }

  /** @returns false if there is no room for more now */
  #writeFirst(): boolean {
    const [first] = this.#waiting;
    if (!first) return true;
    const count = this.#writer.write(first.subarray(this.#written));
    this.#written += count;
    if (this.#written < first.length) return count > 0;
    this.#waiting.shift();
    this.#waitingBytes -= first.length;
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

  /** Says how many lines are missing, in the place where they are missing. */
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
