/** A longer event is forwarded line by line, and cannot be an `endpoint` event. */
const MAX_HELD_BYTES = 64 * 1024;
/** A line that sets the type to `endpoint` is shorter. */
const MAX_HELD_LINE_BYTES = 1024;
const LF = 0x0a;
const CR = 0x0d;

/**
 * Replaces the address in the `endpoint` events of an HTTP+SSE stream. A client sends its messages to that address. All
 * other bytes are forwarded unchanged, one event at a time, because clients process only complete events.
 *
 * @see {@link https://html.spec.whatwg.org/multipage/server-sent-events.html#event-stream-interpretation}
 */
export class EndpointRewriter {
  readonly #replace: (endpoint: string) => string | null;
  /** The received part of the current event. */
  #held: Buffer[] = [];
  #heldBytes = 0;
  /** The current event is too long to be buffered. */
  #isPassing = false;
  /** The received part of the current line of such an event. */
  #heldLine = '';
  /** The start of the current line was forwarded. */
  #isPassingLine = false;
  /** The next line is the first of the stream. */
  #isAtStart = true;
  #isLineEmpty = true;
  /** A line feed that follows belongs to the same line end. */
  #hasEndedInReturn = false;

  /** @param replace - returns the new address, or null to keep the old one */
  constructor(replace: (endpoint: string) => string | null) {
    this.#replace = replace;
  }

  /** @returns the bytes that can be forwarded now */
  push(chunk: Buffer): Buffer {
    const out: Buffer[] = [];
    let start = 0;
    for (let i = 0; i < chunk.length; i++) {
      const byte = chunk[i];
      const isPairEnd = byte === LF && this.#hasEndedInReturn;
      this.#hasEndedInReturn = byte === CR;
      if (isPairEnd) {
        // The line feed belongs to the event that was forwarded before.
        if (i === 0 && this.#heldBytes === 0) {
          out.push(chunk.subarray(0, 1));
          start = 1;
        }
        continue;
      }
      if (byte !== LF && byte !== CR) {
        this.#isLineEmpty = false;
      } else if (this.#isLineEmpty) {
        this.#take(chunk.subarray(start, i + 1), out);
        this.#endEvent(out);
        start = i + 1;
      } else {
        this.#isLineEmpty = true;
      }
    }
    if (start < chunk.length) this.#take(chunk.subarray(start), out);
    return Buffer.concat(out);
  }

  /** @returns the buffered bytes of a stream that ended within an event */
  end(): Buffer {
    return Buffer.concat([this.#release(), Buffer.from(this.#heldLine, 'latin1')]);
  }

  #take(bytes: Buffer, out: Buffer[]): void {
    if (this.#isPassing) return void out.push(this.#passLines(bytes));
    this.#held.push(bytes);
    this.#heldBytes += bytes.length;
    if (this.#heldBytes <= MAX_HELD_BYTES) return;
    this.#isPassing = true;
    out.push(this.#passLines(this.#release()));
  }

  /** Forwards the lines of a long event. A line that would make it an `endpoint` event becomes a comment. */
  #passLines(bytes: Buffer): Buffer {
    const lines = (this.#heldLine + bytes.toString('latin1')).split(/(?<=[\r\n])/);
    this.#heldLine = '';
    const passed = lines.map((line) => {
      const isComplete = /[\r\n]$/.test(line);
      if (!isComplete && !this.#isPassingLine && line.length < MAX_HELD_LINE_BYTES) {
        this.#heldLine = line;
        return '';
      }
      const isComment = !this.#isPassingLine && isEndpointType(readField(line, this.#isAtStart));
      this.#isPassingLine = !isComplete;
      this.#isAtStart = false;
      return isComment ? `:${line}` : line;
    });
    return Buffer.from(passed.join(''), 'latin1');
  }

  #endEvent(out: Buffer[]): void {
    if (!this.#isPassing) out.push(this.#rewrite(this.#release()));
    this.#isPassing = false;
    this.#isAtStart = false;
  }

  #release(): Buffer {
    const held = Buffer.concat(this.#held);
    this.#held = [];
    this.#heldBytes = 0;
    return held;
  }

  #rewrite(event: Buffer): Buffer {
    if (!event.includes('endpoint')) return event;
    // In latin1, each byte is one character, so bytes that are not replaced stay unchanged.
    const lines = event.toString('latin1').split(/(?<=\n|\r(?!\n))/);
    const fields = lines.map((line, i) => readField(line, this.#isAtStart && i === 0));
    const type = fields.findLast(({ name }) => name === 'event');
    const data = fields.filter(({ name }) => name === 'data').map(({ value }) => value);
    if (!type || !isEndpointType(type) || data.length === 0) return event;
    const endpoint = this.#replace(Buffer.from(data.join('\n'), 'latin1').toString());
    if (endpoint === null) return event;
    const first = fields.findIndex(({ name }) => name === 'data');
    const replaced = lines.flatMap((line, i) => {
      if (fields[i]?.name === 'data' && i !== first) return [];
      const [content, end] = splitLine(line);
      const mark = content.startsWith(BOM) ? BOM : '';
      // If the following lines are removed, a CR could join the LF of the next line that is kept.
      const isUnsafeEnd = data.length > 1 && i < lines.length - 1 && end === '\r';
      return [`${i === first ? `${mark}data: ${endpoint}` : content}${isUnsafeEnd ? '\n' : end}`];
    });
    return Buffer.from(replaced.join(''), 'latin1');
  }
}

/** A byte order mark may begin a stream. On any later line it is part of the field's name. */
const BOM = Buffer.from('\ufeff').toString('latin1');

interface Field {
  readonly name: string;
  readonly value: string;
}

function readField(line: string, isFirstOfStream: boolean): Field {
  const [content] = splitLine(isFirstOfStream && line.startsWith(BOM) ? line.slice(BOM.length) : line);
  const [, name = '', value = ''] = /^([^:]*)(?:: ?(.*))?/s.exec(content) ?? [];
  return { name, value };
}

/** Some clients ignore spaces around the type. */
function isEndpointType({ name, value }: Field): boolean {
  return name === 'event' && value.trim() === 'endpoint';
}

/** @returns the line without its end, and its end */
function splitLine(line: string): [string, string] {
  const content = line.replace(/\r?\n$|\r$/, '');
  return [content, line.slice(content.length)];
}
