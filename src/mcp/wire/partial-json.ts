import { isRecord } from './json-rpc.ts';

// Reads a long JSON object from its two ends, without the part between them:
//
//   first end  {"jsonrpc":"2.0","id":7,"result":{"content":[{"type":"text","text":"Once upon
//   last end                                                        ever after."}],"isError":false}}
//
//   readHead   {"jsonrpc":"2.0","id":7,"result":{"content":[{"type":"text","text":"Once upon"}]}}
//              cut: `content` of `result`
//   readTail   `"isError":false` in an object of unknown name, and no member after that object
//   readEnds   both, joined: the object of unknown name is `result`, because no other member is open
//
// Each end is scanned once and without recursion, so deep nesting cannot overflow the stack. A scan locates the complete
// members, and JSON.parse reads them. Libraries for partial JSON read only the first end.

type Members = Readonly<Record<string, unknown>>;

/** The content of the two ends of a JSON object. */
export interface JsonEnds {
  readonly value: Members;
  /** The member that begins in the first end and ends in the last one; null if it is ambiguous. */
  readonly openMember: string | null;
  /** The member of `openMember` that is cut at the first end. */
  readonly cutMember: string | null;
}

export interface JsonHead {
  /** The parsed text. A string, object or array that was cut contains only its first part. */
  readonly value: unknown;
  /** The member of the outermost object that was cut, if it is an object or array. */
  readonly openMember: string | null;
  /** The member of `openMember` that was cut. */
  readonly cutMember: string | null;
}

export interface JsonTail {
  /** Complete members of the outermost object. */
  readonly members: Members;
  /** Complete members of the object that began before the text; null if there is none. Its name is unknown. */
  readonly openMembers: Members | null;
}

const QUOTE = 0x22;
const COMMA = 0x2c;
const OPEN_ARRAY = 0x5b;
const BACKSLASH = 0x5c;
const CLOSE_ARRAY = 0x5d;
const OPEN_OBJECT = 0x7b;
const CLOSE_OBJECT = 0x7d;
const UNICODE_ESCAPE_LENGTH = '\\u0000'.length;

/** Reads both ends of a JSON object; null if they cannot belong to one. */
export function readEnds(headText: string, tailText: string): JsonEnds | null {
  const head = readHead(headText);
  if (!isRecord(head?.value)) return null;
  const tail = readTail(tailText);
  if (!tail) return null;
  const value: Record<string, unknown> = { ...head.value, ...tail.members };
  const { openMember, cutMember } = head;
  const opened = openedIn(head, tail);
  if (openMember === null || !opened) return { value, openMember: null, cutMember: null };
  value[openMember] = { ...opened, ...tail.openMembers };
  const isInTail = cutMember !== null && Object.hasOwn(tail.openMembers ?? {}, cutMember);
  return { value, openMember, cutMember: isInTail ? null : cutMember };
}

/** The first part of the object that is open in both ends; null if it may be two different objects. */
function openedIn({ value, openMember }: JsonHead, { members, openMembers }: JsonTail): Members | null {
  if (openMember === null || openMembers === null || Object.hasOwn(members, openMember)) return null;
  const opened = isRecord(value) ? value[openMember] : undefined;
  return isRecord(opened) ? opened : null;
}

/** Reads the first part of a JSON text; null if it cannot be the beginning of one. */
export function readHead(text: string): JsonHead | null {
  const scan = new HeadScan(text);
  const value = parsed(scan.closed());
  if (value === undefined) return null;
  return { value, openMember: scan.openMember, cutMember: scan.cutMember };
}

class HeadScan {
  readonly #text: string;
  /** The closing brackets of the open objects and arrays, from the outermost. */
  readonly #closers: string[] = [];
  #outerKey = '';
  #innerKey = '';
  #isKeyNext = false;
  /** The end of the part that can be closed. */
  #end = 0;
  #endsInString = false;

  constructor(text: string) {
    this.#text = text;
    for (let at = 0; at < text.length; at++) {
      const code = text.charCodeAt(at);
      if (code === QUOTE) at = this.#passString(at);
      else if (code === OPEN_OBJECT || code === OPEN_ARRAY) this.#open(at, code === OPEN_OBJECT);
      else if (code === CLOSE_OBJECT || code === CLOSE_ARRAY) this.#close(at);
      else if (code === COMMA) this.#comma(at);
    }
  }

  get openMember(): string | null {
    return this.#closers.length > 1 ? keyOf(this.#outerKey) : null;
  }

  get cutMember(): string | null {
    return this.#closers.length > 2 || this.#isStringGivenCut() ? keyOf(this.#innerKey) : null;
  }

  /** The text with all open objects and arrays closed. It may still be invalid JSON. */
  closed(): string {
    const { length } = this.#closers;
    // Only white space may follow the outermost value.
    if (length === 0) return this.#text;
    const given = this.#isStringGivenCut()
      ? `${this.#text.slice(0, closableEnd(this.#text))}"`
      : this.#text.slice(0, this.#end);
    return given + this.#closers.toReversed().join('');
  }

