import { expect, test } from 'vitest';

import { redactDetails } from '../../../src/monitor/redaction.ts';

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
