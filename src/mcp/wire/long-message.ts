import { isRecord, isRequestId } from './json-rpc.ts';
import { readEnds, type JsonEnds } from './partial-json.ts';
import { toolErrorText } from './request-meta.ts';
import type { WireText } from './wire-text.ts';

type Members = Readonly<Record<string, unknown>>;

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
/** The longest excerpt of a tool's error that is shown. */
const SHOWN_ERROR_LENGTH = 500;

/**
 * Reads a long JSON-RPC message from its first and last bytes. Returns null if they do not hold everything that the
 * traffic observer needs. Members such as `arguments` and `content` are cut off where the first bytes end.
 *
 * The result is correct for every valid message, because JSON-RPC allows one `params`, `result` or `error` and no
 * duplicate members. It can be wrong for text that is malformed only in the middle, and for member names with escapes.
 */
export function readLongMessage(text: WireText): Members | null {
  const ends = readEnds(text.head, text.tail);
  return ends && tellsAll(ends, text) ? ends.value : null;
}

/** Whether the unread middle of the message cannot change the result. */
function tellsAll({ value, openMember, cutMember }: JsonEnds, text: WireText): boolean {
  const { id, method } = value;
  if (!isRequestId(id) && occurs(text, 'd"', '"id"')) return false;
  const opened = openMember === null ? undefined : value[openMember];
  if (!isRecord(opened)) return false;
  if (typeof method === 'string')
    return openMember === 'params' && tellsParams(method, opened, cutMember, text);
  return openMember === 'result' && tellsResult(opened, cutMember, text);
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
