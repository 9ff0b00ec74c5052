import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';

import { Redactor } from '../../../../src/redaction/redactor.ts';
import { maskJson, maskText } from '../../../../src/redaction/secrets/secret-text.ts';
import { OTHER_NOTATIONS, PAIR_NOTATIONS } from '../../../support/secret-notations.ts';

const NAMES =
  'password pwd DB_PASSWORD userPin otp x-auth auth signature sasSignature AccountKey api-key clientSecret access_token cookie passphrase connectionString';
const SECRET = 'hunter2Hunter2';

const redactor = new Redactor();
const masked = (text: string) => maskJson(text) ?? maskText(text);

describe.each(Object.entries(PAIR_NOTATIONS))('%s', (_title, write) => {
  test.each(NAMES.split(' '))('%s is redacted', (name) => {
    const text = write(name, SECRET);
    expect(masked(text)).not.toContain('hunter2');
    expect(masked(text)).toContain('[redacted]');
    expect(masked(masked(text))).toBe(masked(text));
  });

  test('the rest stays', () => {
    const text = write('colour', 'green');
    expect(masked(text)).toBe(text);
  });
});

describe('a secret without a name of its own', () => {
  test.each(Object.entries(OTHER_NOTATIONS))('%s is redacted', (_title, write) => {
    const text = write(SECRET);
    expect(masked(text)).not.toMatch(/hunter2/i);
    expect(masked(text)).not.toContain(Buffer.from(`bob:${SECRET}`).toString('base64'));
    expect(masked(masked(text))).toBe(masked(text));
  });
});

const secret = fc
  .array(fc.constantFrom(...'abcdefghijkmnopqrstuvwxyzABCDEFGHJKLMNPQRSTUVWXYZ23456789_'.split('')), {
    minLength: 12,
    maxLength: 30,
  })
  .map((letters) => `q7Z${letters.join('')}`);

const pair = fc
  .tuple(fc.constantFrom(...Object.values(PAIR_NOTATIONS)), fc.constantFrom(...NAMES.split(' ')), secret)
  .map(([write, name, value]) => ({ text: write(name, value), value }));
const other = fc
  .tuple(fc.constantFrom(...Object.values(OTHER_NOTATIONS)), secret)
  .map(([write, value]) => ({ text: write(value), value }));

/** How a text gets into an event: as it is, between other text, in lists and records, in JSON in JSON. */
const nestings: readonly ((text: string) => unknown)[] = [
  (text) => text,
  (text) => ({ content: [{ type: 'text', text }] }),
  (text) => `2026-11-28 error:\n${text}\n    at main (a.ts:1:2)`,
  (text) => ['a', text, 3],
  (text) => JSON.stringify({ text }),
  (text) => JSON.stringify([JSON.stringify({ text })], null, 2),
  (text) => ({ a: { b: { c: text } }, d: `${'word '.repeat(300)}\n${text}` }),
  (text) => ({ list: Array.from({ length: 30 }, () => text) }),
];

test('a secret in any notation, however deep, is nowhere in what leaves the process', () => {
  fc.assert(
    fc.property(fc.oneof(pair, other), fc.constantFrom(...nestings), ({ text, value }, nest) => {
      const once = redactor.details({ arguments: nest(text), result: redactor.payload(nest(text)) });
      expect(JSON.stringify(once)).not.toContain(value);
      expect(redactor.details(once)).toEqual(once);
      const line = redactor.line(`failed: ${text}`);
      expect(line).not.toContain(value);
      expect(redactor.line(line)).toBe(line);
    }),
    { numRuns: 3000 },
  );
});
