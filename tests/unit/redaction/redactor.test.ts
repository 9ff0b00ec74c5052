import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';

import { Redactor } from '../../../src/redaction/redactor.ts';

const redactor = new Redactor();

test.each(['password', 'API_KEY', 'apiKey', 'access_token', 'Authorization', 'clientSecret', 'set-cookie'])(
  'the value of %s does not leave the process, however deep it is',
  (key) => {
    const text = JSON.stringify(redactor.details({ request: { [key]: 'hunter2' } }));
    expect(text).not.toContain('hunter2');
    expect(text).toContain('[redacted]');
  },
);

test('ordinary keys are kept', () => {
  const details = { files: 3, tokens_used: 10, ok: true, none: null, at: new Date(0) };
  expect(redactor.details(details)).toEqual({ ...details, at: '1970-01-01T00:00:00.000Z' });
});

test('however wide and deep, the whole has a bound', () => {
  const wide = (depth: number): unknown =>
    depth === 0
      ? 'x'.repeat(500)
      : Object.fromEntries(Array.from({ length: 40 }, (_, i) => [`k${i}`, wide(depth - 1)]));
  expect(JSON.stringify(redactor.details({ wide: wide(3) })).length).toBeLessThan(12_000);
});

test('long texts, long lists and deep nestings are cut, so that an event has a bound', () => {
  let deep: Record<string, unknown> = {};
  for (let i = 0; i < 100; i++) deep = { deep };
  const list = Array.from({ length: 1000 }, () => 'x'.repeat(10_000));
  const text = JSON.stringify(redactor.details({ list, deep, text: 'y'.repeat(1e6) }));
  expect(text.length).toBeLessThan(15_000);
});

test('values that JSON cannot express do not break redaction', () => {
  const circular: Record<string, unknown> = { big: 10n, nan: NaN, fn: () => 1 };
  circular['self'] = circular;
  expect(() => JSON.stringify(redactor.details(circular))).not.toThrow();
});

test('omitted values are marked', () => {
  const numbers = Array.from({ length: 100 }, (_, i) => i);
  const { list, wide } = redactor.details({ list: numbers, wide: Object.fromEntries(numbers.entries()) });
  expect(list).toEqual([...numbers.slice(0, 50), '…']);
  expect(wide).toMatchObject({ 39: 39, '…': '…' });
  expect(redactor.details({ text: 'y'.repeat(3000) })).toEqual({ text: `${'y'.repeat(2000)}…` });
});

test('secrets are found in texts, JSON or not', () => {
  const content = [
    { type: 'text', text: '{"password":"hunter2"}' },
    { type: 'text', text: 'api_key: hunter2' },
  ];
  const text = JSON.stringify(redactor.details({ result: { content } }));
  expect(text).not.toContain('hunter2');
  expect(text.split('[redacted]')).toHaveLength(3);
});

test('errors and messages are cut shorter and have no secrets', () => {
  expect(redactor.line('x'.repeat(501))).toBe(`${'x'.repeat(500)}…`);
  expect(redactor.line('no access with token=hunter2')).toBe('no access with token=[redacted]');
});

test('a secret is redacted also at the cut of a text', () => {
  for (let before = 1900; before < 3100; before++) {
    const { text } = redactor.details({
      text: `${'x '.repeat(before / 2)} ghp_${'hunter2'.repeat(50)} and more`,
    });
    expect(text).not.toContain('hunter2');
  }
});

test('bytes are neither texts nor keys', () => {
  expect(redactor.details({ buffer: Buffer.alloc(1e8), array: new ArrayBuffer(8) })).toEqual({
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

test('redacting again changes nothing, here or at the hub', () => {
  fc.assert(
    fc.property(json, json, (given, answered) => {
      const details = { arguments: redactor.payload(given), result: redactor.payload(answered) };
      const once = redactor.details({ trace_id: 'a'.repeat(32), error: 'e'.repeat(500), ...details });
      expect(once).toMatchObject(details);
      expect(redactor.details(JSON.parse(JSON.stringify(once)) as typeof once)).toEqual(
        JSON.parse(JSON.stringify(once)),
      );
      expect(JSON.stringify(once).length).toBeLessThan(20_000);
    }),
    { numRuns: 500 },
  );
});

describe('lists', () => {
  test.each([
    [
      ['--password', 'x'],
      ['--password', '[redacted]'],
    ],
    [
      ['run', '--api-key', 'x', '--verbose'],
      ['run', '--api-key', '[redacted]', '--verbose'],
    ],
    [
      ['--verbose', '--password', '--help'],
      ['--verbose', '--password', '--help'],
    ],
    [['--password=x'], ['--password=[redacted]']],
    [
      ['-u', 'admin:x'],
      ['-u', 'admin:[redacted]'],
    ],
    [
      ['docker', 'run', '-u', '1000:1000'],
      ['docker', 'run', '-u', '1000:1000'],
    ],
    [
      ['mysql', '-u', 'root', '-p', 'x'],
      ['mysql', '-u', 'root', '-p', '[redacted]'],
    ],
    [
      ['ssh', '-p', '22', 'host'],
      ['ssh', '-p', '22', 'host'],
    ],
    [
      ['password', 'x'],
      ['password', '[redacted]'],
    ],
    [
      [
        ['user', 'ann'],
        ['pin', 1234],
      ],
      [
        ['user', 'ann'],
        ['pin', '[redacted]'],
      ],
    ],
    [
      ['Host', 'x', 'Authorization', 'Bearer x'],
      ['Host', 'x', 'Authorization', '[redacted]'],
    ],
    [
      ['id', 'password', 'email', 'name'],
      ['id', 'password', 'email', 'name'],
    ],
    [
      [1, 2, 3],
      [1, 2, 3],
    ],
  ])('%j', (list, redacted) => {
    expect(redactor.details({ list })).toEqual({ list: redacted });
    expect(redactor.details({ text: JSON.stringify({ list }) })).toEqual({
      text: JSON.stringify({ list: redacted }),
    });
  });

  test('argument lists are redacted by the program that the record names', () => {
    const call = { command: '/usr/bin/mysqldump', args: ['-p', 'x'] };
    expect(redactor.details({ call })).toEqual({ call: { ...call, args: ['-p', '[redacted]'] } });
    const other = { command: 'mkdir', args: ['-p', 'x'] };
    expect(redactor.details({ other })).toEqual({ other });
  });

  test('a cut list keeps no secret whose name is its last item', () => {
    const list = [...Array.from({ length: 49 }, () => 'x'), '--password', 'hunter2'];
    expect(JSON.stringify(redactor.details({ list }))).not.toContain('hunter2');
  });
});

test('a key that contains a secret is redacted', () => {
  expect(redactor.details({ ghp_hunter2hunter2: 1, 'https://u:hunter2@x.test': 2 })).toEqual({
    '[redacted]': 1,
    'https://u:[redacted]@x.test': 2,
  });
});

test('a record with a name and a value is redacted by its name', () => {
  const record = { name: 'DB_PASSWORD', value: 'x' };
  expect(redactor.details({ env: [record, { name: 'HOME', value: '/root' }] })).toEqual({
    env: [
      { ...record, value: '[redacted]' },
      { name: 'HOME', value: '/root' },
    ],
  });
});
