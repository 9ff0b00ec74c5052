import * as fc from 'fast-check';
import { expect, test } from 'vitest';

import { cutText, redactDetails, redactPayload } from '../../../src/monitor/redaction.ts';

test.each(['password', 'API_KEY', 'apiKey', 'access_token', 'Authorization', 'clientSecret', 'set-cookie'])(
  'the value of %s does not leave the process, however deep it is',
  (key) => {
    const text = JSON.stringify(redactDetails({ request: { [key]: 'hunter2' } }));
    expect(text).not.toContain('hunter2');
    expect(text).toContain('[redacted]');
  },
);

test('ordinary keys are kept', () => {
  const details = { files: 3, tokens_used: 10, ok: true, none: null, at: new Date(0) };
  expect(redactDetails(details)).toEqual({ ...details, at: '1970-01-01T00:00:00.000Z' });
});

test('however wide and deep, the whole has a bound', () => {
  const wide = (depth: number): unknown =>
    depth === 0
      ? 'x'.repeat(500)
      : Object.fromEntries(Array.from({ length: 40 }, (_, i) => [`k${i}`, wide(depth - 1)]));
  expect(JSON.stringify(redactDetails({ wide: wide(3) })).length).toBeLessThan(12_000);
});

test('long texts, long lists and deep nestings are cut, so that an event has a bound', () => {
  let deep: Record<string, unknown> = {};
  for (let i = 0; i < 100; i++) deep = { deep };
  const list = Array.from({ length: 1000 }, () => 'x'.repeat(10_000));
  const text = JSON.stringify(redactDetails({ list, deep, text: 'y'.repeat(1e6) }));
  expect(text.length).toBeLessThan(15_000);
});

test('what JSON cannot say does not break it', () => {
  const circular: Record<string, unknown> = { big: 10n, nan: NaN, fn: () => 1 };
  circular['self'] = circular;
  expect(() => JSON.stringify(redactDetails(circular))).not.toThrow();
});

test('what was left out has a mark in its place', () => {
  const numbers = Array.from({ length: 100 }, (_, i) => i);
  const { list, wide } = redactDetails({ list: numbers, wide: Object.fromEntries(numbers.entries()) });
  expect(list).toEqual([...numbers.slice(0, 50), '…']);
  expect(wide).toMatchObject({ 39: 39, '…': '…' });
  expect(redactDetails({ text: 'y'.repeat(3000) })).toEqual({ text: `${'y'.repeat(2000)}…` });
});

test('secrets are found in texts, whether or not those are JSON', () => {
  const content = [
    { type: 'text', text: '{"password":"hunter2"}' },
    { type: 'text', text: 'api_key: hunter2' },
  ];
  const text = JSON.stringify(redactDetails({ result: { content } }));
  expect(text).not.toContain('hunter2');
  expect(text.split('[redacted]')).toHaveLength(3);
});

test('errors and messages are shorter, and have no secrets either', () => {
  expect(cutText('x'.repeat(501))).toBe(`${'x'.repeat(500)}…`);
  expect(cutText('no access with token=hunter2')).toBe('no access with token=[redacted]');
});

test('a secret is none the less one where a text is cut, or reaches beyond what is looked at', () => {
  for (let before = 1900; before < 3100; before++) {
    const { text } = redactDetails({
      text: `${'x '.repeat(before / 2)} ghp_${'hunter2'.repeat(50)} and more`,
    });
    expect(text).not.toContain('hunter2');
  }
});

test('bytes are no texts, and no keys', () => {
  expect(redactDetails({ buffer: Buffer.alloc(1e8), array: new ArrayBuffer(8) })).toEqual({
    buffer: '[100000000 bytes]',
    array: '[8 bytes]',
  });
});

const word = fc.constantFrom(
  'password=',
  '"',
  '{"token":"a',
  'x'.repeat(700),
  ' ',
  'Bearer ',
  '[',
  '…',
  'ghp_0123456789a',
);
const text = fc.array(word, { maxLength: 12 }).map((words) => words.join(''));
const json = fc.letrec((tie) => ({
  value: fc.oneof(
    { maxDepth: 6 },
    text,
    fc.double(),
    fc.constant(null),
    fc.array(tie('value'), { maxLength: 5 }),
    fc.array(text, { minLength: 48, maxLength: 55 }),
    fc.dictionary(fc.constantFrom('a', 'token', 'name', 'value', 'z'.repeat(150)), tie('value'), {
      maxKeys: 4,
    }),
  ),
})).value;

test('redacted once more, nothing changes: not here, not at the hub, and not on the way', () => {
  fc.assert(
    fc.property(json, json, (given, answered) => {
      const details = { arguments: redactPayload(given), result: redactPayload(answered) };
      const once = redactDetails({ trace_id: 'a'.repeat(32), error: 'e'.repeat(500), ...details });
      expect(once).toMatchObject(details);
      expect(redactDetails(JSON.parse(JSON.stringify(once)) as typeof once)).toEqual(
        JSON.parse(JSON.stringify(once)),
      );
      expect(JSON.stringify(once).length).toBeLessThan(20_000);
    }),
    { numRuns: 500 },
  );
});
