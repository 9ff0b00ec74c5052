import { expect, test } from 'vitest';

import {
  cutWireText,
  firstBytes,
  lastBytes,
  PEEK_BYTES,
  wireTextOf,
  wireTextOfChunks,
} from '../../../../src/mcp/wire/wire-text.ts';

const chunksOf = (...texts: string[]) => texts.map((text) => Buffer.from(text));
const ENDS = chunksOf('ab', '', 'cde', 'f');

test.each([
  [0, '', ''],
  [1, 'a', 'f'],
  [2, 'ab', 'ef'],
  [3, 'abc', 'def'],
  [5, 'abcde', 'bcdef'],
  [6, 'abcdef', 'abcdef'],
  [9, 'abcdef', 'abcdef'],
])('the first and the last %d bytes are found across chunks', (length, first, last) => {
  expect(firstBytes(ENDS, length).toString()).toBe(first);
  if (length > 0) expect(lastBytes(ENDS, length).toString()).toBe(last);
  expect(firstBytes([], length)).toHaveLength(0);
  expect(lastBytes([], length)).toHaveLength(0);
});

test('only the chunks that the ends need are joined', () => {
  const [first, last] = chunksOf('first', 'last');
  const chunks = [first, ...chunksOf('x', 'y'), last] as Buffer[];
  expect(firstBytes(chunks, 5).buffer).toBe(first?.buffer);
  expect(lastBytes(chunks, 4).buffer).toBe(last?.buffer);
});

const LONG = `<${'a'.repeat(PEEK_BYTES)}é${'z'.repeat(PEEK_BYTES)}>`;
const long = Buffer.from(LONG);

test.each([
  ['a string', wireTextOf(LONG)],
  ['one chunk', wireTextOfChunks([long])],
  ['chunks', wireTextOfChunks([long.subarray(0, 3), long.subarray(3, 1500), long.subarray(1500)])],
])('the text of %s has its whole text, size and ends', (_title, text) => {
  expect(text.text()).toBe(LONG);
  expect(text.isCut).toBe(false);
  expect(text.sizeBytes).toBe(long.length);
  expect(text.head).toBe(`<${'a'.repeat(PEEK_BYTES - 1)}`);
  expect(text.tail).toBe(`${'z'.repeat(PEEK_BYTES - 1)}>`);
});

test('a short text is its own head and tail', () => {
  for (const text of [wireTextOf('{"é"}'), wireTextOfChunks(chunksOf('{"', 'é"}'))]) {
    expect([text.head, text.tail, text.sizeBytes, text.text()]).toEqual(['{"é"}', '{"é"}', 6, '{"é"}']);
  }
  const empty = wireTextOfChunks([]);
  expect([empty.head, empty.tail, empty.sizeBytes, empty.text()]).toEqual(['', '', 0, '']);
});

test('a cut text has its two ends, and includes what they do', () => {
  const first = Buffer.from(`head${'a'.repeat(PEEK_BYTES)}`);
  const last = Buffer.from(`${'z'.repeat(PEEK_BYTES)}tail`);
  const text = cutWireText(first, last, 1e9);
  expect([text.isCut, text.sizeBytes, text.text()]).toEqual([true, 1e9, null]);
  expect(text.head).toBe(`head${'a'.repeat(PEEK_BYTES - 4)}`);
  expect(text.tail).toBe(`${'z'.repeat(PEEK_BYTES - 4)}tail`);
  expect(['head', 'tail', 'adz', 'b'].map((needle) => text.includes(needle))).toEqual([
    true,
    true,
    false,
    false,
  ]);
});

test.each([
  [['needle'], true],
  [['a needle', 'b'], true],
  [['a', 'the needle b'], true],
  [['a nee', 'dle b'], true],
  [['a n', 'e', 'e', 'd', 'l', 'e b'], true],
  [['n', '', 'eedle'], true],
  [['a', 'b', 'need', 'le'], true],
  [['needl', 'xe'], false],
  [['need', 'x', 'le'], false],
  [['eedle', 'n'], false],
  [['a', 'n', 'eedl'], false],
  [[], false],
])('chunks %j include the needle: %s', (texts, isIncluded) => {
  expect(wireTextOfChunks(chunksOf(...texts)).includes('needle')).toBe(isIncluded);
  expect(wireTextOf(texts.join('')).includes('needle')).toBe(isIncluded);
});

test.each(['é', '漢', '😀'])('the head of a text ends before a %s that is cut', (character) => {
  const bytes = Buffer.byteLength(character);
  for (let inside = 0; inside <= bytes; inside++) {
    const before = 'x'.repeat(PEEK_BYTES - inside);
    const expected = inside === bytes ? before + character : before;
    const raw = Buffer.from(`${before}${character}rest`);
    expect(wireTextOfChunks([raw]).head).toBe(expected);
    expect(cutWireText(raw, raw, raw.length).head).toBe(expected);
  }
});

test('the head of a string never ends in half of a surrogate pair', () => {
  const before = 'x'.repeat(PEEK_BYTES - 2);
  expect(wireTextOf(`${before}😀x`).head).toBe(`${before}😀`);
  expect(wireTextOf(`${before}x😀x`).head).toBe(`${before}x`);
  expect(wireTextOf(`${before}xx😀`).head).toBe(`${before}xx`);
  expect(wireTextOf(`${before}x\udc00y`).head).toBe(`${before}x\udc00`);
});

test('the head of bytes that are not UTF-8 keeps all but three of them', () => {
  const raw = Buffer.alloc(PEEK_BYTES + 10, 0x80);
  expect(wireTextOfChunks([raw]).head).toHaveLength(PEEK_BYTES - 3);
});
