// Tokens with known shapes. Most shapes come from the rules of secretlint and gitleaks.
import { KeywordFinder } from './keyword-finder.ts';
import { TOKEN_KEYWORDS, TOKEN_PREFIXES, TOKEN_SHAPES } from './known-patterns.ts';
import { maskLongWords } from './long-words.ts';
import { REDACTED } from './marks.ts';

/** Additional shapes with their keywords. Those rules lack them, or are too strict for redaction. */
const OWN_SHAPES: readonly (readonly [keywords: string, shape: string])[] = [
  ['ghp_ gho_ ghs_ ghu_ ghr_', String.raw`gh[opsur]_\w{10,}`],
  ['github_pat_', String.raw`github_pat_\w{10,}`],
  ['glpat-', String.raw`glpat-[\w-]{10,}`],
  ['xox', String.raw`xox[a-z]-[\w-]{8,}`],
  ['akia asia', String.raw`A[KS]IA[A-Z\d]{12,}`],
  ['aiza', String.raw`AIza[\w-]{30,}`],
  ['ya29.', String.raw`ya29\.[\w-]{10,}`],
  ['1//0', String.raw`1//0[\w-]{20,}`],
  ['gocspx-', String.raw`GOCSPX-[\w-]{10,}`],
  ['npm_', String.raw`npm_[A-Za-z\d]{20,}`],
  ['hf_', String.raw`hf_[A-Za-z\d]{20,}`],
  ['sk-', String.raw`sk-[\w-]{16,}`],
  ['_live_ _test_', String.raw`[rs]k_(?:live|test)_\w{8,}`],
  ['whsec_', String.raw`whsec_[\w+/=]{16,}`],
  ['sq0csp eaa', String.raw`(?:sq0csp|EAAA|EAA[A-Z])[\w-]{22,}`],
  ['sg.', String.raw`SG\.[\w-]{8,}\.[\w-]{8,}`],
  ['hvs. hvb. hvr.', String.raw`hv[sbr]\.[\w-]{16,}`],
  ['dp.', String.raw`dp\.\w{2,6}\.\w{16,}`],
  [
    'tskey xai nvapi tvly r8_ fw_ lsv2_pt cfpat nrak nrii sbp_ rnd_ secret_ sgp_ phx_ lf_sk',
    String.raw`(?:tskey|xai|nvapi|tvly|r8|fw|lsv2_pt|CFPAT|NRAK|NRII|sbp|rnd|secret|sgp|phx|lf_sk)[_-][\w=-]{16,}`,
  ],
  ['atatt3 atctt3 atbb akcp', String.raw`(?:ATATT3|ATCTT3|ATBB|AKCp)[\w=-]{16,}`],
  [':aa', String.raw`(?:bot)?\d{6,12}:AA[\w-]{30,}`],
  ['-us', String.raw`[0-9a-f]{32}-us\d{1,2}`],
  ['| %7c', String.raw`\d{15,16}(?:\||%7[Cc])[\w-]{27,40}`],
  ['key-', String.raw`key-[0-9a-z]{32}`],
];
const LONGER = String.raw`(?:${TOKEN_PREFIXES.map(escaped).join('|')})(?=[A-Za-z_-]{0,40}\d)[\w-]{16,}`;
const SHAPES = [...TOKEN_SHAPES, LONGER, ...OWN_SHAPES.map(([, shape]) => shape)];

/** A shape at the start of a word. The rest of the word counts as part of the token. */
const TOKEN = new RegExp(
  String.raw`(?<=^|[^A-Za-z\d]|\\[nrt])(?:${SHAPES.join('|')})(?:[\w-]|[+/=~.](?=[\w-]))*={0,2}`,
  'g',
);
const keywords = new KeywordFinder([
  ...TOKEN_KEYWORDS,
  ...TOKEN_PREFIXES.map((prefix) => prefix.toLowerCase()),
  ...OWN_SHAPES.flatMap(([words]) => words.split(' ')),
]);

/** A JSON Web Token starts with `{"` in base64. Matches only at the start of a word, to stay linear. */
const JWT = /eyJ(?<=(?:^|[^\w-]|\\[nrt])eyJ)[\w-]+\.[\w-]+(?:\.[\w-]*)?/g;
const PRIVATE_KEY =
  /-----BEGIN [A-Z0-9 ]{0,40}PRIVATE KEY(?: BLOCK)?-----[\s\S]*?(?:-----END [A-Z0-9 ]{0,40}PRIVATE KEY(?: BLOCK)?-----|$)/g;
/** The value of an authorization header, anywhere in a text. */
const SCHEME =
  /\b(Bearer|Basic|Token|ApiKey|Api-Key|Negotiate|NTLM|GenieKey|SSWS)([ \t]{1,9}|%20)(?:[\w.~+/=:-]{16,}|(?=[A-Za-z.~+/=_:-]{0,40}\d)[\w.~+/=:-]{5,})/gi;

export function maskTokens(text: string): string {
  const masked = maskLongWords(text, maskWord);
  return masked.includes('-----BEGIN') ? masked.replace(PRIVATE_KEY, REDACTED) : masked;
}

/** Masks credentials after an authentication scheme. */
export function maskSchemes(text: string): string {
  return text.replace(SCHEME, `$1$2${REDACTED}`);
}

function maskWord(word: string): string {
  if (!keywords.find(word)) return word;
  return (word.includes('eyJ') ? word.replace(JWT, REDACTED) : word).replace(TOKEN, REDACTED);
}

function escaped(text: string): string {
  return text.replaceAll(/[.~-]/g, String.raw`\$&`);
}
