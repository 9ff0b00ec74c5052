import { describe, expect, test } from 'vitest';

import { readMessages, readValues } from '../../../../src/mcp/wire/message-reader.ts';
import { cutWireText, wireTextOf, type WireText } from '../../../../src/mcp/wire/wire-text.ts';
import { LIMITS } from '../../../../src/monitor/limits.ts';

const NOT_JSON = { messages: [], sizeBytes: undefined, problem: 'not_json', skipped: 0 };

function reading(text: WireText, parsedBytes?: number) {
  const limits: unknown[][] = [];
  const read = readMessages(text, { onLimit: (...reached) => limits.push(reached), parsedBytes });
  return { limits, read };
}
const read = (raw: string) => reading(wireTextOf(raw)).read;

const ping = (id: unknown) => ({ jsonrpc: '2.0', id, method: 'ping' });
const pinged = (id: unknown) => ({ kind: 'request', id, method: 'ping', params: {} });

describe('a text', () => {
  test.each(['', ' ', 'text', '"text"', '5', 'null', '{', '{"id":1,', '[{]', '{"id":1} x', 'x {"id":1}'])(
    'the text %j is not JSON',
    (raw) => expect(read(raw)).toStrictEqual(NOT_JSON),
  );

  test('a text holds one message, several, or none', () => {
    const one = JSON.stringify(ping(1));
    expect(read(` \n${one} `)).toStrictEqual({
      messages: [pinged(1)],
      sizeBytes: one.length + 3,
      problem: null,
      skipped: 0,
    });
    expect(read(`[${one}]`)).toMatchObject({ messages: [pinged(1)], sizeBytes: one.length + 2 });
    expect(read(`[${one},5,${JSON.stringify(ping('a'))}]`)).toStrictEqual({
      messages: [pinged(1), pinged('a')],
      sizeBytes: undefined,
      problem: null,
      skipped: 0,
    });
    const none = { messages: [], problem: null, skipped: 0 };
    expect(read('[]')).toStrictEqual({ ...none, sizeBytes: undefined });
    expect(read('{"id":1}')).toStrictEqual({ ...none, sizeBytes: 8 });
    expect(read('[5]')).toStrictEqual({ ...none, sizeBytes: 3 });
  });

  test('a text up to 8 KiB, or to the size that is given, is parsed as a whole', () => {
    const result = (length: number) => {
      const raw = (text: string) => `{"jsonrpc":"2.0","id":1,"result":{"content":"${text}"}}`;
      return raw('x'.repeat(length - raw('').length));
    };
    const isWhole = (length: number, parsedBytes?: number) => {
      const { messages } = reading(wireTextOf(result(length)), parsedBytes).read;
      return JSON.stringify(messages).length > length;
    };
    expect([isWhole(8192), isWhole(8193)]).toEqual([true, false]);
    expect([isWhole(10_000, 10_000), isWhole(10_001, 10_000), isWhole(20_000, Infinity)]).toEqual([
      true,
      false,
      true,
    ]);
  });
});

describe('the limits of a text', () => {
  test('values that are already parsed are read up to the limit of a batch', () => {
    const limits: unknown[][] = [];
    const { max } = LIMITS.batch_messages;
    const batch = (length: number) => Array.from({ length }, (_, id) => ping(id));
    const all = readValues(batch(max), (...reached) => limits.push(reached));
    expect([all.messages.length, all.skipped, limits]).toEqual([max, 0, []]);
    const some = readValues(batch(max + 5), (...reached) => limits.push(reached), 7);
    expect(some).toMatchObject({ skipped: 5, sizeBytes: undefined, problem: null });
    expect(some.messages.at(-1)).toEqual(pinged(max - 1));
    expect(limits).toEqual([['batch_messages', 5]]);
  });

  test.each([
    ['commas', ',', 1],
    ['lists', '[', 1],
    ['objects', '{', 1],
  ])(
    'a text of as many %s as values are allowed is parsed, and one more is too many',
    (_title, mark, own) => {
      const { max } = LIMITS.json_values;
      // The text is JSON only if the marks are inside a string, which the upper bound does not know.
      const text = (count: number) =>
        `{"jsonrpc":"2.0","id":1,"method":"ping${mark.repeat(count - own - 3)}"}`;
      const allowed = reading(wireTextOf(text(max)), Infinity);
      expect(allowed.limits).toEqual([]);
      expect(allowed.read.messages).toHaveLength(1);
      const beyond = reading(wireTextOf(text(max + 1)), Infinity);
      expect(beyond.limits).toEqual([['json_values']]);
    },
  );

  test('a text that was cut is read by its ends, and counted only if it is longer than the limit', () => {
    const [first, last] = ['{"jsonrpc":"2.0","id":1,"error":{"code":5,"message":"x', 'x"}}'].map((text) =>
      Buffer.from(text),
    );
    const cut = (sizeBytes: number) => reading(cutWireText(first as Buffer, last as Buffer, sizeBytes));
    const { max } = LIMITS.text_bytes;
    expect(cut(max).limits).toEqual([]);
    expect(cut(max + 1).limits).toEqual([['text_bytes']]);
    expect(cut(max + 1).read).toMatchObject({
      messages: [{ kind: 'error', id: 1, code: 5 }],
      sizeBytes: max + 1,
      problem: null,
      skipped: 0,
    });
    const garbage = reading(cutWireText(Buffer.from('log'), Buffer.from('}'), 10));
    expect(garbage.read).toStrictEqual(NOT_JSON);
    const batch = reading(cutWireText(Buffer.from('[{'), Buffer.from('}]'), 10));
    expect(batch.read).toStrictEqual({
      messages: [],
      sizeBytes: undefined,
      problem: 'too_large',
      skipped: Infinity,
    });
  });
});
