// Secrets in texts: whatever stands behind a name that says so, and what is known by its shape. It is guesswork that
// rather masks too much. Every pattern takes time in proportion to the text, whoever wrote it: where one could begin
// anywhere in a long word, it begins at the word's start only.

/** What stands where a secret stood. */
export const REDACTED = '[redacted]';
/** What stands where something was left out. */
export const CUT = '…';

const SECRET_NAME =
  /pass(word|wd|phrase)?$|secret|token$|api[-_ ]?key|authorization|cookie|credential|private[-_ ]?key/i;

/** Where a word begins, also behind a line break that JSON has escaped. Asked behind the prefix, which is found faster. */
const token = (prefix: string, rest: string) =>
  String.raw`${prefix}(?<=(?:^|[^\w-]|\\[nrt])${prefix})${rest}`;
const TOKENS = [
  // A JSON Web Token begins with `{"`, as base64.
  token('eyJ', String.raw`[\w-]+\.[\w-]+(?:\.[\w-]*)?`),
  // GitHub, GitLab, Slack, AWS, Google, npm, Hugging Face, the makers of models, Stripe.
  token('gh[opsur]_', String.raw`\w{10,}`),
  token('github_pat_', String.raw`\w{10,}`),
  token('glpat-', String.raw`[\w-]{10,}`),
  token('xox[a-z]-', String.raw`[\w-]{8,}`),
  token('A[KS]IA', String.raw`[A-Z\d]{12,}`),
  token('AIza', String.raw`[\w-]{30,}`),
  token('npm_', String.raw`[A-Za-z\d]{20,}`),
  token('hf_', String.raw`[A-Za-z\d]{20,}`),
  token('sk-', String.raw`[\w-]{16,}`),
  token('[rs]k_(?:live|test)_', String.raw`\w{8,}`),
];
/** What is kept of it stands in the first group. */
const SHAPES = [
  /()-----BEGIN [A-Z ]*PRIVATE KEY-----[\s\S]*?(?:-----END [A-Z ]*PRIVATE KEY-----|$)/g,
  new RegExp(`()(?:${TOKENS.join('|')})`, 'g'),
  // The password of a URL.
  /(:\/\/[^\s/:@?#]{0,200}:)[^\s/@]{1,500}(?=@)/g,
  /(\b(?:Bearer|Basic)[ \t]{1,9})[\w.~+/=-]{16,}/gi,
];

/** A name with its `=` or `:`, quoted or not; or an option of a command line with the space behind it. */
const NAMED =
  /(?<![\w.-])(?:((?:api |private )?[\w.-]+)(?:\\*["'])?[ \t]*[=:](?![=:>]|\/\/)|(--[\w-]+)[ \t](?![ \t]*-))[ \t]*/gi;
const QUOTED = /^(\\*["'])[^\r\n]*?(?:(?<!\\)(\1)|(?=[\r\n])|$)/;
/** Headers have values of several words. */
const HEADER_NAME = /authorization|cookie/i;
const HEADER_VALUE = /^[{[][^\]}]*[\]}]?|^[^\r\n"']+/;
const VALUE = /^[{[][^\]}]*[\]}]?|^[^\s"'&;]+/;
/** A value that is masked already, or was cut off before it began. */
const CUT_VALUE = /^\\*["']?(?:\[redacted\])?…+$/;

/** A mark has no spaces, as what it stands for may have: with it, the text around may look like the password of a URL. */
const MAX_ROUNDS = 4;
const MAX_JSON_LENGTH = 32_768;
const MAX_JSON_DEPTH = 32;

/** Whether a member of a record holds a secret: by its own name, or as the `value` beside a name. */
export function isSecretMember(record: object, key: string): boolean {
  if (key !== 'value') return SECRET_NAME.test(key);
  const name: unknown = Reflect.get(record, 'name') ?? Reflect.get(record, 'key');
  return typeof name === 'string' && SECRET_NAME.test(name);
}

/** `text` without what looks like a secret in it. What is masked already stays as it is. */
export function maskText(text: string): string {
  let masked = text;
  for (let round = 0; round < MAX_ROUNDS; round++) {
    const before = masked;
    masked = maskNamed(SHAPES.reduce((each, shape) => each.replace(shape, `$1${REDACTED}`), before));
    if (masked === before) break;
  }
  return masked;
}

/** The same for a text that is JSON, in which names and values are told for sure; null for any other. */
export function maskJson(text: string): string | null {
  if (text.length > MAX_JSON_LENGTH || !/^\s*[{[]/.test(text)) return null;
  try {
    const value: unknown = JSON.parse(text);
    const masked = JSON.stringify(maskValue(value, 0), null, text.includes('\n') ? 2 : 0);
    const isSame = JSON.stringify(JSON.parse(masked)) === JSON.stringify(value);
    return isSame ? text : masked;
  } catch {
    return null;
  }
}

function maskNamed(text: string): string {
  let masked = '';
  let end = 0;
  for (const match of text.matchAll(NAMED)) {
    const name = match[1] ?? match[2] ?? '';
    // It may be part of a value that is masked already.
    if (match.index < end || !SECRET_NAME.test(name)) continue;
    const start = match.index + match[0].length;
    const rest = text.slice(start);
    const [value = '', quote = '', closing = ''] =
      QUOTED.exec(rest) ?? (HEADER_NAME.test(name) ? HEADER_VALUE : VALUE).exec(rest) ?? [];
    if (value === '' || CUT_VALUE.test(value)) continue;
    masked += `${text.slice(end, start)}${quote}${REDACTED}${closing}`;
    end = start + value.length;
  }
  return masked + text.slice(end);
}

function maskValue(value: unknown, depth: number): unknown {
  if (typeof value === 'string') return maskJson(value) ?? maskText(value);
  if (typeof value !== 'object' || value === null) return value;
  if (depth >= MAX_JSON_DEPTH) return CUT;
  if (Array.isArray(value)) return value.map((item) => maskValue(item, depth + 1));
  return Object.fromEntries(
    Object.entries(value).map(([key, member]: [string, unknown]) => [
      key,
      isSecretMember(value, key) ? REDACTED : maskValue(member, depth + 1),
    ]),
  );
}
