import { isRecord } from './json-rpc.ts';

// Reads a long JSON object of which only both ends are at hand, without what is between them:
//
//   first end  {"jsonrpc":"2.0","id":7,"result":{"content":[{"type":"text","text":"Once upon
//   last end                                                        ever after."}],"isError":false}}
//
//   readHead   {"jsonrpc":"2.0","id":7,"result":{"content":[{"type":"text","text":"Once upon"}]}}
//              cut: `content` of `result`
//   readTail   `"isError":false` in an object whose name is unknown, and nothing after that object
//   readEnds   both, joined: the object without a name is `result`, because nothing else can be open
//
// Each end is scanned once and without recursion, so that no nesting is too deep for the stack. A scan finds where the
// whole members are, and leaves reading them to JSON.parse. Libraries for partial JSON read first ends only.

type Members = Readonly<Record<string, unknown>>;

/** What the two ends of a JSON object tell of it. */
export interface JsonEnds {
  readonly value: Members;
  /** The member that begins in the one end and ends in the other; null where that is not clear. */
  readonly openMember: string | null;
  /** The member of that one which the first end cuts. */
  readonly cutMember: string | null;
}

export interface JsonHead {
  /** What the text holds: a string that was cut is given cut, and of an object or array what is there. */
  readonly value: unknown;
  /** The member of the outermost object whose object or array was cut. */
  readonly openMember: string | null;
  /** The member of that one which was cut, as far as it is given. */
  readonly cutMember: string | null;
}

export interface JsonTail {
  /** Whole members of the outermost object. */
  readonly members: Members;
  /** Whole members of the object that began before the text did; null where none did. What it is called is unknown. */
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

/** Reads both ends of a JSON object; null where they cannot be that. */
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

/** What the first end has of the object that is open in both ends; null if it may not be the same one. */
function openedIn({ value, openMember }: JsonHead, { members, openMembers }: JsonTail): Members | null {
  if (openMember === null || openMembers === null || Object.hasOwn(members, openMember)) return null;
  const opened = isRecord(value) ? value[openMember] : undefined;
  return isRecord(opened) ? opened : null;
}

/** Reads the first part of a JSON text; null where it cannot be the beginning of one. */
export function readHead(text: string): JsonHead | null {
  const scan = new HeadScan(text);
  const value = parsed(scan.closed());
  if (value === undefined) return null;
  return { value, openMember: scan.openMember, cutMember: scan.cutMember };
}

class HeadScan {
  readonly #text: string;
  /** What closes the objects and arrays that are open, from the outermost. */
  readonly #closers: string[] = [];
  #outerKey = '';
  #innerKey = '';
  #isKeyNext = false;
  /** Up to here the text can be closed. */
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

  /** What is there, with everything that is open closed. Whether it is JSON is not known yet. */
  closed(): string {
    const { length } = this.#closers;
    // Behind the outermost value there may be space, and nothing else.
    if (length === 0) return this.#text;
    const given = this.#isStringGivenCut()
      ? `${this.#text.slice(0, closableEnd(this.#text))}"`
      : this.#text.slice(0, this.#end);
    return given + this.#closers.toReversed().join('');
  }

  /** Not one of the outermost object: half an id or method is none. */
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

  /** A number, `true`, `false` or `null` is known to be whole by what follows it. */
  #comma(at: number): void {
    this.#isKeyNext = this.#closers.at(-1) === '}';
    this.#end = at;
  }
}

/**
 * Reads the last part of a JSON object, from its closing brace backwards; null where it cannot be the end of one. Of
 * JSON this is as exact as reading forwards: a quote that belongs to a string has an odd number of backslashes before
 * it, and one that begins or ends it an even number.
 */
export function readTail(text: string): JsonTail | null {
  const last = lastNonSpace(text);
  return text.charCodeAt(last) === CLOSE_OBJECT ? new TailScan(text, last).result() : null;
}

class TailScan {
  readonly #text: string;
  /** The closing brace of the outermost object. */
  readonly #last: number;
  /** How many of the objects and arrays that end to the right began to the left. */
  #depth = 0;
  // Of an object that began before the text, all that is right of the leftmost comma is whole.
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

/** Where the string that begins at `start` ends; -1 where that is not in the text. */
function stringEnd(text: string, start: number): number {
  let end = text.indexOf('"', start + 1);
  while (end !== -1 && isEscaped(text, end)) end = text.indexOf('"', end + 1);
  return end;
}

/** Where the string that ends at `end` begins; -1 where that is not in the text. */
function stringStart(text: string, end: number): number {
  let start = end === 0 ? -1 : text.lastIndexOf('"', end - 1);
  while (start > 0 && isEscaped(text, start)) start = text.lastIndexOf('"', start - 1);
  return start;
}

/** Where a text that ends in a string can be closed: not within an escape sequence. */
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

/** `undefined`, which no JSON is, where it is none. */
function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
