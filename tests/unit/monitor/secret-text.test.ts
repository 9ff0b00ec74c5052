import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';

import { maskJson, maskText, REDACTED } from '../../../src/monitor/secret-text.ts';

const JWT = 'eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.dozjgNryP4J3jVmNHl0w5N_XgL0n3I9';
const PEM = '-----BEGIN RSA PRIVATE KEY-----\nMIIEow\nhunter2\n-----END RSA PRIVATE KEY-----';

describe('a text', () => {
  test.each([
    ['Authorization: Bearer hunter2', 'Authorization: [redacted]'],
    ['curl -H "Authorization: Basic aHVudGVyMg==" http://x', 'curl -H "Authorization: [redacted]" http://x'],
    ['the header is Bearer hunter2hunter2hunter2', 'the header is Bearer [redacted]'],
    ['Cookie: a=hunter2; b=hunter2\nHost: x', 'Cookie: [redacted]\nHost: x'],
    ['password=hunter2', 'password=[redacted]'],
    ['DB_PASSWORD = "hunter2 and more", rest', 'DB_PASSWORD = "[redacted]", rest'],
    ["{'password': 'hunter2', 'a': 1}", "{'password': '[redacted]', 'a': 1}"],
    ['api_key: hunter2', 'api_key: [redacted]'],
    ['your API key: hunter2', 'your API key: [redacted]'],
    ['https://x.test/?token=hunter2&page=2', 'https://x.test/?token=[redacted]&page=2'],
    ['Server=db;Password=hunter2;Timeout=3', 'Server=db;Password=[redacted];Timeout=3'],
    ['mysql --password hunter2 -u root', 'mysql --password [redacted] -u root'],
    ['postgres://admin:hunter2@db.test:5432/x', 'postgres://admin:[redacted]@db.test:5432/x'],
    [`it is ${JWT}.`, 'it is [redacted].'],
    [`key:\n${PEM}\nend`, 'key:\n[redacted]\nend'],
    ['ghp_hunter2hunter2', '[redacted]'],
    ['see github_pat_hunter2hunter2 there', 'see [redacted] there'],
    ['sk-proj-hunter2hunter2', '[redacted]'],
    ['xoxb-12345-hunter2', '[redacted]'],
    ['AKIAIOSFODNN7EXAMPLE', '[redacted]'],
    ['a line\\nghp_hunter2hunter2', 'a line\\n[redacted]'],
    ['{"password":"hun\\"ter2","a":1', '{"password":"[redacted]","a":1'],
    ['"{\\"password\\":\\"hunter2\\",\\"a\\":1}', '"{\\"password\\":\\"[redacted]\\",\\"a\\":1}'],
    ['{"credentials":{"user":"hunter2"},"a":1', '{"credentials":[redacted],"a":1'],
  ])('%j has its secret masked', (text, masked) => {
    expect(maskText(text)).toBe(masked);
  });

  test.each([
    'It took 3 s: 20 files, 4 errors (see https://example.test:8080/a?b=c).',
    'tokens_used: 1200, max tokens: 4096',
    'if (password == null) throw new Error()',
    'a risk-management-and-planning desk',
    'bearer of good news, basic understanding',
    'mailto:someone@example.test',
  ])('%j has none, and stays as it is', (text) => {
    expect(maskText(text)).toBe(text);
  });

  test('whose value is not a text is masked as far as it goes', () => {
    expect(maskText('token = 12345 and token: true')).toBe('token = [redacted] and token: [redacted]');
  });
});

describe('JSON in a text', () => {
  test('has the members masked that a record would have, however deep and whatever they are', () => {
    const text = JSON.stringify({ a: [{ credentials: { user: 'hunter2', pin: 1 } }], api_key: 'hunter2' });
    expect(maskJson(text)).toBe('{"a":[{"credentials":"[redacted]"}],"api_key":"[redacted]"}');
  });

  test('may be in a text of that JSON, and so on', () => {
    const inner = JSON.stringify({ password: 'hun"ter2' });
    const text = JSON.stringify({ body: JSON.stringify({ body: inner }) });
    expect(maskJson(text)).not.toContain('ter2');
  });

  test('keeps its form: what has lines has them still, and without secrets nothing is changed', () => {
    expect(maskJson('{\n  "token": "x"\n}')).toBe('{\n  "token": "[redacted]"\n}');
    const untouched = '{ "n" : 1.50, "list":[ ] }';
    expect(maskJson(untouched)).toBe(untouched);
  });

  test('that lists names with their values is looked at by the names', () => {
    const text = '{"env":[{"name":"DB_PASSWORD","value":"hunter2"},{"name":"HOME","value":"/root"}]}';
    expect(maskJson(text)).toBe(text.replace('hunter2', '[redacted]'));
  });

  test.each(['no JSON', '{"cut":', '"a string"', `[${'1,'.repeat(20_000)}1]`, '['.repeat(30_000)])(
    'is none, or is too much of it: %.20s',
    (text) => {
      expect(maskJson(text)).toBeNull();
    },
  );
});

const piece = fc.oneof(
  fc.constantFrom(
    'password',
    'token',
    '--api-key',
    'Cookie',
    '"',
    "'",
    '\\"',
    ':',
    '=',
    ' ',
    '\n',
    '{',
    '}',
    '[',
  ),
  fc.constantFrom('Bearer ', '://', '@', 'ghp_', 'eyJ', '.', 'hunter2hunter2hunter2', '[redacted]', '…', ';'),
  fc.string({ maxLength: 5 }),
);

test('what looks like a secret only with a mark in it is masked at once', () => {
  expect(maskText('https://u:token="a b"@example.com')).toBe(`https://u:${REDACTED}@example.com`);
});

test('masked once more, a text stays as it is', () => {
  fc.assert(
    fc.property(fc.array(piece, { maxLength: 15 }), (pieces) => {
      const once = maskText(pieces.join(''));
      expect(maskText(once)).toBe(once);
    }),
    { numRuns: 20_000 },
  );
});

test('whatever a text is made of, it takes no longer than its length asks for', () => {
  const units = ['a', '-', '\\', '"', ' ', 'eyJ', '-eyJ', '://a:', 'token:', 'token ', '--a ', 'password="'];
  for (const unit of units) {
    const startedAt = performance.now();
    maskText(unit.repeat(100_000 / unit.length));
    expect(performance.now() - startedAt).toBeLessThan(1000);
  }
});
