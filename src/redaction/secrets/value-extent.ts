// The start and end of a name's value, in any notation.
import { REDACTED } from './marks.ts';

export interface Extent {
  readonly start: number;
  readonly end: number;
  readonly isQuoted: boolean;
}

export interface ValueContext {
  /** Whether it is the value of an HTTP header, which may have several words. */
  readonly isHeader: boolean;
  /** Whether the name starts its line, so that the value may be the rest of the line. */
  readonly isLine: boolean;
  /** The quotation mark around both name and value; empty if there is none. */
  readonly outerQuote: string;
}

/** A quotation mark: plain, escaped as in nested JSON, or encoded as in HTML or a URL. */
export const QUOTE = String.raw`(?:\\{0,16}["'\x60]|&quot;|&#0?3[49];|%2[27]|\\{1,16}u002[27])`;

const TRIPLE = /("""|''')[\s\S]*?(?:\1|$)/y;
const QUOTED = /(\\{0,16}["'`])[^\r\n]*?(?:(?<!\\)\1|(?=[\r\n])|$)/y;
/** The continuation of a quoted text: a doubled mark in SQL, or a second text in a shell. */
const CONTINUED = /["'](?=\w)|(['"])(?<=\1\1)(?!\1)/y;
const ENCODED = /(&quot;|&#0?3[49];|%2[27]|\\{1,16}u002[27])[^\r\n]*?(?:\1|(?=[\r\n])|$)/y;
const REST_OF_LINE = /[^\r\n]*/y;
/** Up to the end of the line, or of the JSON text around the header. */
const HEADER = /(?:[^\r\n"'`]|["'`](?!\s*(?:[}\])]|,\s*["'`{[]|$)))+/y;
/** Up to a space or a separator before the next pair. Other signs are part of the value. */
const PLAIN =
  /(?:[^\s"'`&;,\\<]|["'`](?=\w)|\\(?!["'])|&(?!amp;|[\w.%[\]-]{1,60}=)|;(?=\S)(?![\w .-]{1,40}=)|,(?=\S)(?!["']?[\w.-]{1,60}["']?[ \t]?[:=])|<(?![/A-Za-z!]))+/y;
const NEXT_PAIR = /[\s,;&|]["']?[\w.-]{1,60}["']?[ \t]{0,2}(?:=|:[ \t])/;
const NEAR = 200;
/** Longer values extend to the end of the text, because nested values would be read repeatedly. */
const MAX_NESTED = 4096;

/** @returns null if there is no value at `at` */
export function valueExtent(text: string, at: number, context: ValueContext): Extent | null {
  if (text.startsWith(REDACTED, at)) return extent(at, at + REDACTED.length);
  const quoted = quotedExtent(text, at);
  if (quoted) return quoted;
  if (context.isHeader) return headerExtent(text, at, context.outerQuote);
  if (/[{[(]/.test(text.charAt(at))) return extent(at, nestedEnd(text, at));
  return (context.isLine ? lineExtent(text, at) : null) ?? match(PLAIN, text, at);
}

/** The content of a quoted text. Ends with its line if the closing mark is missing. */
export function quotedExtent(text: string, at: number): Extent | null {
  for (const pattern of [TRIPLE, QUOTED, ENCODED]) {
    pattern.lastIndex = at;
    const found = pattern.exec(text);
    if (!found) continue;
    const [whole, quote = ''] = found;
    const end = at + whole.length;
    const isClosed = whole.length >= 2 * quote.length && whole.endsWith(quote);
    if (!isClosed) return { start: at + quote.length, end, isQuoted: true };
    CONTINUED.lastIndex = end;
    const next = pattern === QUOTED && CONTINUED.test(text) ? quotedExtent(text, end) : null;
    return { start: at + quote.length, end: next?.end ?? end - quote.length, isQuoted: true };
  }
  return null;
}

/** Up to the end of the quoted text around the header, or of the line. */
function headerExtent(text: string, at: number, outerQuote: string): Extent | null {
  if (outerQuote === '') return match(HEADER, text, at);
  const line = match(REST_OF_LINE, text, at);
  const close = text.indexOf(outerQuote, at);
  return line && close > at && close < line.end ? extent(at, close) : line;
}

/** The rest of the line, or null if the line has more pairs. */
function lineExtent(text: string, at: number): Extent | null {
  // Checks the near text first, so that a long line is not read to its end for each of its names.
  const near = text.slice(at, at + NEAR);
  const pair = NEXT_PAIR.exec(near)?.index ?? near.length;
  if (pair < (/[\r\n]/.exec(near)?.index ?? near.length)) return null;
  const rest = match(REST_OF_LINE, text, at);
  if (!rest) return null;
  const line = text.slice(rest.start, rest.end).trimEnd();
  return NEXT_PAIR.test(line) ? null : extent(at, at + line.replace(/[,;]$/, '').length);
}

/** The position after the bracket that closes the one at `at`. */
export function nestedEnd(text: string, at: number): number {
  let depth = 0;
  for (let i = at; i < text.length && i - at < MAX_NESTED; i++) {
    const character = text.charAt(i);
    if (character === '{' || character === '[' || character === '(') depth += 1;
    else if (character === '}' || character === ']' || character === ')') depth -= 1;
    if (depth === 0) return i + 1;
  }
  return text.length;
}

function match(pattern: RegExp, text: string, at: number): Extent | null {
  pattern.lastIndex = at;
  const found = pattern.exec(text)?.[0] ?? '';
  return found === '' ? null : extent(at, at + found.length);
}

function extent(start: number, end: number): Extent | null {
  return end > start ? { start, end, isQuoted: false } : null;
}
