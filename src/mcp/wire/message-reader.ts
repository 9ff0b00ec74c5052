import { LIMITS, type OnLimit } from '../../monitor/limits.ts';
import { readMessage, type JsonRpcMessage } from './json-rpc.ts';
import { readLongMessage } from './long-message.ts';
import { readEnds } from './partial-json.ts';
import type { WireText } from './wire-text.ts';

// The one way from the wire to messages. What frames the texts differs by transport; from here on all are alike:
//
//   stdio      chunks -> LineReader                 \
//   HTTP       chunks -> HttpBody -> TextCollector   -> WireText -> readMessages -> JsonRpcMessage -> TrafficObserver
//   SSE        chunks -> HttpBody -> EventReader    /
//   SDK hooks  values that the SDK has parsed -> readValues ----^

/** What was read of one text, or of values that were parsed already. */
export interface ReadMessages {
  /** In their order; what is no JSON-RPC message is left out. */
  readonly messages: readonly JsonRpcMessage[];
  /** Of a message that came alone; undefined for the parts of a batch, whose sizes are not known. */
  readonly sizeBytes: number | undefined;
  /** Why nothing was read: it is neither a JSON object nor an array, or too large to tell. */
  readonly problem: 'not_json' | 'too_large' | null;
  /** Messages that were not looked at; Infinity if nobody knows how many. */
  readonly skipped: number;
}

export interface ReadOptions {
  /**
   * A text up to this size is read as a whole; of a longer one only both ends are read, if they tell enough.
   * @defaultValue 8192 bytes: parsing so much is about as fast as looking at its ends
   */
  readonly parsedBytes?: number | undefined;
  readonly onLimit: OnLimit;
}

const PARSED_BYTES = 8192;
/** In a shorter text, there cannot be too many values. */
const UNCOUNTED_CHARS = LIMITS.json_values.max;
const COMMA = 0x2c;
const OPEN_ARRAY = 0x5b;
const OPEN_OBJECT = 0x7b;
/** A JSON-RPC message is an object, a batch an array. Anything else is no message, and failing to parse it is slow. */
const MESSAGE_START = /^\s*[[{]/;

const NOT_JSON: ReadMessages = { messages: [], sizeBytes: undefined, problem: 'not_json', skipped: 0 };
const TOO_LARGE: ReadMessages = {
  messages: [],
  sizeBytes: undefined,
  problem: 'too_large',
  skipped: Infinity,
};

/**
 * Reads the JSON-RPC messages of one text; a batch has several. Parsing a long text costs more than forwarding it, so a
 * long one is read by its ends where that is enough, and one without bounds is never parsed.
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

/** The same for values that somebody else has parsed. */
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

/** A text that is too long to be kept or to be parsed: what its ends tell. */
function readCut(text: WireText, onLimit: OnLimit): ReadMessages {
  const ends = readEnds(text.head, text.tail);
  return ends ? readValues([ends.value], onLimit, text.sizeBytes) : TOO_LARGE;
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

function parse(text: string): unknown[] | null {
  if (!MESSAGE_START.test(text)) return null;
  try {
    const value: unknown = JSON.parse(text);
    return Array.isArray(value) ? value : [value];
  } catch {
    return null;
  }
}
