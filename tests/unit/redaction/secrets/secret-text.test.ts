import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';

import { maskJson, maskText } from '../../../../src/redaction/secrets/secret-text.ts';

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
    'mailto:someone@example.test:25/x',
    'npm:left-pad@1.0.0/index.js',
    'from alice@example.test:22/path',
    'at 10:30@home/x',
    'set -e x',
    'git config user.name bob',
    'author: Ann',
    'authenticated: true',
    'pinned: true',
    'token_count: 12',
    'max_tokens: 4096',
    'tokens_used=1200',
    'tokens: 1200',
    'pinCount: 3',
    'design: "flat"',
    'signature: add(a: number, b: number): number',
    '"signature": "(x: string) => void"',
    'session_id: 0d3f8a5e-1111-2222-3333-444455556666',
    'sessionId=abc123',
    'Mcp-Session-Id: abc-123',
    'key: name',
    '"key": "value"',
    'primary_key: id',
    'foreignKey=user_id',
    'cacheKey: users:1',
    'sort_key = created_at',
    'keyboard: us',
    'public_key: yes',
    'password_length: 12',
    'passwordPolicy: strict',
    'auth_type: basic',
    'auth: none',
    'auth: required',
    'auth=true',
    'oauth_provider: github',
    'authorization_endpoint: https://a.test/x',
    'token_type: Bearer',
    'token_endpoint_auth_methods_supported: ["none"]',
    'expires_in: 3600',
    'secret_name: db',
    'cookie_consent: yes',
    'cookieDomain: a.test',
    'pass: 3, fail: 1',
    'pass: true',
    'PWD=/home/u',
    'pwd: /root',
    'OLDPWD=/tmp',
    'bypass: true',
    'compass: north',
    'passenger: Ann',
    'passed: 10',
    'code: 404',
    'status code: 200',
    'error code: ENOENT',
    'exit code: 1',
    'encode: utf8',
    'zipcode: 12345',
    'country_code: DE',
    'unicode: x',
    'source code: a.ts',
    'otp_enabled: true',
    'pin_mode: out',
    'gpio_pin: 17',
    'spin: 1',
    'opinion: good',
    'happening: now',
    'shipping: fast',
    'mapping: a=b',
    'sign: plus',
    'assign: x',
    'signal: SIGTERM',
    'signin: page',
    'designation: x',
    'significant: yes',
    'keys: 3',
    'monkey: x',
    'turkey: y',
    'keyword: abc',
    'keypress: Enter',
    'hockey=1',
    'passport: no',
    'secretary: Bob',
    'tokenizer: bpe',
    'tokenize: yes',
    'tokens per second: 40',
    'credit: 10',
    'accredited: yes',
    'incredible: yes',
    'authority: x',
    'authentic: y',
    'cook: z',
    'user: bob',
    'username=bob',
    'conn: open',
    'connection: keep-alive',
    'connections: 5',
    'sid: 12',
    'path: /a/b',
    'pattern: x',
    'salt: 1',
    'session: 5',
    'sessions: 12',
    'webhook: on',
    'phrase: hello',
    'mnemonics: no',
    'Unexpected token \'<\', "<!DOCTYPE "... is not valid JSON',
    'Unexpected token } in JSON at position 4',
    'SyntaxError: Unexpected token: punc (;)',
    'git log --author=Ann --oneline',
    'docker run -u 1000:1000 -p 8080:80 img',
    'mkdir -p a/b/c',
    'ssh -p 22 host',
    'npm run test -- --pass-with-no-tests',
    'curl -u https://a.test',
    'https://example.test:8080/a@b',
    'https://a.test/?page=2&sort=key',
    'https://a.test/x?code=200',
    'see http://localhost:3000/@scope/pkg',
    'mailto:a@b.test',
    'the token expired',
    'invalid password for user bob',
    'password is required',
    'password must have 8 characters',
    'The secret to success is patience.',
    'Enter your PIN code',
    'the key is under the mat',
    'ordinary prose: nothing to see, at 10:30 (see a.b)',
    'key=value',
    'sort=key',
    'type=password',
    '<input type="password">',
    '<key>name</key><string>Bob</string>',
    'sha256: 2c26b46b68ffc68ff99b453c1d30413413422d706483bfa0f98a5e886266e7ae',
    'commit 1c952db6f00d1c952db6f00d1c952db6f00dabcd',
    'id: 123e4567-e89b-12d3-a456-426614174000',
    '["id","password","email","name"]',
    '["--verbose","--password-stdin"]',
    '--password-stdin',
    '-H "Accept: text/html"',
    'cookies: none',
    "import { token } from './token.ts'",
    'function signature(a) {}',
    'license: MIT',
    '"required":["password","email","name"]',
    'pinterest: x',
    'api_version: 3',
    'apiUrl: https://a.test',
    'access: public',
    'account: bob',
    'private: true',
    'shared: yes',
    'x-request-id: 1234',
    'traceparent: 00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01',
    'etag: "abc"',
    'hash: abcdef',
    'digest: 1',
    'nonce_count: 3',
    'partition key: id',
    'public-key-pins: x',
    'hotkey: ctrl',
    'the process exited with code 1 (signal SIGPIPE)',
  ])('%j has none, and stays as it is', (text) => {
    expect(maskText(text)).toBe(text);
  });

  test('a text whose secret is not a string is masked as far as it goes', () => {
    expect(maskText('token = 12345 and token: true')).toBe('token = [redacted] and token: [redacted]');
  });
});

