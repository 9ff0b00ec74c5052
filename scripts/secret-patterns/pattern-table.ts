import { format } from 'prettier';

import { readGitleaksRules, type GitleaksRule } from './gitleaks-list.ts';
import { groupEnd, toJavaScript } from './inline-flags.ts';
import { literalPrefixes } from './literal-prefix.ts';
import { readSecretlintPatterns } from './secretlint-list.ts';

/** Rules of gitleaks that are omitted, with the reason. */
const LEFT_OUT = new Set([
  // These rules find a notation. A parser in src/redaction/secrets/ finds more.
  'curl-auth-header',
  'curl-auth-user',
  'freemius-secret-key',
  'generic-api-key',
  'gitlab-session-cookie',
  'hashicorp-tf-password',
  'kubernetes-secret-yaml',
  'nuget-config-password',
  'private-key',
  'sidekiq-secret',
  'sidekiq-sensitive-url',
  'slack-webhook-url',
  // Its keyword is not a part of the token. src/redaction/secrets/token-shapes.ts contains its shape.
  'facebook-access-token',
  // Matches any 40 hexadecimal digits, and therefore every git commit id.
  'sourcegraph-access-token',
  // Public by design.
  'flutterwave-public-key',
  'lob-pub-api-key',
  'mailgun-pub-key',
  'new-relic-browser-api-token',
]);

/** Prefixes that also start ordinary words, so that only the full shape identifies a token. */
const COMMON = new Set(['API-', 'ext_', 'ico-', 'ops_', 'pul-', 'v1.0-']);

/** Ids identify an account, and do not grant access. */
const PUBLIC_ID = /-(?:client|access|api)-id$/;

/** The context of a token in the patterns of gitleaks and secretlint. */
const HEADS = [String.raw`\b`, String.raw`(?<!\p{L})`, String.raw`(?:^|[\\'"\x60\s>=:(,)])`];
const TAILS = [
  String.raw`(?:[\x60'"\s;]|\\[nr]|$)`,
  String.raw`(?:[\x60'"\s;]|\\[nr]|$|\b)`,
  String.raw`(?:$|[\\'"\x60\s<),])`,
  String.raw`(?:[^\w-]|\z)`,
  String.raw`(?:[^a-zA-Z0-9+/]|\z)`,
  String.raw`\b`,
];
const TAIL_LOOKAHEAD = /\(\?!(?:\[[^\]]+\]|\\w)\)$/;
/** The operator in gitleaks' rules for a vendor's keys, between a name that contains the vendor's name and the key. */
const OPERATOR = String.raw`(?:=|>|:{1,3}=|\|\||:|=>|\?=|,)[\x60'"\s=]{0,5}`;
const NAME_START = /^(?:\(\?i\)|\[\\w\.-\]\{0,50\}\?|\(\?i:)+/;
const PIECES = /\\.|\[(?:\\.|[^\]\\])*\]|\{(\d+),\}|[+*]/g;
/** Upper bound for repetitions, because unbounded ones could take quadratic time. */
const MAX_REPEAT = 2000;

interface PatternTable {
  /** Sources of expressions that match a token from its first character on. */
  readonly tokens: string[];
  /** Beginnings that no other text is likely to have. */
  readonly prefixes: string[];
  /** A text without any of these, in any case, has no token. */
  readonly keywords: string[];
  /** Per vendor: the source of its name's expression, and that of its keys. */
  readonly vendorKeys: (readonly [string, string])[];
}

export function createPatternTable(): PatternTable {
  const rules = readGitleaksRules().filter(({ id }) => !LEFT_OUT.has(id) && !PUBLIC_ID.test(id));
  const vendorRules = rules.filter(({ regex }) => regex.includes(OPERATOR));
  const tokenRules = rules.filter(({ regex }) => !regex.includes(OPERATOR));
  const secretlint = readSecretlintPatterns().map(({ pattern }) =>
    withoutSurroundings(pattern.ignoreCase ? `(?i)${pattern.source}` : pattern.source),
  );
  const patterns = [...tokenRules.map(({ regex }) => withoutSurroundings(regex)), ...secretlint];
  const keywords = [...tokenRules.flatMap((rule) => rule.keywords), ...secretlint.flatMap(keywordsOf)];
  const prefixes = new Set(patterns.flatMap(literalPrefixes).filter(isDistinctive));
  return {
    tokens: [...new Set(patterns.map((pattern) => bounded(toJavaScript(pattern))))],
    prefixes: [...prefixes].toSorted(),
    keywords: shortest(keywords.map((keyword) => keyword.toLowerCase())),
    vendorKeys: vendorRules.map(vendorKey),
  };
}

