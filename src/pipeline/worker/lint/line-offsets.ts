const LINE_END = /\r\n|\n|\r/g;

/** The offsets of a text's lines, as the Language Server Protocol counts lines. */
export class LineOffsets {
  readonly #starts = [0];
  readonly #length: number;

  constructor(text: string) {
    this.#length = text.length;
    for (const { index, 0: lineEnd } of text.matchAll(LINE_END)) this.#starts.push(index + lineEnd.length);
  }

  /**
   * @param line - from 0
   * @param character - in UTF-16 code units, from 0
   */
  offsetOf(line: number, character: number): number {
    return Math.min((this.#starts[line] ?? this.#length) + character, this.#length);
  }
}
