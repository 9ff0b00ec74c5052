import { TextCollector } from './text-collector.ts';
import type { WireText } from './wire-text.ts';

export interface LineReaderOptions {
  /**
   * Of a longer line only its two ends are kept.
   * @defaultValue 16 MiB
   */
  readonly maxKeptBytes?: number;
}

const NEWLINE = 0x0a;

/**
 * Reads the lines of a stream that somebody else forwards: it keeps references to the chunks and copies nothing that
 * nobody asks for. So a line must be looked at while `onLine` runs, as long as its chunks are sure to be unchanged. It
 * comes without its `\n` or `\r\n`; blank lines do not come at all.
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

  /** The stream is over: what came after the last newline is a line, too. */
  end(): void {
    const text = this.#line.text();
    this.#line = new TextCollector({ maxKeptBytes: this.#maxKeptBytes });
    if (text) this.#onLine(text);
  }
}
