import { CUT } from './marks.ts';
import { nestedEnd, QUOTE, quotedExtent, valueExtent, type Extent } from './value-extent.ts';
import { blockExtent } from './yaml-block.ts';

/** A name in a text, and its position. */
export interface Name {
  readonly text: string;
  readonly start: number;
  readonly end: number;
}

const HEADER_NAME = /^(?:proxy-)?authorization$|^(?:set-)?cookie$/i;
/** Header names in a list of names and values. */
const LISTED_NAME = /^(?:(?:proxy-)?authorization|(?:set-)?cookie|x-[\w-]+)$/i;
const OPTION = /^-{1,2}\w|^\/\w/;

/** The type of a variable: `password: string = "x"`. */
const TYPE = String.raw`(?:string|String|str|char|any|unknown|SecureString|bytes|Optional\[str\])(?:\[\])?(?: \| (?:null|undefined|None))?`;
/** Signs between a name and its value. Excludes the colon of a URL, and two colons. */
const SIGN = String.raw`:[ \t]{0,8}${TYPE}[ \t]{0,8}=(?![=>])|=>|->|<-|→|⇒|:=|\?=|\|\|=|\+=|=|:(?!:|//)|%3[AaDd]`;
/**
 * The text between a name and its value: the end of a quotation or index, then a comparison, sign, comma, bracket or
 * space.
 */
const LINK = new RegExp(
  String.raw`(${QUOTE})?[\])}]{0,2}[?!]?[ \t]{0,20}(?:(===?|!==?)|(${SIGN})|(,)|(\()|(?<=[ \t]))[ \t]{0,40}(?:\r?\n[ \t]{0,40}(?=["'{[]))?`,
  'y',
);
const OUTER_QUOTE = new RegExp(`${QUOTE}$`);
/** The start of a line, or of the message in a log line. */
const LINE_START =
  /(?:^|[\r\n]|[:\]>][ \t])[ \t]*(?:(?:export|set|setx|env|declare -x|ENV|ARG)[ \t]|[-*#>$][ \t])?$/;
const UNEXPECTED = /unexpected[ \t]$/i;
const OPEN_BRACKET = /([[({])[ \t\r\n]{0,20}$/;
const CLOSE_BRACKET = /^\\{0,16}["'`]\s{0,20}[\])}]/;
const NEXT_NAME = /^\\{0,16}["'`]\s{0,20}(?::|=>)/;
/** A missing value, or one that was truncated completely. */
const NO_VALUE = new RegExp(String.raw`^(?:\s*|[[({]\s*[\])}]|(?:\[redacted\])?${CUT}+)$`);
const LOOK_BACK = 40;

/** The parsed text between a name and its value. */
interface Link {
  readonly kind: 'comparison' | 'sign' | 'comma' | 'bracket' | 'space';
  /** Possible start of the value. */
  readonly at: number;
  /** The text before the name. */
  readonly before: string;
  /** The opening quote before the name, and the closing quote after it; empty if missing. */
  readonly opening: string;
  readonly closing: string;
}

/** In the order of {@link LINK}'s groups. */
const KINDS = ['comparison', 'sign', 'comma', 'bracket'] as const;

/** The value of a name in any notation, or null. */
export function readLinkedValue(text: string, name: Name): Extent | null {
  const link = linkAfter(text, name);
  // `Unexpected token 'x'` is a parser's error message.
  if (!link || UNEXPECTED.test(link.before)) return null;
  const value = valueAfter(text, name, link);
  if (!value || NO_VALUE.test(text.slice(value.start, Math.min(value.end, value.start + 200)))) return null;
  return link.kind !== 'comma' || isListedName(name, link, text, value) ? value : null;
}

function linkAfter(text: string, name: Name): Link | null {
  LINK.lastIndex = name.end;
  const [whole, closing = '', ...groups] = LINK.exec(text) ?? [];
  if (whole === undefined) return null;
  const before = text.slice(Math.max(name.start - LOOK_BACK, 0), name.start);
  return {
    kind: KINDS[groups.findIndex((group) => group !== undefined)] ?? 'space',
    at: name.end + whole.length,
    before,
    opening: OUTER_QUOTE.exec(before)?.[0] ?? '',
    closing,
  };
}

function valueAfter(text: string, name: Name, link: Link): Extent | null {
  if (link.kind === 'sign') return signedValue(text, name, link);
  if (link.kind === 'bracket') return callExtent(text, link.at);
  const isOption = link.kind === 'space' && OPTION.test(name.text);
  return isOption ? optionValue(text, link.at) : quotedExtent(text, link.at);
}

function signedValue(text: string, name: Name, { at, before, opening }: Link): Extent | null {
  const isLine = LINE_START.test(name.start > LOOK_BACK ? `.${before}` : before);
  const isHeader = HEADER_NAME.test(name.text);
  return (
    blockExtent(text, name.start, at) ?? valueExtent(text, at, { isHeader, isLine, outerQuote: opening })
  );
}

/** The arguments of a call: `setPassword("x")`, `new Credential("bob", "x")`. */
function callExtent(text: string, at: number): Extent | null {
  if (!quotedExtent(text, at)) return null;
  const end = nestedEnd(text, text.lastIndexOf('(', at));
  return { start: at, end: text.charAt(end - 1) === ')' ? end - 1 : end, isQuoted: true };
}

/** The value of an option. In `--password --verbose`, there is none. */
function optionValue(text: string, at: number): Extent | null {
  if (text.charAt(at) === '-') return null;
  return valueExtent(text, at, { isHeader: false, isLine: false, outerQuote: '' });
}

/** Whether a name and the text after the comma are a pair: `["password", "x"]`, `set("password", "x")`, headers. */
function isListedName(name: Name, { before, opening, closing }: Link, text: string, value: Extent): boolean {
  if (closing === '') return false;
  const after = text.slice(value.end, value.end + LOOK_BACK);
  // In `"name": "cookie", "value": "x"`, the text after the comma is another name.
  if (NEXT_NAME.test(after)) return false;
  if (OPTION.test(name.text) || LISTED_NAME.test(name.text)) return true;
  const bracket = OPEN_BRACKET.exec(before.slice(0, before.length - opening.length))?.[1];
  return bracket === '(' || (bracket !== undefined && CLOSE_BRACKET.test(after));
}
