import { CUT } from './marks.ts';
import { nestedEnd, QUOTE, quotedExtent, valueExtent, type Extent } from './value-extent.ts';
import { blockExtent } from './yaml-block.ts';

/** A name in a text, and where it stands. */
export interface Name {
  readonly text: string;
  readonly start: number;
  readonly end: number;
}

const HEADER_NAME = /^(?:proxy-)?authorization$|^(?:set-)?cookie$/i;
/** Names of headers in a list of names and values. */
const LISTED_NAME = /^(?:(?:proxy-)?authorization|(?:set-)?cookie|x-[\w-]+)$/i;
const OPTION = /^-{1,2}\w|^\/\w/;

/** Of a variable: `password: string = "x"`. */
const TYPE = String.raw`(?:string|String|str|char|any|unknown|SecureString|bytes|Optional\[str\])(?:\[\])?(?: \| (?:null|undefined|None))?`;
/** Signs between a name and any value. A colon in a URL, and two colons, are something else. */
const SIGN = String.raw`:[ \t]{0,8}${TYPE}[ \t]{0,8}=(?![=>])|=>|->|<-|→|⇒|:=|\?=|\|\|=|\+=|=|:(?!:|//)|%3[AaDd]`;
/**
 * What follows a name: the rest of a quotation or an index, and then a comparison, a sign, a comma, a bracket or a
 * space.
 */
const LINK = new RegExp(
  String.raw`(${QUOTE})?[\])}]{0,2}[?!]?[ \t]{0,20}(?:(===?|!==?)|(${SIGN})|(,)|(\()|(?<=[ \t]))[ \t]{0,40}(?:\r?\n[ \t]{0,40}(?=["'{[]))?`,
  'y',
);
const OUTER_QUOTE = new RegExp(`${QUOTE}$`);
/** The start of a line, or of the text that a log line has behind its own beginning. */
const LINE_START =
  /(?:^|[\r\n]|[:\]>][ \t])[ \t]*(?:(?:export|set|setx|env|declare -x|ENV|ARG)[ \t]|[-*#>$][ \t])?$/;
const UNEXPECTED = /unexpected[ \t]$/i;
const OPEN_BRACKET = /([[({])[ \t\r\n]{0,20}$/;
const CLOSE_BRACKET = /^\\{0,16}["'`]\s{0,20}[\])}]/;
const NEXT_NAME = /^\\{0,16}["'`]\s{0,20}(?::|=>)/;
/** Nothing, or cut off before it began. */
const NO_VALUE = new RegExp(String.raw`^(?:\s*|[[({]\s*[\])}]|(?:\[redacted\])?${CUT}+)$`);
const LOOK_BACK = 40;

/** The value that belongs to a name, in any notation; null if there is none. */
export function readLinkedValue(text: string, name: Name): Extent | null {
  LINK.lastIndex = name.end;
  const link = LINK.exec(text);
  if (!link) return null;
  const [whole, closing = '', comparison, sign, comma, bracket] = link;
  const at = name.end + whole.length;
  const before = text.slice(Math.max(name.start - LOOK_BACK, 0), name.start);
  // `Unexpected token 'x'` is a complaint of a parser.
  if (UNEXPECTED.test(before)) return null;
  const opening = OUTER_QUOTE.exec(before)?.[0] ?? '';
  const isBare = comparison === undefined && comma === undefined && bracket === undefined;
  const value =
    sign !== undefined
      ? signedValue(text, name, at, before, opening)
      : isBare && OPTION.test(name.text)
        ? optionValue(text, at)
        : bracket === undefined
          ? quotedExtent(text, at)
          : callExtent(text, at);
  if (!value || NO_VALUE.test(text.slice(value.start, Math.min(value.end, value.start + 200)))) return null;
  const isListed =
    comma === undefined || (closing !== '' && isListedName(name, before, opening, text, value));
  return isListed ? value : null;
}

function signedValue(
  text: string,
  name: Name,
  at: number,
  before: string,
  outerQuote: string,
): Extent | null {
  const isLine = LINE_START.test(name.start > LOOK_BACK ? `.${before}` : before);
  const isHeader = HEADER_NAME.test(name.text);
  return blockExtent(text, name.start, at) ?? valueExtent(text, at, { isHeader, isLine, outerQuote });
}

/** What a call is given: `setPassword("x")`, `new Credential("bob", "x")`. */
function callExtent(text: string, at: number): Extent | null {
  if (!quotedExtent(text, at)) return null;
  const end = nestedEnd(text, text.lastIndexOf('(', at));
  return { start: at, end: text.charAt(end - 1) === ')' ? end - 1 : end, isQuoted: true };
}

/** `--verbose --password` are two options. */
function optionValue(text: string, at: number): Extent | null {
  if (text.charAt(at) === '-') return null;
  return valueExtent(text, at, { isHeader: false, isLine: false, outerQuote: '' });
}

/** Whether a name before a comma and the next text are a pair: `["password", "x"]`, `set("password", "x")`, headers. */
function isListedName(name: Name, before: string, opening: string, text: string, value: Extent): boolean {
  const after = text.slice(value.end, value.end + LOOK_BACK);
  // In `"name": "cookie", "value": "x"`, the next text is a name.
  if (NEXT_NAME.test(after)) return false;
  if (OPTION.test(name.text) || LISTED_NAME.test(name.text)) return true;
  const bracket = OPEN_BRACKET.exec(before.slice(0, before.length - opening.length))?.[1];
  return bracket === '(' || (bracket !== undefined && CLOSE_BRACKET.test(after));
}
