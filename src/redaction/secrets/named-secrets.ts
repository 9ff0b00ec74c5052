// Secrets after their names in a text: `password=x`, `"token": "x"`, `secret => 'x'`, `--api-key x` and so on.
import { REDACTED } from './marks.ts';
import { KeywordFinder, type Hit } from './keyword-finder.ts';
import { readLinkedValue, type Name } from './linked-value.ts';
import { NAME_STEMS, nameKind } from './secret-name.ts';
import { isPlaceholder, isSecretText } from './secret-value.ts';
import { maskRows } from './table-secrets.ts';
import type { Extent } from './value-extent.ts';
import { hasVendorKey, vendorJudge, vendorNames } from './vendor-keys.ts';

/** Decides whether a name's value is a secret. */
type Judge = (value: string, isQuoted: boolean) => boolean;
/** The judge for a name; null if the name does not announce a secret. */
type JudgeOf = (name: string, previousWord: string) => Judge | null;

const NAME_CHARACTER = /[\w.$-]/;
const MAX_NAME = 100;
/** An encoded character before a name: `%22`, `\u0022`, `\n`. */
const ENCODED_START = /^(?:%([\dA-F]{2})|\\(u00[\da-f]{2}|[nrt]))/i;
const PREVIOUS_WORD = /([A-Za-z\d-]{2,20})[ \t]$/;
const names = new KeywordFinder(NAME_STEMS);
/** Second words of names such as `API key`, where the first word is needed to recognize a secret. */
const SECOND_WORD = /^(?:keys?|codes?|phrase|words|string|ur[il])$/i;

/** Masks the values of names that announce a secret. */
export function maskNamed(text: string): string {
  return maskVendorKeys(maskRows(maskPairs(text, names, secretJudge)));
}

/** Masks values with the shape of a vendor's keys after names that contain the vendor's name. */
function maskVendorKeys(text: string): string {
  return hasVendorKey(text) ? maskPairs(text, vendorNames, vendorJudge) : text;
}

function maskPairs(text: string, finder: KeywordFinder, judgeOf: JudgeOf): string {
  let masked = '';
  let end = 0;
  let next = 0;
  for (let hit = finder.find(text); hit; hit = finder.find(text, next)) {
    const name = nameAround(text, hit, end);
    const value = secretBehind(text, name, judgeOf);
    next = Math.max(value?.end ?? name.end, hit.end);
    if (!value) continue;
    masked += text.slice(end, value.start) + REDACTED;
    end = value.end;
  }
  return end === 0 ? text : masked + text.slice(end);
}

function secretBehind(text: string, name: Name, judgeOf: JudgeOf): Extent | null {
  const previous = SECOND_WORD.test(name.text)
    ? PREVIOUS_WORD.exec(text.slice(Math.max(name.start - 22, 0), name.start))
    : null;
  const judge = judgeOf(name.text, previous?.[1] ?? '');
  const value = judge && readLinkedValue(text, name);
  return value && judge(text.slice(value.start, value.end), value.isQuoted) ? value : null;
}

/** The whole name around a keyword. */
function nameAround(text: string, { start: from, end: to }: Hit, least: number): Name {
  let start = from;
  let end = to;
  while (start > least && from - start < MAX_NAME && NAME_CHARACTER.test(text.charAt(start - 1))) start -= 1;
  while (end < text.length && end - to < MAX_NAME && NAME_CHARACTER.test(text.charAt(end))) end += 1;
  const encoded = ENCODED_START.exec(text.slice(Math.max(start - 1, 0), from));
  start += (encoded?.[1] ?? encoded?.[2] ?? '').length;
  return { text: text.slice(start, end), start, end };
}

function secretJudge(name: string, previousWord: string): Judge | null {
  const kind = nameKind(previousWord === '' ? name : `${previousWord} ${name}`);
  return kind && ((value, isQuoted) => (isQuoted || !isPlaceholder(value)) && isSecretText(kind, value));
}