  /** A cut string in the outermost object is not used, because half an id or method is useless. */
  #isStringGivenCut(): boolean {
    return this.#endsInString && !this.#isKeyNext && this.#closers.length > 1;
  }

  #passString(start: number): number {
    const end = stringEnd(this.#text, start);
    if (end === -1) {
      this.#endsInString = true;
      return this.#text.length;
    }
    if (!this.#isKeyNext) this.#end = end + 1;
    else if (this.#closers.length === 1) this.#outerKey = this.#text.slice(start, end + 1);
    else if (this.#closers.length === 2) this.#innerKey = this.#text.slice(start, end + 1);
    this.#isKeyNext = false;
    return end;
  }

  #open(at: number, isObject: boolean): void {
    this.#closers.push(isObject ? '}' : ']');
    this.#isKeyNext = isObject;
    this.#end = at + 1;
    if (this.#closers.length === 2) this.#innerKey = '';
  }

  #close(at: number): void {
    this.#closers.pop();
    this.#isKeyNext = false;
    this.#end = at + 1;
  }

  /** A comma shows that the number, `true`, `false` or `null` before it is complete. */
  #comma(at: number): void {
    this.#isKeyNext = this.#closers.at(-1) === '}';
    this.#end = at;
  }
}

/**
 * Reads the last part of a JSON object backwards from its closing brace; null if it cannot be the end of one. For valid
 * JSON this is as exact as reading forwards: an escaped quote inside a string follows an odd number of backslashes, and
 * a quote that begins or ends a string an even number.
 */
export function readTail(text: string): JsonTail | null {
  const last = lastNonSpace(text);
  return text.charCodeAt(last) === CLOSE_OBJECT ? new TailScan(text, last).result() : null;
}

class TailScan {
  readonly #text: string;
  /** The closing brace of the outermost object. */
  readonly #last: number;
  /** The number of objects and arrays that end right of the current position and begin left of it. */
  #depth = 0;
  // If an object began before the text, all its members right of the leftmost comma are complete.
  #outerStart: number;
  #innerStart = -1;
  #innerEnd = -1;
  #isJson = true;

  constructor(text: string, last: number) {
    this.#text = text;
    this.#last = last;
    this.#outerStart = last;
    for (let at = last; at >= 0; at--) {
      const code = text.charCodeAt(at);
      if (code === QUOTE) at = this.#passString(at);
      else if (code === CLOSE_OBJECT || code === CLOSE_ARRAY) this.#enter(at);
      else if (code === OPEN_OBJECT || code === OPEN_ARRAY) this.#leave(at);
      else if (code === COMMA) this.#comma(at);
    }
  }

  result(): JsonTail | null {
    const members = this.#isJson ? this.#membersBetween(this.#outerStart, this.#last) : undefined;
    if (members === undefined) return null;
    const isObjectOpen = this.#depth >= 2 && this.#text.charCodeAt(this.#innerEnd) === CLOSE_OBJECT;
    if (!isObjectOpen) return { members, openMembers: null };
    const openMembers = this.#membersBetween(this.#innerStart, this.#innerEnd);
    return openMembers === undefined ? null : { members, openMembers };
  }

  #passString(end: number): number {
    if (isEscaped(this.#text, end)) this.#isJson = false;
    return this.#isJson ? stringStart(this.#text, end) : -1;
  }

  #enter(at: number): void {
    this.#depth += 1;
    if (this.#depth === 2) this.#innerStart = this.#innerEnd = at;
  }

  #leave(at: number): void {
    this.#depth -= 1;
    if (this.#depth === 0) this.#outerStart = at;
  }

  #comma(at: number): void {
    if (this.#depth === 1) this.#outerStart = at;
    if (this.#depth === 2) this.#innerStart = at;
  }

  #membersBetween(start: number, end: number): Members | undefined {
    return parsed(`{${this.#text.slice(start + 1, end)}}`) as Members | undefined;
  }
}

/** The end of the string that begins at `start`; -1 if it is not in the text. */
function stringEnd(text: string, start: number): number {
  let end = text.indexOf('"', start + 1);
  while (end !== -1 && isEscaped(text, end)) end = text.indexOf('"', end + 1);
  return end;
}

/** The start of the string that ends at `end`; -1 if it is not in the text. */
function stringStart(text: string, end: number): number {
  let start = end === 0 ? -1 : text.lastIndexOf('"', end - 1);
  while (start > 0 && isEscaped(text, start)) start = text.lastIndexOf('"', start - 1);
  return start;
}

/** The position at which a text that ends in a string can be closed: not within an escape sequence. */
function closableEnd(text: string): number {
  const fromEnd = Math.max(0, text.length - UNICODE_ESCAPE_LENGTH);
  const escape = fromEnd + text.slice(fromEnd).lastIndexOf('\\');
  if (escape < fromEnd || isEscaped(text, escape)) return text.length;
  const length = text.charAt(escape + 1) === 'u' ? UNICODE_ESCAPE_LENGTH : 2;
  return escape + length > text.length ? escape : text.length;
}

function isEscaped(text: string, at: number): boolean {
  return backslashesBefore(text, at) % 2 === 1;
}

function backslashesBefore(text: string, end: number): number {
  let start = end;
  while (start > 0 && text.charCodeAt(start - 1) === BACKSLASH) start--;
  return end - start;
}

function lastNonSpace(text: string): number {
  let at = text.length - 1;
  while (at >= 0 && ' \t\r\n'.includes(text.charAt(at))) at--;
  return at;
}

function keyOf(raw: string): string | null {
  const key = parsed(raw);
  return typeof key === 'string' ? key : null;
}

/** Parses JSON; undefined if it is invalid. */
function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
