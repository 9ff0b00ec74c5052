import { isRecord } from './json-rpc.ts';

type Members = Readonly<Record<string, unknown>>;

/**
 * An integer of more than 15 digits as the value of a member that may hold an id. It cannot match within a JSON string,
 * because there the quote before the colon follows a backslash.
 */
const LONG_ID = /"(id|requestId|progressToken)"(\s*:\s*)(-?\d{16,})(?![\d.eE])/g;
/** Begins the string that replaces such an integer. */
const MARK = String.raw`\u0000`;

/**
 * JSON.parse rounds integers above 2^53, so that different ids would become equal. Returns the message with these ids as
 * `bigint`. Only the members that JSON-RPC and MCP define as ids are changed.
 *
 * @param reread - parses the message again from its texts, to which it applies {@link markLongIds}
 */
export function withExactIds<T>(message: T, reread: () => unknown): T {
  if (!isRecord(message) || !hasRoundedId(message)) return message;
  const marked = reread();
  return isRecord(marked) ? exactMessage(message, marked) : message;
}

/** Replaces long integers that may be ids by strings. */
export function markLongIds(text: string): string {
  return text.replaceAll(LONG_ID, `"$1"$2"${MARK}$3"`);
}

function hasRoundedId({ id, params }: Members): boolean {
  if (isRounded(id)) return true;
  if (!isRecord(params)) return false;
  const { requestId, progressToken, _meta: meta } = params;
  return (
    isRounded(requestId) || isRounded(progressToken) || (isRecord(meta) && isRounded(meta['progressToken']))
  );
}

function isRounded(value: unknown): boolean {
  return typeof value === 'number' && !Number.isSafeInteger(value);
}

function exactMessage<T extends Members>(message: T, marked: Members): T {
  const { params } = message;
  const markedParams = marked['params'];
  return {
    ...exactMembers(message, marked, ['id']),
    ...(isRecord(params) && isRecord(markedParams)
      ? { params: exactParams(params, markedParams) }
      : undefined),
  };
}

function exactParams(params: Members, marked: Members): Members {
  const { _meta: meta } = params;
  const markedMeta = marked['_meta'];
  return {
    ...exactMembers(params, marked, ['requestId', 'progressToken']),
    ...(isRecord(meta) && isRecord(markedMeta)
      ? { _meta: exactMembers(meta, markedMeta, ['progressToken']) }
      : undefined),
  };
}

function exactMembers<T extends Members>(members: T, marked: Members, names: readonly string[]): T {
  const exact = names
    .map((name) => [name, exactInteger(marked[name])] as const)
    .filter(([name, value]) => value !== null && isRounded(members[name]));
  return { ...members, ...Object.fromEntries(exact) };
}

function exactInteger(value: unknown): bigint | null {
  return typeof value === 'string' && value.startsWith('\0') ? BigInt(value.slice(1)) : null;
}

/** `JSON.stringify` for values with such ids. */
export function stringifyExact(value: unknown): string {
  const text = JSON.stringify(value, (_, each: unknown) =>
    typeof each === 'bigint' ? `\0${each.toString()}` : each,
  );
  return text.replaceAll(/"\\u0000(-?\d+)"/g, '$1');
}