function keywordsOf(pattern: string): string[] {
  const prefixes = literalPrefixes(pattern).map((prefix) => prefix.slice(0, 8));
  if (prefixes.some((prefix) => prefix.length < 2))
    throw new Error(`expected a plain beginning in ${pattern}`);
  return prefixes;
}

/** Removes keywords that contain another keyword. */
function shortest(keywords: readonly string[]): string[] {
  const all = [...new Set(keywords)].toSorted();
  return all.filter((keyword) => !all.some((other) => other !== keyword && keyword.includes(other)));
}

function withoutSurroundings(pattern: string): string {
  const isCaseIgnored = pattern.startsWith('(?i)');
  let bare = isCaseIgnored ? pattern.slice(4) : pattern;
  for (const head of HEADS) if (bare.startsWith(head)) bare = bare.slice(head.length);
  for (const tail of TAILS) if (bare.endsWith(tail)) bare = bare.slice(0, -tail.length);
  bare = bare.replace(TAIL_LOOKAHEAD, '').replaceAll(/(?<!\\)\((?:(?!\?)|\?P?<(?![=!])\w+>)/g, '(?:');
  bare = withoutGroup(bare);
  return isCaseIgnored ? `(?i)${bare}` : bare;
}

/** Removes the group if a pattern is a single group `(?:a|b)`. */
function withoutGroup(pattern: string): string {
  const inside = pattern.slice(3);
  return pattern.startsWith('(?:') && groupEnd(inside) === inside.length - 1
    ? withoutGroup(inside.slice(0, -1))
    : pattern;
}

/** Bounds each repetition of a pattern. In a character class, `+` is a plus sign. */
function bounded(pattern: string): string {
  return pattern.replaceAll(String.raw`\b`, '').replaceAll(PIECES, (piece, least?: string) => {
    if (piece === '+') return `{1,${MAX_REPEAT}}`;
    if (piece === '*') return `{0,${MAX_REPEAT}}`;
    return least === undefined ? piece : `{${least},${MAX_REPEAT}}`;
  });
}

function isDistinctive(prefix: string): boolean {
  return !COMMON.has(prefix) && (prefix.length >= 8 ? /[_~-]/ : /^.{3,}[_~-]$/).test(prefix);
}

function vendorKey({ id, regex }: GitleaksRule): [string, string] {
  const [before = '', after = ''] = regex.split(OPERATOR);
  const name = before.replace(NAME_START, '').replace(/\(\?:\[ \\t.*$/, '');
  const isCaseIgnored = regex.startsWith('(?i)');
  const [value = ''] = after.split(String.raw`(?:[\x60'"\s;]|\\[nr]|$)`);
  if (name === '' || value === '') throw new Error(`${id}: expected a name and a value in ${regex}`);
  const key = withoutSurroundings(isCaseIgnored ? `(?i)${value}` : value);
  return [withoutSurroundings(name.replaceAll('(?-i:', '(?:')), bounded(toJavaScript(key))];
}

const HEADER = `// Generated by \`npm run secret-patterns\` from the rules of secretlint and gitleaks: do not edit.
//
// secretlint (https://github.com/secretlint/secretlint): MIT, Copyright (c) 2020 azu
// gitleaks (https://github.com/gitleaks/gitleaks): MIT, Copyright (c) 2019 Zachary Rice
// The MIT license, whose text is in the file LICENSE of this package, applies to both.
`;

/** The source text of the module that the exporter uses. */
export async function renderPatternTable(): Promise<string> {
  const { tokens, prefixes, keywords, vendorKeys } = createPatternTable();
  const text = `${HEADER}
    /** Sources of expressions that match a token from its first character on. */
    export const TOKEN_SHAPES: readonly string[] = ${JSON.stringify(tokens)};

    /** Beginnings of tokens that no other text is likely to have. */
    export const TOKEN_PREFIXES: readonly string[] = ${JSON.stringify(prefixes)};

    /** A text without any of these, in any case, has no such token. */
    export const TOKEN_KEYWORDS: readonly string[] = ${JSON.stringify(keywords)};

    /** Per vendor: the source of an expression for its name, and of one for its keys. */
    export const VENDOR_KEYS: readonly (readonly [string, string])[] = ${JSON.stringify(vendorKeys)};
  `;
  return format(text, { parser: 'typescript', printWidth: 110, singleQuote: true });
}
