// Names that announce a secret, in any spelling: `dbPassword`, `DB_PASSWORD`, `db-password`, `dbpassword`.

/**
 * The values that are secret after a name:
 * - `any`: all values (`password`)
 * - `opaque`: texts other than common words such as `none` (`auth`)
 * - `not-a-path`: texts that are not a path (`pwd`)
 * - `compact`: texts without spaces and brackets (`signature`)
 * - `text`: texts, but not numbers (`tokens`)
 * - `random`: texts that look random (`key`)
 */
export type NameKind = 'any' | 'opaque' | 'not-a-path' | 'compact' | 'text' | 'random';

/** Every name of a secret contains at least one of these stems. */
export const NAME_STEMS: readonly string[] = [
  'pass pwd pw psw psk secret token cred auth cookie key pin otp sig code bearer jwt phrase mnemonic conn dsn webhook',
  'salt csrf xsrf cvv cvc puk ssn sess sid mfa 2fa tfa sas hmac security wort contrasena senha assertion saml community',
].flatMap((line) => line.split(' '));
const NAME_STEM = new RegExp(NAME_STEMS.join('|'), 'i');

const WORDS: Readonly<Record<string, NameKind>> = {
  ...kindOf(
    'any',
    'password passwd passphrase passcode passkey passwort kennwort contrasena senha motdepasse wachtwoord pswd psw pw psk',
    'secret secrets token apitoken credential credentials cred creds authorization cookie cookies setcookie bearer',
    'apikey otp totp hotp pin cvv cvc puk ssn mnemonic connectionstring connstr dsn phpsessid jsessionid csrf xsrf htpasswd',
  ),
  ...kindOf('opaque', 'pass auth oauth oauth2 sas mfa 2fa tfa saml'),
  ...kindOf('compact', 'signature signatures sig hmac assertion jwt'),
  ...kindOf('text', 'tokens passwords apikeys'),
  ...kindOf('random', 'key keys sid salt'),
};

/** Joined words: `dbpassword`, `accountkey`. */
const JOINED =
  /(?:password|passwd|passphrase|passcode|passwort|secret|token|credentials?|cookie|pwd|pswd|(?:api|access|account|secret|private|shared|auth|signing|encryption|master|license)key|connectionstring|webhookurl)$/;
const JOINED_PASS =
  /^(?:admin|bind|db|ftp|http|imap|key|keystore|ldap|login|mail|mongo|my|mysql|pg|proxy|redis|require|root|smtp|sql|ssh|store|sudo|user|vnc|web)(?:pass|pw)$/;
const OTHER_TOKENS = /^(?:max|min|num|sub|un|de|non)tokens?$/;

/** Two words that are a secret's name only together: `api key`, `verification code`. */
const PAIRS: readonly (readonly [RegExp, RegExp])[] = [
  [
    /^(?:access|account|activation|admin|aes|api|app|application|auth|cipher|crypto|client|consumer|decryption|deploy|encryption|functions?|gpg|hmac|ingest|ingestion|instrumentation|integration|jwt|licen[cs]e|master|partner|pgp|private|product|recovery|registration|root|rsa|secret|server|service|session|shared|sign|signing|ssh|ssl|storage|subscription|symmetric|tls|vault|webhook|wpa|write)$/,
    /^keys?$/,
  ],
  [
    /^(?:2fa|access|activation|auth|authorization|backup|confirmation|device|login|mfa|otp|pass|pin|recovery|reset|security|sms|time|tfa|totp|unlock|verification)$/,
    /^codes?$/,
  ],
  [/^(?:backup|pass|recovery|secret|seed)$/, /^(?:phrase|words)$/],
  [/^(?:conn|connection)$/, /^(?:str|string)$/],
  [/^webhook$/, /^ur[il]$/],
  [/^connect$/, /^sid$/],
  [/^(?:laravel|gitlab)$/, /^session$/],
  [/^snmp$/, /^community$/],
  [/^security$/, /^answers?$/],
  [/^saml$/, /^(?:response|assertion)$/],
];

const SECOND_WORD =
  /^(?:keys?|codes?|phrase|words|str|string|ur[il]|sid|session|community|response|assertion|answers?)$/;

