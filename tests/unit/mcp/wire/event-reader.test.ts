import { describe, expect, test } from 'vitest';

import { EventReader } from '../../../../src/mcp/wire/event-reader.ts';
import { Allowance } from '../../../../src/monitor/allowance.ts';
import { LIMITS, type LimitName } from '../../../../src/monitor/limits.ts';

function reading(max?: number) {
  const data: string[] = [];
  const limits: LimitName[] = [];
  let unread = 0;
  const onLimit = (limit: LimitName) => void limits.push(limit);
  const allowance = new Allowance('text_total', onLimit, max);
  const reader = new EventReader({
    onEvent: (event) => data.push(event.data),
    onUnread: () => (unread += 1),
    allowance,
    onLimit,
  });
  const push = (...texts: string[]) => {
    for (const text of texts) reader.push(Buffer.from(text));
  };
  return { reader, push, data, limits, allowance, unread: () => unread };
}

describe('the events of a stream', () => {
  test.each([
    ['\n\n', 'data: a\n\ndata: b\n\n'],
    ['\r\n\r\n', 'data: a\r\n\r\ndata: b\r\n\r\n'],
    ['\r\r', 'data: a\r\rdata: b\r\r'],
  ])('events that end with %j are read as soon as they are complete', (_end, text) => {
    for (let size = 1; size <= text.length; size++) {
      const { push, data, unread } = reading();
      for (let at = 0; at < text.length; at += size) push(text.slice(at, at + size));
      push('data: c\n\n');
      expect(data).toEqual(['a', 'b', 'c']);
      expect(unread()).toBe(0);
    }
  });

  test('a character that is cut in two is whole', () => {
    const { reader, data } = reading();
    const bytes = Buffer.from('data: 漢\n\n');
    for (const byte of bytes) reader.push(Buffer.of(byte));
    expect(data).toEqual(['漢']);
  });
});

describe('the memory of an incomplete event', () => {
  test('an incomplete event takes its bytes until it is complete', () => {
    const { push, allowance, limits } = reading();
    push('data: aé');
    expect(allowance.used).toBe(9);
    push('bc');
    expect(allowance.used).toBe(11);
    push('\n\n');
    expect(allowance.used).toBe(0);
    push('data: a\n\n', ': a comment\n\n');
    expect([allowance.used, limits]).toEqual([0, []]);
  });

  test.each(['\n\n', '\r\n\r\n'])('a chunk that ends an event without data (%j) takes nothing', (end) => {
    const { push, allowance } = reading();
    push(': comment');
    expect(allowance.used).toBe(9);
    push(` continues${end}`);
    expect(allowance.used).toBe(0);
  });

  test('the bytes of an event that follows in the same chunk are taken', () => {
    const { push, allowance, data } = reading();
    push('data: a\n\ndata: b');
    expect(data).toEqual(['a']);
    expect(allowance.used).toBeGreaterThanOrEqual('data: b'.length);
    push('\n\n');
    expect([data, allowance.used]).toEqual([['a', 'b'], 0]);
  });

  test('the end of a stream gives back the memory of an incomplete event', () => {
    const { reader, push, allowance } = reading();
    push('data: a');
    reader.end();
    reader.end();
    expect(allowance.used).toBe(0);
  });
});

describe('an event that is too long', () => {
  const { max } = LIMITS.text_bytes;

  test('an event of as many bytes as the limit is read', () => {
    const { reader, push, data, limits, unread } = reading();
    const text = 'x'.repeat(max - 'data: '.length);
    reader.push(Buffer.from(`data: ${text}`));
    expect([limits, unread()]).toEqual([[], 0]);
    push('\n\n');
    expect(data.map((each) => each.length)).toEqual([text.length]);
  });

  test('a longer event is skipped, and the next one is read', () => {
    const { push, data, limits, unread, allowance } = reading();
    push('data: ');
    push('x'.repeat(max - 5));
    expect([limits, unread(), allowance.used]).toEqual([['text_bytes'], 1, 0]);
    push('more', '\n', 'data: still the same\n', '\ndata: b\n\n', 'data: c\n\n');
    expect(data).toEqual(['b', 'c']);
    expect([limits, unread(), allowance.used]).toEqual([['text_bytes'], 1, 0]);
  });

  test.each(['\n\n', '\r\n\r\n', '\r\r'])('an event is skipped up to %j, however it is cut', (end) => {
    const rest = `x${end}data: b\n\n`;
    for (let at = 0; at <= rest.length; at++) {
      const { push, data, unread, allowance } = reading(10);
      push('data: 12345');
      expect(unread()).toBe(1);
      push(rest.slice(0, at), rest.slice(at));
      // A line feed that arrives alone may still begin the next event.
      expect(allowance.used).toBeLessThanOrEqual(1);
      push('data: c\n\n');
      expect(data).toEqual(['b', 'c']);
    }
  });

  test('an event is skipped if all events together need too much memory', () => {
    const { push, data, limits, unread, allowance } = reading(10);
    push('data: 1234');
    expect([allowance.used, unread()]).toEqual([10, 0]);
    push('5');
    expect([allowance.used, unread(), limits]).toEqual([0, 1, ['text_total']]);
    push('\n\n', 'data: 1', '\n\n');
    expect([data, allowance.used]).toEqual([['1'], 0]);
  });

  test('the event after a skipped one may be incomplete, and too long itself', () => {
    const { push, data, unread, allowance } = reading(10);
    push('data: 12345', 'x\n\ndata: ab');
    expect([allowance.used, unread()]).toEqual([8, 1]);
    push('\n\ndata: 12345');
    expect([allowance.used, unread()]).toEqual([0, 2]);
    push('x\n\n', 'data: c\n\n');
    expect(data).toEqual(['ab', 'c']);
  });

  test('a single blank line at the end of what was skipped takes nothing', () => {
    const { push, data, allowance } = reading(10);
    push('data: 12345', '\n\n');
    expect(allowance.used).toBe(0);
    push('data: c\n\n');
    expect(data).toEqual(['c']);
  });
});
