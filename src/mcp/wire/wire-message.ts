import { LIMITS, type OnLimit } from '../../monitor/limits.ts';
import { isRecord, isRequestId } from './json-rpc.ts';
import { readHead, readTail } from './partial-json.ts';
import { toolErrorText } from './request-meta.ts';
import type { WireText } from './wire-text.ts';

type Members = Readonly<Record<string, unknown>>;

/** What the two ends of a long text tell of the message. */
interface Peeked {
  readonly message: Members;
  /** The member that begins in the one end and ends in the other; null where that is not clear. */
  readonly open: 'params' | 'result' | 'error' | null;
  /** The member of `open` that the first end cuts. */
  readonly cut: string | null;
}

/** In a shorter text, there cannot be too many values. */
const UNCOUNTED_CHARS = LIMITS.json_values.max;
const COMMA = 0x2c;
const OPEN_ARRAY = 0x5b;
const OPEN_OBJECT = 0x7b;
/** A text up to this size is parsed about as fast as its ends are looked at. */
const PARSED_BYTES = 8192;
/** Requests that may be long; of their `params` only `name` and `_meta` matter. Others are short, or rare. */
const LONG_METHODS = new Set([
  'tools/call',
  'prompts/get',
  'sampling/createMessage',
  'notifications/message',
]);
const NAMED_METHODS = new Set(['tools/call', 'prompts/get']);
/** What makes results long, and does not matter. Beside one of these is no list, no introduction and no task. */
const LONG_MEMBERS = new Set([
  'content',
  'structuredContent',
  'contents',
  'messages',
  'resources',
  'resourceTemplates',
]);
/** So much of why a tool failed is shown, at most. */
const SHOWN_ERROR_LENGTH = 500;

/**
 * Reads what matters of one text: its JSON-RPC messages (a batch has several), for `readMessage` of json-rpc.ts. Null
 * if it is neither a JSON object nor an array.
 *
 * Parsing a long text costs more than forwarding it. So of a long one only both ends are read where they tell all that
 * the traffic observer asks for; `arguments`, `content` and the like are then given as far as they were seen. That is
 * sure for JSON-RPC: a message has one `params`, `result` or `error`, and no member twice. What nobody sends may be read
 * amiss: a long text that is malformed though each of its ends reads like that of a message, or one that spells the name
 * of a member with escapes.
 *
 * @param parsedBytes - of a text up to this size all is read
 */
export function readWire(
  text: WireText,
  parsedBytes = PARSED_BYTES,
  onLimit: OnLimit = () => undefined,
): unknown[] | null {
  if (text.sizeBytes > parsedBytes) {
    const peeked = peek(text);
    if (peeked && tellsAll(peeked, text)) return [peeked.message];
  }
  const whole = parsableText(text, onLimit);
  return whole === null ? readCut(text) : parse(whole);
}

/** The same, with all of each message; null also where the text was too long to keep, or to be parsed. */
export function parseWire(text: WireText): unknown[] | null {
  const whole = parsableText(text, () => undefined);
  return whole === null ? null : parse(whole);
}

/** Null where parsing the text would take too much memory or time. */
function parsableText(text: WireText, onLimit: OnLimit): string | null {
  const whole = text.text();
  if (whole === null) {
    if (text.sizeBytes > LIMITS.text_bytes.max) onLimit('text_bytes');
    return null;
  }
  if (whole.length <= UNCOUNTED_CHARS || countValues(whole) <= LIMITS.json_values.max) return whole;
  onLimit('json_values');
  return null;
}

/**
 * At least as many as there are values in a JSON text. Each empty array takes some 50 times the memory of its text, so
 * that a line of nothing but brackets could fill the heap.
 */
function countValues(text: string): number {
  let count = 1;
  for (let at = 0; at < text.length && count <= LIMITS.json_values.max; at++) {
    const code = text.charCodeAt(at);
    if (code === COMMA || code === OPEN_ARRAY || code === OPEN_OBJECT) count += 1;
  }
  return count;
}

/** Of a text that was too long to keep: what its ends know. */
function readCut(text: WireText): unknown[] | null {
  const message = peek(text)?.message;
  if (message) return [message];
  return Array.isArray(readHead(text.head)?.value) ? [] : null;
}

/** A JSON-RPC message is an object, a batch an array. Anything else is no message, and failing to parse it is slow. */
const MESSAGE_START = /^\s*[[{]/;

function parse(text: string): unknown[] | null {
  if (!MESSAGE_START.test(text)) return null;
  try {
    const value: unknown = JSON.parse(text);
    return Array.isArray(value) ? value : [value];
  } catch {
    return null;
  }
}

function peek({ head, tail }: WireText): Peeked | null {
  const first = readHead(head);
  if (!isRecord(first?.value)) return null;
  const last = readTail(tail);
  if (!last) return null;
  const message: Record<string, unknown> = { ...first.value, ...last.members };
  const open = first.openMember;
  if (open !== 'params' && open !== 'result' && open !== 'error') return { message, open: null, cut: null };
  const opened = first.value[open];
  const isJoined = isRecord(opened) && last.openMembers !== null && !Object.hasOwn(last.members, open);
  if (!isJoined) return { message, open: null, cut: null };
  message[open] = { ...opened, ...last.openMembers };
  const isCut = first.cutMember !== null && !Object.hasOwn(last.openMembers, first.cutMember);
  return { message, open, cut: isCut ? first.cutMember : null };
}

/** Whether what was not seen of the message cannot matter. */
function tellsAll({ message, open, cut }: Peeked, text: WireText): boolean {
  const { id, method } = message;
  if (!isRequestId(id) && occurs(text, 'd"', '"id"')) return false;
  const opened = open === null ? undefined : message[open];
  if (!isRecord(opened)) return false;
  if (typeof method === 'string') return open === 'params' && tellsParams(method, opened, cut, text);
  return open === 'result' && tellsResult(opened, cut, text);
}

function tellsParams(method: string, params: Members, cut: string | null, text: WireText): boolean {
  if (!LONG_METHODS.has(method) || cut === 'name' || cut === '_meta') return false;
  if (NAMED_METHODS.has(method) && !Object.hasOwn(params, 'name')) return false;
  return Object.hasOwn(params, '_meta') || !occurs(text, '_meta"', '"_meta"');
}

function tellsResult(result: Members, cut: string | null, text: WireText): boolean {
  if (cut === null || !LONG_MEMBERS.has(cut)) return false;
  if (!Object.hasOwn(result, 'isError') && occurs(text, 'Error"', '"isError"')) return false;
  if (!Object.hasOwn(result, 'resultType') && occurs(text, 'Type"', '"resultType"')) return false;
  return result['isError'] !== true || tellsFailure(result, cut);
}

function tellsFailure(result: Members, cut: string): boolean {
  if (cut === 'content') return toolErrorText(result).length >= SHOWN_ERROR_LENGTH;
  return Object.hasOwn(result, 'content');
}

/**
 * Whether a member's name occurs. A search is as fast as its first character is rare, and quotes are common: so the end
 * of the name is searched for first.
 */
function occurs(text: WireText, end: string, name: string): boolean {
  return text.includes(end) && text.includes(name);
}
