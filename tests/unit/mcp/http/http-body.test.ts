import { brotliCompressSync, constants, gzipSync } from 'node:zlib';

import { describe, expect, test } from 'vitest';

import { HttpBody } from '../../../../src/mcp/http/http-body.ts';
import { Allowance } from '../../../../src/monitor/allowance.ts';
import { LIMITS, type LimitName } from '../../../../src/monitor/limits.ts';

const MEBIBYTE = 2 ** 20;

function reading(contentType: string, encoding?: string, maxBytes: number = LIMITS.text_total.max) {
  const limits: LimitName[] = [];
  const onLimit = (limit: LimitName) => void limits.push(limit);
  const allowance = new Allowance('text_total', onLimit, maxBytes);
  const texts: (string | null)[] = [];
  const sizes: number[] = [];
  const errors: unknown[] = [];
  let unread = 0;
  const body = new HttpBody(contentType, encoding, {
    onJson: (text) => {
      texts.push(text.text());
      sizes.push(text.sizeBytes);
    },
    onEvent: ({ data }) => void texts.push(data),
    onError: (error) => void errors.push(error),
    onUnread: () => (unread += 1),
    onUndecodable: () => undefined,
    allowance,
    onLimit,
  });
  return { body, allowance, limits, texts, sizes, errors, unread: () => unread };
}

describe('a body that is compressed', () => {
  test.each([
    ['gzip', gzipSync],
    ['br', brotliCompressSync],
  ])('a body that is compressed with %s is read', async (encoding, compress) => {
    const { body, texts } = reading('application/json', encoding);
    body.push(compress('{"a":1}'));
    await body.end();
    expect(texts).toEqual(['{"a":1}']);
  });

  test.each([
    ['JSON', 'application/json'],
    ['a stream of events', 'text/event-stream'],
  ])(
    'a compressed body a hundred times too large is not decoded to its end, as %s',
    async (_, contentType) => {
      const bomb = brotliCompressSync(Buffer.alloc(100 * LIMITS.decoded_bytes.max), {
        params: { [constants.BROTLI_PARAM_QUALITY]: 1 },
      });
      const { body, allowance, limits, texts, unread } = reading(contentType, 'br');
      body.push(bomb);
      await body.end();
      body.push(bomb);
      expect(texts).toEqual([]);
      expect(limits.at(-1)).toBe('decoded_bytes');
      expect(unread()).toBeGreaterThan(0);
      expect(allowance.used).toBe(0);
    },
  );

  test('a compressed stream of ordinary events is read to its end, however long', async () => {
    const event = (i: number) => `data: {"id":${i},"text":"${Math.random()}${'x'.repeat(100)}"}\n\n`;
    const events = Array.from({ length: 300_000 }, (_, i) => event(i)).join('');
    expect(events.length).toBeGreaterThan(LIMITS.decoded_bytes.max);
    const { body, limits, texts } = reading('text/event-stream', 'gzip');
    body.push(gzipSync(events, { level: 1 }));
    await body.end();
    expect(texts).toHaveLength(300_000);
    expect(limits).toEqual([]);
  });
});

describe('what all bodies hold together', () => {
  test('bodies that exceed their common bound a hundred times keep only their ends', async () => {
    const limits: LimitName[] = [];
    const allowance = new Allowance('text_total', (limit) => void limits.push(limit), MEBIBYTE);
    const kept: number[] = [];
    const options = {
      onJson: () => undefined,
      onEvent: () => undefined,
      onError: () => undefined,
      onUnread: () => undefined,
      allowance,
      onLimit: () => undefined,
      onUndecodable: () => undefined,
    };
    const bodies = Array.from({ length: 200 }, () => new HttpBody('application/json', undefined, options));
    for (const body of bodies) {
      body.push(Buffer.alloc(MEBIBYTE / 2, '['));
      kept.push(allowance.used);
    }
    expect(Math.max(...kept)).toBe(MEBIBYTE);
    expect(limits).toHaveLength(198);
    for (const body of bodies) await body.end();
    expect(allowance.used).toBe(0);
  });

  test('comments of a stream take nothing of the common bound', () => {
    const { body, allowance } = reading('text/event-stream');
    for (let i = 0; i < 100; i++) for (const part of [': pi', 'ng\n\n']) body.push(Buffer.from(part));
    expect(allowance.used).toBe(0);
  });

  test('a complete event, and a stream that ends, give back what they held', async () => {
    const { body, allowance } = reading('text/event-stream');
    body.push(Buffer.from('data: a'));
    expect(allowance.used).toBe(7);
    body.push(Buffer.from('b\n\n'));
    expect(allowance.used).toBe(0);
    body.push(Buffer.from('data: c'));
    await body.end();
    expect(allowance.used).toBe(0);
  });
});

describe('an event that is too long', () => {
  test.each(['\n\n', '\r\n\r\n'])(
    'an event that is too long is skipped, and the one after it is read (%j)',
    async (blank) => {
      const { body, texts, limits, unread, allowance } = reading('text/event-stream', undefined, 1000);
      body.push(Buffer.from(`data: before${blank}data: `));
      for (let i = 0; i < 100; i++) body.push(Buffer.alloc(1000, 'x'));
      for (const part of `${blank}data: after${blank}data: la`) body.push(Buffer.from(part));
      body.push(Buffer.from(`st${blank}`));
      await body.end();
      expect(texts).toEqual(['before', 'after', 'last']);
      expect(limits).toEqual(['text_total']);
      expect(unread()).toBe(1);
      expect(allowance.used).toBe(0);
    },
  );

  test('an event in chunks of one byte takes time in proportion to its length', async () => {
    const { body, texts } = reading('text/event-stream');
    const chunk = Buffer.from('x');
    body.push(Buffer.from('data: '));
    for (let i = 0; i < 500_000; i++) body.push(chunk);
    body.push(Buffer.from('\n\n'));
    await body.end();
    expect(texts.map((text) => text?.length)).toEqual([500_000]);
  });
});
