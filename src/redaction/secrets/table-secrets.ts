import { REDACTED } from './marks.ts';
import { nameKind } from './secret-name.ts';
import { isSecretText } from './secret-value.ts';

/**
 * A table row, or a name followed by a tab, or by a comma at the start of a line. The value is matched atomically by a
 * lookahead, which prevents backtracking over its spaces.
 */
const ROW =
  /((?<![\w.-])([\w.-]{2,60})(?:[ \t]{0,40}[|│][ \t]{0,40}|\t{1,8}|(?<=^\2),))(?!\[redacted\])(?=([^\s,|│][^,|│\t\r\n]*))\3(?=[|│]?[ \t]{0,40}\r?$)/gm;
/** A YAML list item with its name and value on two lines. */
const NAMED_LINES =
  /((?:^|[\r\n])[ \t]{0,80}(?:- {1,8})?["']?(?:name|key)["']?:[ \t]{0,8}["']?([\w.$-]{1,100})["']?[ \t]{0,8}\r?\n[ \t]{0,80}["']?value["']?:[ \t]{0,8}["']?)(?!\[redacted\])([^\s"'][^\r\n"']*)/g;

const MARK = String.raw`\\{0,16}["']`;
const NAME_KEY = `${MARK}?(?:name|key|k|field|header|variable|param|parameter|property|env|option)${MARK}?`;
const VALUE_KEY = `${MARK}?(?:value|val|v|content|data|text)${MARK}?`;
const NAME_TEXT = String.raw`${MARK}([\w.$ -]{1,100}?)${MARK}`;
const LINKED = String.raw`\s{0,20}(?::|=>|=)\s{0,20}`;
const NEXT = String.raw`\s{0,20},?\s{1,40}|\s{0,20},\s{0,40}`;
/** A record with a name and a value, in JSON inside a text. */
const NAME_FIRST = new RegExp(
  String.raw`(${NAME_KEY}${LINKED}${NAME_TEXT}(?:${NEXT})${VALUE_KEY}${LINKED}${MARK})(?!\[redacted\])([^"'\\]+)`,
  'g',
);
const VALUE_FIRST = new RegExp(
  String.raw`(${VALUE_KEY}${LINKED}${MARK})(?!\[redacted\])([^"'\\]{1,2000})(${MARK}(?:${NEXT})${NAME_KEY}${LINKED}${NAME_TEXT})`,
  'g',
);

/** Masks secrets with their name in another column or on the line above. */
export function maskRows(text: string): string {
  let masked = /[|│\t,]/.test(text) ? text.replace(ROW, maskValue) : text;
  if (/value|val\b|\bv\b|content|data|text/.test(masked)) {
    masked = masked.replace(NAME_FIRST, maskValue).replace(VALUE_FIRST, maskFirstValue);
  }
  return masked.includes('\n') ? masked.replace(NAMED_LINES, maskValue) : masked;
}

function maskFirstValue(whole: string, before: string, value: string, after: string, name: string): string {
  const kind = nameKind(name);
  return kind && isSecretText(kind, value) ? before + REDACTED + after : whole;
}

function maskValue(whole: string, before: string, name: string, value: string): string {
  const kind = nameKind(name);
  return kind && isSecretText(kind, value) ? before + REDACTED : whole;
}
