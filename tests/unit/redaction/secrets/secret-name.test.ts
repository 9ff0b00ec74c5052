import { describe, expect, test } from 'vitest';

import { nameKind } from '../../../../src/redaction/secrets/secret-name.ts';
import { isSecretValue } from '../../../../src/redaction/secrets/secret-value.ts';

const isRedacted = (name: string, value: unknown) => {
  const kind = nameKind(name);
  return kind !== null && isSecretValue(kind, value);
};

const words = (...lines: string[]) => lines.flatMap((line) => line.split(' '));

describe('a name that announces a secret', () => {
  test.each(
    words(
      'password Password PASSWORD passwd passphrase passcode passkey pass pwd pw psw pswd psk passwort kennwort contrasena',
      'db_password dbPassword DB-PASSWORD db.password spring.datasource.password userPassword new_password password1',
      'password_confirmation passwordHash dbpassword htpasswd rootpass sshpass bindpw smtp_pass dbPwd USER_PWD',
      'secret secrets clientSecret client_secret CLIENT-SECRET app.secret.value secret_id secretKey api_secret',
      'token accessToken access_token refresh-token idToken auth_token X-Auth-Token csrfToken bearerToken apitoken',
      'auth x-auth basic_auth oauth authorization Authorization proxy-authorization authHeader http_auth',
      'apiKey api_key API-KEY apikey x-api-key accessKey access_key AWS_SECRET_ACCESS_KEY accountKey AccountKey',
      'SharedAccessKey shared_access_key privateKey PRIVATE_KEY encryption_key signingKey master-key license_key',
      'Ocp-Apim-Subscription-Key x-functions-key storage_key session_key sessionToken hmac_key tls_key ssh_key',
      'pin PIN user_pin cardPin otp otpCode otp_code totp mfa_code 2fa_code verificationCode security_code cvv cvc',
      'signature sig sasSignature X-Amz-Signature x-hub-signature-256 hmac jwt assertion sas',
      'credential credentials creds aws_credentials cookie cookies set-cookie JSESSIONID PHPSESSID connect.sid csrf',
      'connectionString connection_string ConnStr dsn mnemonic seedPhrase recovery_phrase recovery_code backup_codes',
      'webhook_url webhookUrl snmp_community salt',
    ),
  )('%s', (name) => {
    expect(isRedacted(name, 'hunter2hunter2hunter2')).toBe(true);
  });

  test.each([
    ['pin', 1234],
    ['otp', 123_456],
    ['pwd', 12_345],
    ['credentials', { user: 'bob' }],
    ['auth', ['bob', 'hunter2']],
    ['tokens', ['abc', 'def']],
  ])('%s, whose value is not a text', (name, value) => {
    expect(isRedacted(name, value)).toBe(true);
  });
});

describe('an ordinary name', () => {
  test.each(
    words(
      'author authors authority authentic authenticated isAuthenticated authored co_author',
      'pinned pinCount pin_mode gpio_pin ledPin spin opinion shipping mapping typing happening pinterest',
      'token_count tokenCount tokens_used tokenizer tokenize token_type tokenUrl token_endpoint',
      'password_length passwordPolicy password_required passwordUpdatedAt secret_name secretName secretVersion',
      'auth_type authMethod auth_url oauth_provider authorization_endpoint authorizationUrl auth_enabled authUser',
      'design designer sign signal signed significant assign assigned signin_page resign',
      'bypass compass passenger passed passing passport encompass',
      'session session_id sessionId mcp-session-id sessions sessionCount',
      'key keys keyboard monkey turkey keyword keypress primary_key foreignKey sort_key cacheKey public_key key_id',
      'code status_code errorCode exitCode zipcode country_code encode unicode source_code',
      'cookie_domain cookieConsent cook credit accredited incredible connection connections connect secretary',
      'signature_algorithm otp_enabled otpLength webhook webhooks webhookCount phrase community communities',
    ),
  )('%s', (name) => {
    expect(isRedacted(name, 'hunter2')).toBe(false);
  });

  test.each([
    ['auth', 'none'],
    ['auth', true],
    ['pass', true],
    ['pass', 12],
    ['tokens', 1200],
    ['max_tokens', 4096],
    ['total_tokens', '12,345'],
    ['tokens', { input: 10, output: 20 }],
    ['pwd', '/home/bob'],
    ['PWD', 'C:\\Users\\bob'],
    ['signature', '(a: number, b: number) => number'],
    ['signature', 'add(a, b)'],
    ['key', 'users:1'],
    ['token', null],
    ['password', undefined],
    ['password', ''],
  ])('an ordinary name has no secret beside it: %s, %j', (name, value) => {
    expect(isRedacted(name, value)).toBe(false);
  });
});

test('a key without a qualifier is a secret if it looks random', () => {
  expect(isRedacted('key', 'b5f7c2a19e4d4f0c8a6b')).toBe(true);
  expect(isRedacted('openai_key', 'b5f7c2a19e4d4f0c8a6b')).toBe(true);
});
