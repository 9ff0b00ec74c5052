import { createParser, type EventSourceMessage } from 'eventsource-parser';

import type { Allowance } from '../../monitor/allowance.ts';
import { LIMITS, type OnLimit } from '../../monitor/limits.ts';

export interface EventReaderOptions {
  readonly onEvent: (event: EventSourceMessage) => void;
  /** Called when an event was too long to be read. */
  readonly onUnread: () => void;
  /** What all readers may hold of events that are not complete. */
  readonly allowance: Allowance;
  readonly onLimit: OnLimit;
}

const BLANK_LINE = /\r\n\r\n|\n\n|\r\r/;
/** Ends as long as a blank line may be, with one character less. */
const BLANK_LINE_REACH = 3;

/** Reads Server-Sent Events in memory that is bounded: an event that is too long is skipped, and the next one is read. */
export class EventReader {
  readonly #options: EventReaderOptions;
  readonly #decoder = new TextDecoder();
  readonly #parser;
  /** Of the event that is not complete: no more than this is held. */
  #pendingBytes = 0;
  /** While an event is skipped: the last characters of it. */
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
    const text = this.#decoder.decode(chunk, { stream: true });
    if (this.#skipped !== null) return this.#skip(text);
    this.#parser.feed(text);
    if (endsEvent(text)) this.#release();
    else this.#hold(chunk.length);
  }

  end(): void {
    this.#release();
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
    if (rest === '') return;
    this.#parser.feed(rest);
    if (!endsEvent(rest)) this.#hold(rest.length);
  }

  #release(): void {
    this.#options.allowance.give(this.#pendingBytes);
    this.#pendingBytes = 0;
  }
}

/** Whether the parser holds nothing after this text. */
function endsEvent(text: string): boolean {
  return text.endsWith('\n\n') || text.endsWith('\r\n\r\n');
}