/** Last words of names that describe a secret instead of containing it: `token_count`, `passwordLength`, `auth_type`. */
const DESCRIPTIONS = new Set(
  [
    'age alg algorithm algorithms attempts audience banner bits bucket budget bytes changed characters chars consent',
    'cost count counts created date days domain enabled disabled encoding endpoint enforced error errors exists expires',
    'expired expiration expiry failures field fields flow format hash-algorithm header-name hint-url host hours id ids',
    'in index info input issuer kind label left length level limit limits location manager max message method methods',
    'min minutes mode model name names needed number-of output path period policy policies port present prompt provider',
    'providers rate realm refreshed regex remaining required requirements reset retries role roles rotation rules',
    'schema scheme scope scopes seconds server servers service set size source state status store strategy strength',
    'supported tag timeout total ttl type types unit updated uri uris url urls usage usages used user username users',
    'valid validation validator verified version visible at by per',
  ].flatMap((line) => line.split(' ')),
);

/** Words before `pin` that mean a hardware pin. */
const HARDWARE =
  /^(?:analog|button|chip|clock|cs|data|digital|gpio|input|interrupt|led|map|miso|mosi|output|rx|sda|tx)$/;

const PLAIN_WORD = /^[a-z]+$/;
/** One word of a name: `2fa`, `API` in `APIKey`, `Key`, `key`. */
const WORD = /\d*(?:[A-Z]+(?![a-z])|[A-Z]?[a-z]+)[\d]*/g;
/** A definition option of `java` and `gradle`: `-Dpassword=x`. */
const DEFINITION = /^-[DP](?=[A-Za-z])/;
const FINAL_DIGITS = /\d+$/;
const MAX_LENGTH = 200;
/** Characters of texts that contain a value or a mark, and so are not only a name. */
const NO_NAME = /[=\n…]|\[redacted\]/;

/** @returns null if the name does not announce a secret */
export function nameKind(name: string): NameKind | null {
  if (name.length > MAX_LENGTH || !NAME_STEM.test(name) || NO_NAME.test(name)) return null;
  const words = wordsOf(name.replace(DEFINITION, ''));
  for (let i = words.length - 1; i >= 0; i--) {
    const kind = kindAt(words, i);
    if (kind) return isDescription(words, i) ? null : kind;
  }
  return null;
}

function kindAt(words: readonly string[], at: number): NameKind | null {
  const word = words[at] ?? '';
  const before = words[at - 1] ?? '';
  if (before !== '' && SECOND_WORD.test(word) && isPair(before, word)) return 'any';
  if (word === 'pin' && HARDWARE.test(before)) return null;
  if (Object.hasOwn(WORDS, word)) return WORDS[word] ?? null;
  return isJoined(word) ? (word.endsWith('pwd') ? 'not-a-path' : 'any') : null;
}

/** Whether the word ends with a secret's name: `dbpassword`. */
function isJoined(word: string): boolean {
  return JOINED_PASS.test(word) || (JOINED.test(word) && !OTHER_TOKENS.test(word));
}

function isPair(before: string, word: string): boolean {
  return PAIRS.some(([first, second]) => second.test(word) && first.test(before));
}

/** Whether the last word shows that the value only describes the secret. Exception: `secret_id` is a secret. */
function isDescription(words: readonly string[], at: number): boolean {
  const last = words.at(-1) ?? '';
  if (at === words.length - 1 || (words[at] === 'secret' && last === 'id')) return false;
  return DESCRIPTIONS.has(last);
}

/** Splits a name: `x-amz-Signature256` becomes `x`, `amz`, `signature`. */
function wordsOf(name: string): string[] {
  if (PLAIN_WORD.test(name)) return [name];
  const words = name.match(WORD) ?? [];
  return words.map((word) => (word === 'oauth2' ? word : word.toLowerCase().replace(FINAL_DIGITS, '')));
}

function kindOf(kind: NameKind, ...lists: string[]): Record<string, NameKind> {
  return Object.fromEntries(lists.flatMap((list) => list.split(' ')).map((word) => [word, kind]));
}