describe('JSON in a text', () => {
  test('JSON in a text has the same members masked as a record', () => {
    const text = JSON.stringify({ a: [{ credentials: { user: 'hunter2', pin: 1 } }], api_key: 'hunter2' });
    expect(maskJson(text)).toBe('{"a":[{"credentials":"[redacted]"}],"api_key":"[redacted]"}');
  });

  test('JSON nested in texts of JSON is masked', () => {
    const inner = JSON.stringify({ password: 'hun"ter2' });
    const text = JSON.stringify({ body: JSON.stringify({ body: inner }) });
    expect(maskJson(text)).not.toContain('ter2');
  });

  test('masked JSON keeps its lines, and JSON without secrets is unchanged', () => {
    expect(maskJson('{\n  "token": "x"\n}')).toBe('{\n  "token": "[redacted]"\n}');
    const untouched = '{ "n" : 1.50, "list":[ ] }';
    expect(maskJson(untouched)).toBe(untouched);
  });

  test('that lists names with their values is looked at by the names', () => {
    const text = '{"env":[{"name":"DB_PASSWORD","value":"hunter2"},{"name":"HOME","value":"/root"}]}';
    expect(maskJson(text)).toBe(text.replace('hunter2', '[redacted]'));
  });

  test.each(['no JSON', '{"cut":', '"a string"', `[${'1,'.repeat(20_000)}1]`, '['.repeat(30_000)])(
    'text that is not JSON or too large is not parsed: %.20s',
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

test('text that looks like a secret only once it has a mark is masked at once', () => {
  const masked = maskText('https://u:token="a b"@example.com');
  expect(masked).not.toContain('a b');
  expect(maskText(masked)).toBe(masked);
});

test('masking a masked text changes nothing', () => {
  fc.assert(
    fc.property(fc.array(piece, { maxLength: 15 }), (pieces) => {
      const once = maskText(pieces.join(''));
      expect(maskText(once)).toBe(once);
    }),
    { numRuns: 20_000 },
  );
});

/** Beginnings of secrets and of the notations around them, over and over. */
const LONG_TEXT = 400_000;

const UNITS = [
  'a',
  '1',
  '-',
  '.',
  '\\',
  '"',
  "'",
  '`',
  ' ',
  '\n',
  '\t',
  '<',
  '[',
  '{',
  '(',
  ',',
  '=',
  ':',
  '€',
  '…',
  '[redacted]',
  'eyJ',
  '-eyJ',
  'eyJa.',
  'ghp_',
  'sk-',
  'sk-a1',
  'glpat-a.',
  'xoxb-1-',
  'ops_eyJ',
  'SG.a.',
  '123456:AA',
  'hvs.',
  'sntrys_eyJpYXQiO',
  'sntrys_eyJpYXQiOLCJyZWdpb25fdXJs',
  'https://a.webhook.office.com/webhookb2/',
  '://a:',
  '://a:b@',
  '://1a',
  '?key=',
  '?key=a&',
  '&a=',
  '-----BEGIN PRIVATE KEY-----',
  '-----BEGIN ',
  'Bearer ',
  'Bearer a',
  'Basic a1',
  'Authorization: "',
  'Cookie: ',
  '-u a:b ',
  '-u ',
  '--a ',
  '--password ',
  'mysql ',
  'mysql -px ',
  'mysql -p -',
  'login a password ',
  'requirepass ',
  'password is a',
  'pass:',
  'token:',
  'token ',
  'token: x ',
  'password',
  'password=',
  'password="',
  "password='",
  'password=[',
  'password=""',
  'password=a&b',
  'password=a;b',
  'password=a,b',
  'password=a"b',
  'password = """',
  'password: string = ',
  '\npassword:',
  '\npassword: x',
  '\npassword:\n x',
  'password:\n  ',
  '\n key:\n  ',
  '- name: password\n value: ',
  '"password","',
  '["password","x"]',
  '("password", "',
  'x-a: "',
  'API key ',
  '| password | x |\n',
  'password\tx\n',
  'password|          ',
  '"name":"password",',
  '"value":"x","name":"',
  "value='",
  'name="password" value="',
  '<a ',
  '<a>',
  '<password>',
  '<key>password</key>',
  '&lt;a&gt;',
  '&quot;password&quot;:&quot;',
  '%22password%22:',
  '\\u0022password\\u0022:\\u0022',
  '\\"password\\":\\"',
  'adobe',
  'adobe_key: 1aaaaaaaaaaaaaa ',
  'lob_',
  'facebook: "',
  '\n                    ',
  'a:b@',
  'aaa:bbb@c',
  'ENV a b ',
  'password("',
  'password("x",(',
  ': token: x',
  '] key: ',
  '> key: # ',
  'token: #',
];

// If the time grew with the square of the length, a text of this length would take minutes: the test would time out.
test.each(UNITS)('a text that repeats %j takes time in proportion to its length', (unit) => {
  const text = unit.repeat(Math.ceil(LONG_TEXT / unit.length));
  expect(maskText(text).length).toBeGreaterThan(0);
});
