import { LIMITS, type OnLimit } from '../../monitor/limits.ts';
import { withoutByteOrderMark } from '../../byte-order-mark.ts';
import { markLongIds, withExactIds } from './exact-ids.ts';
import { JSON_RPC_VERSION, readMessage, type JsonRpcMessage } from './json-rpc.ts';
import { readEndsOf, readLongMessage } from './long-message.ts';
import type { WireText } from './wire-text.ts';

// All transports read messages here. Only the framing of the texts differs:
//
//   stdio      chunks -> LineReader                 \
//   HTTP       chunks -> HttpBody -> TextCollector   -> WireText -> readMessages -> JsonRpcMessage -> TrafficObserver
//   SSE        chunks -> HttpBody -> EventReader    /
//   SDK hooks  values parsed by the SDK -> readValues ----------^

/** The result of reading one text, or values that were already parsed. */
export interface ReadMessages {
  /** In order, without values that are not JSON-RPC messages. */
  readonly messages: readonly JsonRpcMessage[];
  /** Size of a single message. Undefined for a batch, because the sizes of its messages are unknown. */
  readonly sizeBytes: number | undefined;
  /** Why nothing was read: the text is not a JSON object or array, or it is too large. */
  readonly problem: 'not_json' | 'too_large' | null;
  /** Number of messages that were not read; Infinity if it is unknown. */
  readonly skipped: number;
}

export interface ReadOptions {
  /**
   * A text up to this size is parsed as a whole. Only the two ends of a longer one are read, if they are sufficient.
   * @defaultValue 8192 bytes: parsing a text of this size is about as fast as reading its ends
   */
  readonly parsedBytes?: number | undefined;
  readonly onLimit: OnLimit;
}

const PARSED_BYTES = 8192;
/** A shorter text cannot contain too many values. */
const UNCOUNTED_CHARS = LIMITS.json_values.max;
const COMMA = 0x2c;
const OPEN_ARRAY = 0x5b;
const OPEN_OBJECT = 0x7b;
/** A JSON-RPC message is an object, and a batch is an array. Other texts are not parsed, because a parse error is slow. */
const MESSAGE_START = /^\s*[[{]/;

const NOT_JSON: ReadMessages = { messages: [], sizeBytes: undefined, problem: 'not_json', skipped: 0 };
const TOO_LARGE: ReadMessages = {
  messages: [],
  sizeBytes: undefined,
  problem: 'too_large',
  skipped: Infinity,
};

/**
 * Reads the JSON-RPC messages of one text. A batch contains several. Parsing a long text costs more than forwarding it, so
 * only its two ends are read if they are sufficient. A text beyond the limits is never parsed.
 */
export function readMessages(text: WireText, options: ReadOptions): ReadMessages {
  const { parsedBytes = PARSED_BYTES, onLimit } = options;
  const long = text.sizeBytes > parsedBytes ? readLongMessage(text) : null;
  if (long) return readValues([long], onLimit, text.sizeBytes);
  const whole = parsableText(text, onLimit);
  if (whole === null) return readCut(text, onLimit);
  const values = parse(whole);
  return values === null ? NOT_JSON : readValues(values, onLimit, text.sizeBytes);
}

/** The same for values that are already parsed. */
export function readValues(values: readonly unknown[], onLimit: OnLimit, sizeBytes?: number): ReadMessages {
  const skipped = Math.max(0, values.length - LIMITS.batch_messages.max);
  if (skipped > 0) onLimit('batch_messages', skipped);
  const read = skipped > 0 ? values.slice(0, LIMITS.batch_messages.max) : values;
  if (read.length !== 1) return { messages: messagesOf(read), sizeBytes: undefined, problem: null, skipped };
  // Most texts hold one message.
  const message = readMessage(read[0]);
  return { messages: message ? [message] : [], sizeBytes, problem: null, skipped };
}

function messagesOf(values: readonly unknown[]): JsonRpcMessage[] {
  return values.map(readMessage).filter((message) => message !== null);
}

/** Reads the two ends of a text that is too long to keep or to parse. */
function readCut(text: WireText, onLimit: OnLimit): ReadMessages {
  if (!MESSAGE_START.test(withoutByteOrderMark(text.head))) return NOT_JSON;
  const ends = readEndsOf(text);
  if (!ends) return TOO_LARGE;
  const read = readValues([ends.value], onLimit, text.sizeBytes);
  // A response whose id is in neither end.
  const isMessage = ends.value['jsonrpc'] === JSON_RPC_VERSION;
  return isMessage && read.messages.length === 0 ? TOO_LARGE : read;
}

/** Returns the text; null if parsing it would take too much memory or time. */
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
 * An upper bound for the number of values in a JSON text. An empty array takes about 50 times the memory of its text, so a
 * line of brackets could fill the heap.
 */
function countValues(text: string): number {
  let count = 1;
  for (let at = 0; at < text.length && count <= LIMITS.json_values.max; at++) {
    const code = text.charCodeAt(at);
    if (code === COMMA || code === OPEN_ARRAY || code === OPEN_OBJECT) count += 1;
  }
  return count;
}

function parse(text: string): unknown[] | null {
  const json = withoutByteOrderMark(text);
  if (!MESSAGE_START.test(json)) return null;
  try {
    return parseValues(json).map((value, at) =>
      withExactIds(value, () => parseValues(markLongIds(json))[at]),
    );
  } catch {
    return null;
  }
}

function parseValues(json: string): unknown[] {
  const value: unknown = JSON.parse(json);
  return Array.isArray(value) ? value : [value];
}
