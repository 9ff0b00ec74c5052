import { createParser, type EventSourceMessage } from 'eventsource-parser';

import type { Allowance } from '../../monitor/allowance.ts';
import { LIMITS, type OnLimit } from '../../monitor/limits.ts';

export interface EventReaderOptions {
  readonly onEvent: (event: EventSourceMessage) => void;
  /** Called when an event was too long to read. */
  readonly onUnread: () => void;
  /** The bytes of incomplete events that all readers together may buffer. */
  readonly allowance: Allowance;
  readonly onLimit: OnLimit;
}

const BLANK_LINE = /(?:\r\n|\n|\r(?!\n))(?:\r\n|\n|\r)/;
const ENDS_IN_BLANK_LINE = new RegExp(`${BLANK_LINE.source}$`);
/** A blank line has up to four characters, so up to three of them may end a chunk. */
const BLANK_LINE_REACH = 3;

/** Reads Server-Sent Events in bounded memory. An event that is too long is skipped. */
export class EventReader {
  readonly #options: EventReaderOptions;
  readonly #decoder = new TextDecoder();
  readonly #parser;
  /** The line end at the end of the last chunk was completed. A LF that follows belongs to it. */
  #hasEndedInReturn = false;
  /** The number of buffered bytes of the incomplete event. */
  #pendingBytes = 0;
  /** The last characters of an event while it is being skipped. */
  #skipped: string | null = null;

  constructor(options: EventReaderOptions) {
    this.#options = options;
    this.#parser = createParser({
      onEvent: (event) => {
        this.#release();
        options.onEvent(event);
      },
    });
  }

  push(chunk: Uint8Array): void {
    const text = this.#completeLineEnd(this.#decoder.decode(chunk, { stream: true }));
    if (this.#skipped !== null) return this.#skip(text);
    this.#parser.feed(text);
    if (endsEvent(text)) this.#release();
    else this.#hold(chunk.length);
  }

  end(): void {
    this.#release();
  }

  /** A line may end in CR alone. The parser would wait for the next chunk to see whether a LF follows. */
  #completeLineEnd(text: string): string {
    if (text === '') return text;
    const rest = this.#hasEndedInReturn && text.startsWith('\n') ? text.slice(1) : text;
    this.#hasEndedInReturn = rest.endsWith('\r');
    return this.#hasEndedInReturn ? `${rest}\n` : rest;
  }

  #hold(bytes: number): void {
    const { allowance, onLimit, onUnread } = this.#options;
    const isTooLong = this.#pendingBytes + bytes > LIMITS.text_bytes.max;
    if (isTooLong) onLimit('text_bytes');
    if (!isTooLong && allowance.take(bytes)) {
      this.#pendingBytes += bytes;
      return;
    }
    this.#release();
    this.#parser.reset();
    this.#skipped = '';
    onUnread();
  }

  #skip(text: string): void {
    const seen = `${this.#skipped ?? ''}${text}`;
    const blank = BLANK_LINE.exec(seen);
    if (!blank) {
      this.#skipped = seen.slice(-BLANK_LINE_REACH);
      return;
    }
    this.#skipped = null;
    const rest = seen.slice(blank.index + blank[0].length);
    this.#parser.feed(rest);
    if (!endsEvent(rest)) this.#hold(rest.length);
  }

  #release(): void {
    this.#options.allowance.give(this.#pendingBytes);
    this.#pendingBytes = 0;
  }
}

/** Whether the parser's buffer is empty after this text. */
function endsEvent(text: string): boolean {
  return ENDS_IN_BLANK_LINE.test(text.slice(-2 * BLANK_LINE_REACH));
}
