import { withoutByteOrderMark } from '../../byte-order-mark.ts';
import { markLongIds, withExactIds } from './exact-ids.ts';
import { isRecord, isRequestId, JSON_RPC_VERSION } from './json-rpc.ts';
import { readEnds, type JsonEnds } from './partial-json.ts';
import { toolErrorText } from './request-meta.ts';
import type { WireText } from './wire-text.ts';

type Members = Readonly<Record<string, unknown>>;

/** Requests that may be long. Only `name` and `_meta` of their `params` are used. */
const LONG_METHODS = new Set([
  'tools/call',
  'prompts/get',
  'sampling/createMessage',
  'notifications/message',
]);
const NAMED_METHODS = new Set(['tools/call', 'prompts/get']);
/** Members that make results long and are not used. A result with one of them has no list, server info or task. */
const LONG_MEMBERS = new Set([
  'content',
  'structuredContent',
  'contents',
  'messages',
  'resources',
  'resourceTemplates',
]);
/** Length of the excerpt of a tool's error that is shown. */
const SHOWN_ERROR_LENGTH = 500;

/**
 * Reads a long JSON-RPC message from its first and last bytes. Returns null if they do not contain all that the traffic
 * observer needs. Members such as `arguments` and `content` are cut at the end of the first bytes.
 *
 * The result is correct for every valid message, because JSON-RPC allows one `params`, `result` or `error` and no
 * duplicate members. It can be wrong for text that is malformed only in the middle, and for member names with escapes.
 */
export function readLongMessage(text: WireText): Members | null {
  const ends = readEndsOf(text);
  return ends && isSufficient(ends, text) ? ends.value : null;
}

/** Reads both ends of a text; null if they cannot belong to one JSON object. */
export function readEndsOf(text: WireText): JsonEnds | null {
  const head = withoutByteOrderMark(text.head);
  const ends = readEnds(head, text.tail);
  if (!ends) return null;
  const reread = () => readEnds(markLongIds(head), markLongIds(text.tail))?.value;
  return { ...ends, value: withExactIds(ends.value, reread) };
}

/** Whether the unread middle of the message cannot change the result. */
function isSufficient({ value, openMember, cutMember }: JsonEnds, text: WireText): boolean {
  const { jsonrpc, id, method } = value;
  if (jsonrpc !== JSON_RPC_VERSION) return false;
  if (!isRequestId(id) && occurs(text, 'd"', '"id"')) return false;
  const opened = openMember === null ? undefined : value[openMember];
  if (!isRecord(opened)) return false;
  if (typeof method === 'string')
    return openMember === 'params' && hasNeededParams(method, opened, cutMember, text);
  return openMember === 'result' && hasNeededResult(opened, cutMember, text);
}

function hasNeededParams(method: string, params: Members, cut: string | null, text: WireText): boolean {
  if (!LONG_METHODS.has(method) || cut === 'name' || cut === '_meta') return false;
  if (NAMED_METHODS.has(method) && !Object.hasOwn(params, 'name')) return false;
  return Object.hasOwn(params, '_meta') || !occurs(text, '_meta"', '"_meta"');
}

function hasNeededResult(result: Members, cut: string | null, text: WireText): boolean {
  if (cut === null || !LONG_MEMBERS.has(cut)) return false;
  if (!Object.hasOwn(result, 'isError') && occurs(text, 'Error"', '"isError"')) return false;
  if (!Object.hasOwn(result, 'resultType') && occurs(text, 'Type"', '"resultType"')) return false;
  return result['isError'] !== true || hasErrorText(result, cut);
}

function hasErrorText(result: Members, cut: string): boolean {
  if (cut === 'content') return toolErrorText(result).length >= SHOWN_ERROR_LENGTH;
  return Object.hasOwn(result, 'content');
}

/** Whether a member's name occurs. Searches for its end first, because a search that begins with a quote is slow. */
function occurs(text: WireText, end: string, name: string): boolean {
  return text.includes(end) && text.includes(name);
}
