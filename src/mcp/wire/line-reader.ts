import { TextCollector } from './text-collector.ts';
import type { WireText } from './wire-text.ts';

export interface LineReaderOptions {
  /**
   * Only the two ends of a longer line are kept.
   * @defaultValue 16 MiB
   */
  readonly maxKeptBytes?: number;
}

const NEWLINE = 0x0a;

/**
 * Reads the lines of a stream that is forwarded elsewhere. It keeps references to the chunks and copies on demand only, so
 * a line must be used while `onLine` runs. Lines are passed without `\n` or `\r\n`. Blank lines are skipped.
 */
export class LineReader {
  readonly #onLine: (line: WireText) => void;
  readonly #maxKeptBytes: number | undefined;
  #line: TextCollector;

  constructor(onLine: (line: WireText) => void, { maxKeptBytes }: LineReaderOptions = {}) {
    this.#onLine = onLine;
    this.#maxKeptBytes = maxKeptBytes;
    this.#line = new TextCollector({ maxKeptBytes });
  }

  push(chunk: Buffer): void {
    let start = 0;
    for (let end = chunk.indexOf(NEWLINE); end !== -1; end = chunk.indexOf(NEWLINE, start)) {
      this.#line.append(chunk.subarray(start, end));
      start = end + 1;
      this.end();
    }
    this.#line.append(chunk.subarray(start));
  }

  /** Call when the stream has ended. Text after the last newline counts as a line. */
  end(): void {
    const text = this.#line.text();
    this.#line = new TextCollector({ maxKeptBytes: this.#maxKeptBytes });
    if (text) this.#onLine(text);
  }
}
