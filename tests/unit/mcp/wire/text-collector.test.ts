import { describe, expect, test } from 'vitest';

import { TextCollector } from '../../../../src/mcp/wire/text-collector.ts';
import { PEEK_BYTES } from '../../../../src/mcp/wire/wire-text.ts';
import { Allowance } from '../../../../src/monitor/allowance.ts';
import { LIMITS, type LimitName } from '../../../../src/monitor/limits.ts';

function collected(texts: readonly string[], options = {}) {
  const collector = new TextCollector(options);
  for (const text of texts) collector.append(Buffer.from(text));
  return { collector, text: collector.text() };
}

describe('a collected text', () => {
  test.each([[[]], [['']], [['\r']], [[' ', '\t', '\r', ' \r']]])('%j is blank', (texts) => {
    expect(collected(texts).text).toBeNull();
  });

  test.each([
    [['a', 'b\r'], 'ab'],
    [['a', '\r'], 'a'],
    [['a\r', ''], 'a'],
    [['a\r', 'b'], 'a\rb'],
    [['a\r\r'], 'a\r'],
    [[' ', 'a'], ' a'],
    [['\n'], '\n'],
  ])('%j is the text %j', (texts, expected) => {
    const { text } = collected(texts);
    expect([text?.text(), text?.sizeBytes, text?.isCut]).toEqual([expected, expected.length, false]);
  });

  test('a text in thousands of chunks is whole, and holds few of them', () => {
    const collector = new TextCollector();
    const chunk = Buffer.alloc(3);
    for (let i = 0; i < 2000; i++) collector.append(Buffer.from(chunk.fill(`${i % 10}`)));
    const text = collector.text()?.text() ?? '';
    expect(text).toHaveLength(6000);
    expect(text.slice(0, 9)).toBe('000111222');
    expect(text.slice(-6)).toBe('888999');
  });

  test('loose chunks are copied, so that later changes to them do not matter', () => {
    const collector = new TextCollector();
    const chunks = Array.from({ length: 256 }, () => Buffer.from('a'));
    for (const chunk of chunks) collector.append(chunk);
    for (const chunk of chunks) chunk.fill('b');
    expect(collector.text()?.text()).toBe('a'.repeat(256));
  });
});

describe('a text that is too long', () => {
  const long = `<${'a'.repeat(3000)}>`;

  test('a text of exactly the limit is kept, with or without a final return', () => {
    for (const texts of [['a'.repeat(2000)], ['a'.repeat(2000), '\r'], ['a'.repeat(2000), '\r', '']]) {
      const { text, collector } = collected(texts, { maxKeptBytes: 2000 });
      expect([text?.text(), text?.sizeBytes]).toEqual(['a'.repeat(2000), 2000]);
      expect(collector.isCut).toBe(false);
    }
  });

  test('of a text one byte longer only the ends are kept', () => {
    const { text, collector } = collected(['a'.repeat(2000), 'b'], { maxKeptBytes: 2000 });
    expect([text?.text(), text?.sizeBytes, text?.isCut]).toEqual([null, 2001, true]);
    expect(text?.head).toBe('a'.repeat(PEEK_BYTES));
    expect(text?.tail).toBe(`${'a'.repeat(PEEK_BYTES - 1)}b`);
    // It may still turn out to be a return.
    expect(collector.isCut).toBe(false);
  });

  test.each([[[long]], [[long.slice(0, 2500), long.slice(2500)]], [long.split('')], [[long, '\r']]])(
    'the ends of a long text are the same however it is cut (%#)',
    (texts) => {
      const { text, collector } = collected(texts, { maxKeptBytes: 2000 });
      expect(collector.isCut).toBe(true);
      expect([text?.text(), text?.sizeBytes]).toEqual([null, long.length]);
      expect(text?.head).toBe(long.slice(0, PEEK_BYTES));
      expect(text?.tail).toBe(long.slice(-PEEK_BYTES));
    },
  );

  test('the ends are copies', () => {
    const collector = new TextCollector({ maxKeptBytes: 2000 });
    const chunk = Buffer.from(long);
    collector.append(chunk);
    chunk.fill('x');
    const text = collector.text();
    expect([text?.head.at(0), text?.tail.at(-1)]).toEqual(['<', '>']);
  });

  test('16 MiB are kept by default', () => {
    const collector = new TextCollector();
    collector.append(Buffer.alloc(LIMITS.text_bytes.max + 1, 'a'));
    expect(collector.isCut).toBe(false);
    collector.append(Buffer.from('b'));
    expect(collector.isCut).toBe(true);
  });
});

describe('the memory that collectors share', () => {
  test('a collector takes what it keeps, and gives it back once', () => {
    const limits: LimitName[] = [];
    const allowance = new Allowance('text_total', (limit) => limits.push(limit), 5000);
    const collector = new TextCollector({ allowance });
    collector.append(Buffer.alloc(1000, 'a'));
    collector.append(Buffer.alloc(500, 'a'));
    collector.append(Buffer.alloc(0));
    expect(allowance.used).toBe(1500);
    collector.release();
    collector.release();
    expect([allowance.used, limits]).toEqual([0, []]);
  });

  test('a text gives back its memory when it is read', () => {
    const allowance = new Allowance('text_total', () => undefined, 5000);
    const collector = new TextCollector({ allowance });
    collector.append(Buffer.alloc(1000, 'a'));
    expect(collector.text()?.sizeBytes).toBe(1000);
    expect(allowance.used).toBe(0);
  });

  test('a text without room keeps only its ends, and takes nothing', () => {
    const limits: LimitName[] = [];
    const allowance = new Allowance('text_total', (limit) => limits.push(limit), 5000);
    const collector = new TextCollector({ allowance });
    collector.append(Buffer.alloc(4000, 'a'));
    collector.append(Buffer.alloc(1001, 'b'));
    expect([collector.isCut, allowance.used, limits]).toEqual([true, 0, ['text_total']]);
    collector.append(Buffer.alloc(4000, 'c'));
    expect([allowance.used, limits]).toEqual([0, ['text_total']]);
    const text = collector.text();
    expect([text?.sizeBytes, text?.head.at(0), text?.tail.at(-1)]).toEqual([9001, 'a', 'c']);
  });
});
