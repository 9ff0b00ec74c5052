/** An `endpoint` event is short; a longer event is passed on as it comes. */
const MAX_HELD_BYTES = 64 * 1024;
const LF = 0x0a;
const CR = 0x0d;

/**
 * Replaces the address in the `endpoint` events of an HTTP+SSE stream, which tell a client where to send its messages.
 * Every other byte is passed on as it came, event by event: no client reads an event before it is complete.
 *
 * @see {@link https://html.spec.whatwg.org/multipage/server-sent-events.html#event-stream-interpretation}
 */
export class EndpointRewriter {
  readonly #replace: (endpoint: string) => string | null;
  /** The current event, as far as it has come. */
  #held: Buffer[] = [];
  #heldBytes = 0;
  /** The current event is too long to be held. */
  #isPassing = false;
  #isLineEmpty = true;
  /** A line feed that comes next belongs to the line end before it. */
  #hasEndedInReturn = false;

  /** @param replace - returns the new address, or null to keep the old one */
  constructor(replace: (endpoint: string) => string | null) {
    this.#replace = replace;
  }

  /** @returns what can be passed on now */
  push(chunk: Buffer): Buffer {
    const out: Buffer[] = [];
    let start = 0;
    for (let i = 0; i < chunk.length; i++) {
      const byte = chunk[i];
      const isPairEnd = byte === LF && this.#hasEndedInReturn;
      this.#hasEndedInReturn = byte === CR;
      if (isPairEnd) {
        // Of the event that was passed on already.
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

  /** @returns what is left of a stream that ends within an event, which no client reads */
  end(): Buffer {
    return this.#release();
  }

  #take(bytes: Buffer, out: Buffer[]): void {
    if (this.#isPassing) return void out.push(bytes);
    this.#held.push(bytes);
    this.#heldBytes += bytes.length;
    if (this.#heldBytes <= MAX_HELD_BYTES) return;
    this.#isPassing = true;
    out.push(this.#release());
  }

  #endEvent(out: Buffer[]): void {
    if (!this.#isPassing) out.push(this.#rewrite(this.#release()));
    this.#isPassing = false;
  }

  #release(): Buffer {
    const held = Buffer.concat(this.#held);
    this.#held = [];
    this.#heldBytes = 0;
    return held;
  }

  #rewrite(event: Buffer): Buffer {
    if (!event.includes('endpoint')) return event;
    // One character a byte, so that whatever is not replaced stays as it is.
    const lines = event.toString('latin1').split(/(?<=\n|\r(?!\n))/);
    const fields = lines.map(readField);
    const type = fields.findLast(({ name }) => name === 'event')?.value;
    const data = fields.filter(({ name }) => name === 'data').map(({ value }) => value);
    if (type?.trim() !== 'endpoint' || data.length === 0) return event;
    const endpoint = this.#replace(Buffer.from(data.join('\n'), 'latin1').toString());
    if (endpoint === null) return event;
    const first = fields.findIndex(({ name }) => name === 'data');
    const replaced = lines.flatMap((line, i) => {
      if (i === first)
        return [`${line.startsWith(BOM) ? BOM : ''}data: ${endpoint}${/[\r\n]+$/.exec(line)?.[0] ?? ''}`];
      if (fields[i]?.name === 'data') return [];
      // Without the line after it, a CR would make one line end with the LF of the next.
      return [data.length > 1 && i < lines.length - 1 ? line.replace(/\r$/, '\n') : line];
    });
    return Buffer.from(replaced.join(''), 'latin1');
  }
}

/** A byte order mark may begin a stream. */
const BOM = Buffer.from('\ufeff').toString('latin1');

function readField(line: string): { readonly name: string; readonly value: string } {
  const [, name = '', value = ''] = /^(?:\u00ef\u00bb\u00bf)?([^:\r\n]*)(?:: ?([^\r\n]*))?/.exec(line) ?? [];
  return { name, value };
}
