import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';

import { LineReader } from '../../../../src/mcp/wire/line-reader.ts';
import { wireTextOf, wireTextOfChunks, type WireText } from '../../../../src/mcp/wire/wire-text.ts';

interface SeenLine {
  readonly sizeBytes: number;
  readonly head: string;
  readonly tail: string;
  readonly text: string | null;
}

const seen = (line: WireText): SeenLine => ({
  sizeBytes: line.sizeBytes,
  head: line.head,
  tail: line.tail,
  text: line.text(),
});

/** What a reader makes of the chunks: each line is looked at while it is handed over, as a user must. */
function linesOf(chunks: readonly Buffer[], maxKeptBytes?: number): SeenLine[] {
  const lines: SeenLine[] = [];
  const reader = new LineReader(
    (line) => lines.push(seen(line)),
    maxKeptBytes === undefined ? {} : { maxKeptBytes },
  );
  for (const chunk of chunks) reader.push(chunk);
  reader.end();
  return lines;
}

const textsOf = (...chunks: string[]) =>
  linesOf(chunks.map((chunk) => Buffer.from(chunk))).map((l) => l.text);

const pieces = fc.constantFrom('a', 'é', '漢', '😀', '"', '\\', ' ', '\t', '\r', '{"id":1}', 'x'.repeat(700));
const lineText = fc.array(pieces, { maxLength: 12 }).map((parts) => parts.join(''));
const stream = fc
  .tuple(fc.array(fc.tuple(lineText, fc.constantFrom('\n', '\r\n', '\n\n', '\r\n \n'))), lineText)
  .map(([lines, last]) => lines.map(([text, end]) => text + end).join('') + last);
/** In thousandths. */
const cuts = fc.array(fc.nat({ max: 1000 }), { maxLength: 30 });

function cutAt(bytes: Buffer, places: readonly number[]): Buffer[] {
  const offsets = places.map((place) => Math.floor((place / 1000) * bytes.length)).toSorted((a, b) => a - b);
  return [0, ...offsets].map((start, i) => bytes.subarray(start, offsets[i] ?? bytes.length));
}

function expectedLines(text: string): string[] {
  const lines = text.split('\n').map((line) => (line.endsWith('\r') ? line.slice(0, -1) : line));
  return lines.filter((line) => /[^ \t\r]/.test(line));
}

describe('the lines of a stream', () => {
  test('lines are the same however the stream is cut into chunks', () => {
    fc.assert(
      fc.property(stream, cuts, (text, places) => {
        const expected = expectedLines(text).map((line) => seen(wireTextOfChunks([Buffer.from(line)])));
        expect(linesOf(cutAt(Buffer.from(text), places))).toEqual(expected);
      }),
      { numRuns: 300 },
    );
  });

  test('a line is read as soon as its newline comes', () => {
    const lines: (string | null)[] = [];
    const reader = new LineReader((line) => lines.push(line.text()));
    reader.push(Buffer.from('{"a"'));
    reader.push(Buffer.from(':1}\n{"b"'));
    expect(lines).toEqual(['{"a":1}']);
  });

  test('a line ends with \\n or \\r\\n, also where a chunk ends between the two', () => {
    expect(textsOf('one\r', '\ntwo\n', 'three\r\n')).toEqual(['one', 'two', 'three']);
  });

  test('blank lines are skipped', () => {
    expect(textsOf('\n\r\n \t\n', '', 'one\n', '   ')).toEqual(['one']);
  });

  test('a last line without a newline is read at the end', () => {
    expect(textsOf('one\ntw', 'o')).toEqual(['one', 'two']);
  });

  test('a line that comes byte by byte is whole', () => {
    const line = `{"text":"${'é'.repeat(5000)}"}`;
    const bytes = [...Buffer.from(`${line}\n`)].map((byte) => Buffer.of(byte));
    expect(linesOf(bytes).map(({ text }) => text)).toEqual([line]);
  });
});

describe('a line that is too long to keep', () => {
  test('of a line that is too long to keep there are its two ends and its size, however it is cut into chunks', () => {
    const long = fc.array(pieces, { minLength: 1, maxLength: 40 }).map((parts) => `<${parts.join('')}>`);
    fc.assert(
      fc.property(fc.array(long), cuts, (lines, places) => {
        const expected = lines.map((line) => {
          const whole = seen(wireTextOfChunks([Buffer.from(line)]));
          return whole.sizeBytes > 2000 ? { ...whole, text: null } : whole;
        });
        const bytes = Buffer.from(lines.map((line) => `${line}\r\n`).join(''));
        expect(linesOf(cutAt(bytes, places), 2000)).toEqual(expected);
      }),
      { numRuns: 300 },
    );
  });

  test('a line is too long to keep from 16 MiB on', () => {
    const megabyte = Buffer.alloc(1024 * 1024, 'x');
    const most = Array.from({ length: 16 }, () => megabyte);
    const [kept, cut] = linesOf([...most, Buffer.from('\r\n'), ...most, Buffer.from('y\n')]);
    expect(kept?.text).toHaveLength(16 * 1024 * 1024);
    expect(cut).toMatchObject({ text: null, sizeBytes: 16 * 1024 * 1024 + 1 });
    expect(cut?.tail.endsWith('xy')).toBe(true);
  });

  test('a line that is too long does not disturb the line after it', () => {
    const [, next] = linesOf([Buffer.alloc(3000, 'x'), Buffer.from('\nnext\n')], 2000);
    expect(next?.text).toBe('next');
  });
});

describe('a text', () => {
  test('a text in several chunks includes what lies across them', () => {
    fc.assert(
      fc.property(cuts, fc.constantFrom('"isError"', '"isErrors"', 'x"isE', 'r"y'), (places, needle) => {
        const text = 'xxx"isError"yyy';
        let isIncluded: boolean | undefined;
        const reader = new LineReader((line) => (isIncluded = line.includes(needle)));
        for (const chunk of cutAt(Buffer.from(`${text}\n`), places)) reader.push(chunk);
        expect(isIncluded).toBe(text.includes(needle));
      }),
    );
  });

  test.each(['é', '漢', '😀'])('the head of a text has no half of a %s where it is cut', (character) => {
    for (let before = 1018; before <= 1024; before++) {
      const text = 'x'.repeat(before) + character.repeat(2000);
      for (const { head } of [wireTextOf(text), wireTextOfChunks([Buffer.from(text)])]) {
        expect(Buffer.from(head).toString()).toBe(head);
        expect(text.startsWith(head)).toBe(true);
        expect(head.length).toBeGreaterThan(before - 1);
      }
    }
  });
});
