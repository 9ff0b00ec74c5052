import { describe, expect, test } from 'vitest';

import { captureArguments, captureResult } from '../../../../src/mcp/protocol/captured-payload.ts';
import { Redactor } from '../../../../src/redaction/redactor.ts';

const redactor = new Redactor();

const argumentsOf = (value: unknown, sizeBytes?: number) =>
  captureArguments({ name: 'add', arguments: value }, sizeBytes, redactor)['arguments'];
const resultOf = (result: Record<string, unknown>, sizeBytes?: number) =>
  captureResult(result, sizeBytes, redactor)['result'];

describe('arguments', () => {
  test('captured arguments are as the client sent them, without their secrets', () => {
    const given = { a: 1, list: ['x', null], nested: { password: 'hunter2' }, note: 'token=hunter2' };
    expect(argumentsOf(given)).toEqual({
      a: 1,
      list: ['x', null],
      nested: { password: '[redacted]' },
      note: 'token=[redacted]',
    });
  });

  test('no arguments are captured where the client sent none', () => {
    expect(captureArguments({ name: 'add' }, 100, redactor)).toStrictEqual({});
  });

  test('captured arguments are cut at a size, and say that there was more', () => {
    const texts = Object.fromEntries(Array.from({ length: 30 }, (_, i) => [`key${i}`, 'x'.repeat(1000)]));
    const text = JSON.stringify(argumentsOf(texts));
    expect(text.length).toBeGreaterThan(3300);
    expect(text.length).toBeLessThan(3500);
    expect(text).toContain('…');
    expect(String(argumentsOf('x'.repeat(1e7)))).toBe(`${'x'.repeat(2000)}…`);
  });

  test('arguments of a message that is too long are not captured at all', () => {
    expect(argumentsOf({ a: 1 }, 1_234_567)).toBe('[1,234,567 bytes: not captured]');
    expect(argumentsOf({ a: 1 }, 256 * 1024)).toEqual({ a: 1 });
  });

  const cyclic: Record<string, unknown> = { a: 1 };
  cyclic['self'] = cyclic;
  const throwing = {
    get boom(): never {
      throw new Error('boom');
    },
  };
  test.each([
    ['a cycle', cyclic],
    ['a getter that throws', throwing],
    ['a proxy that throws', new Proxy({}, { ownKeys: () => throwing.boom })],
    ['a BigInt', { n: 10n }],
    ['a function', () => 1],
    ['bytes', Buffer.alloc(1e8)],
    ['a key __proto__', JSON.parse('{"__proto__":{"a":1}}')],
    ['no Unicode', { text: '\ud800' }],
  ])('arguments inside a process may be %s', (_title, value) => {
    const captured = captureArguments({ arguments: value }, undefined, redactor);
    expect(JSON.stringify(captured).length).toBeLessThan(500);
  });
});

describe('a result', () => {
  test('a captured result is what the client got, but for its _meta', () => {
    const result = {
      content: [{ type: 'text', text: '3' }],
      structuredContent: { sum: 3 },
      isError: false,
      _meta: { a: 1 },
    };
    const { _meta: _, ...shown } = result;
    expect(resultOf(result)).toEqual(shown);
  });

  test('a captured result has the size of images, sounds and files in place of their base64', () => {
    const content = [
      { type: 'image', data: 'A'.repeat(12_345), mimeType: 'image/png' },
      { type: 'audio', data: 'AAAA' },
      {
        type: 'resource',
        resource: { uri: 'file:///a', blob: 'A'.repeat(100), mimeType: 'application/pdf' },
      },
      { type: 'resource', resource: { uri: 'file:///b', text: 'plain' } },
      'no block',
    ];
    expect(resultOf({ content })).toEqual({
      content: [
        { type: 'image', data: '[image/png, 12,345 bytes of base64]', mimeType: 'image/png' },
        { type: 'audio', data: '[audio, 4 bytes of base64]' },
        {
          type: 'resource',
          resource: {
            uri: 'file:///a',
            blob: '[application/pdf, 100 bytes of base64]',
            mimeType: 'application/pdf',
          },
        },
        { type: 'resource', resource: { uri: 'file:///b', text: 'plain' } },
        'no block',
      ],
    });
  });

  test('a captured result whose text is JSON is redacted as JSON', () => {
    const content = [{ type: 'text', text: JSON.stringify({ user: 'ann', password: 'hunter2' }) }];
    expect(resultOf({ content })).toEqual({
      content: [{ type: 'text', text: '{"user":"ann","password":"[redacted]"}' }],
    });
  });

  test('a captured file without a media type is called a blob, and a long media type is cut', () => {
    const content = [
      { type: 'resource', resource: { blob: 'AAAA' } },
      { type: 'image', data: 'AAAA', mimeType: 'x'.repeat(200) },
      { type: 'image', data: 7 },
      { type: 'text', data: 'AAAA', blob: 'AAAA' },
    ];
    expect(resultOf({ content })).toEqual({
      content: [
        { type: 'resource', resource: { blob: '[blob, 4 bytes of base64]' } },
        { type: 'image', data: `[${'x'.repeat(100)}, 4 bytes of base64]`, mimeType: 'x'.repeat(200) },
        { type: 'image', data: 7 },
        { type: 'text', data: 'AAAA', blob: 'AAAA' },
      ],
    });
  });

  test('a captured result may contain anything in place of blocks', () => {
    expect(resultOf({ content: [null, 5, ['a'], { type: 'text' }] })).toEqual({
      content: [null, 5, ['a'], { type: 'text' }],
    });
    expect(resultOf({ content: 'no list', isError: true })).toEqual({ content: 'no list', isError: true });
    expect(resultOf({ structuredContent: { a: 1 } })).toStrictEqual({ structuredContent: { a: 1 } });
  });

  test('blocks beyond the first hundred are not read', () => {
    const unreadable = Object.defineProperty({}, 'type', { get: () => fail(), enumerable: true });
    const blocks = (count: number) => Array.from({ length: count }, () => ({ type: 'text' }));
    expect(resultOf({ content: [...blocks(99), unreadable] })).toBe('[unreadable]');
    expect(resultOf({ content: [...blocks(100), unreadable] })).toHaveProperty('content.0', { type: 'text' });
  });

  test('a result that cannot be read is captured as unreadable', () => {
    const content = [
      { type: 'image', data: 'AAAA' },
      Object.defineProperty({}, 'type', { get: () => fail(), enumerable: true }),
    ];
    expect(resultOf({ content })).toBe('[unreadable]');
    expect(resultOf({ content: 5 }, 1_000_000)).toBe('[1,000,000 bytes: not captured]');
  });
});

function fail(): never {
  throw new Error('no');
}
