import type { Redactor } from '../../redaction/redactor.ts';
import { isRecord, textOf } from '../wire/json-rpc.ts';

// A tool call's arguments and result as its operation's details keep them. Inside the watched process they can be any
// object, and an error here must not reach the call.

type Members = Readonly<Record<string, unknown>>;

/** Messages up to this size are parsed as a whole to be captured. Longer ones are not captured. */
export const CAPTURED_BYTES = 256 * 1024;
/** More are not shown. */
const MAX_BLOCKS = 100;
const UNREADABLE = '[unreadable]';

/** @param sizeBytes - of the message, where it is known */
export function captureArguments(
  params: Members,
  sizeBytes: number | undefined,
  redactor: Redactor,
): Members {
  const captured = capture(() => params['arguments'], sizeBytes, redactor);
  return captured === undefined ? {} : { arguments: captured };
}

/** @param sizeBytes - of the message, where it is known */
export function captureResult(result: Members, sizeBytes: number | undefined, redactor: Redactor): Members {
  return { result: capture(() => shownResult(result), sizeBytes, redactor) };
}

function capture(read: () => unknown, sizeBytes = 0, redactor: Redactor): unknown {
  if (sizeBytes > CAPTURED_BYTES) return `[${counted(sizeBytes)} bytes: not captured]`;
  try {
    const redacted = redactor.payload(read());
    // A slice of a text keeps the whole text in memory; a copy does not.
    return redacted === undefined ? undefined : (JSON.parse(JSON.stringify(redacted)) as unknown);
  } catch {
    return UNREADABLE;
  }
}

function shownResult(result: Members): Members {
  const { _meta: _, content, ...rest } = result;
  return content === undefined
    ? rest
    : { content: Array.isArray(content) ? shownBlocks(content) : content, ...rest };
}

/** @see {@link https://modelcontextprotocol.io/specification/2025-11-25/server/tools#tool-result} */
function shownBlocks(blocks: readonly unknown[]): unknown[] {
  return blocks.slice(0, MAX_BLOCKS).map((block) => {
    if (!isRecord(block)) return block;
    const { type, resource } = block;
    if (type === 'image' || type === 'audio') return withoutBase64(block, 'data', type);
    if (isRecord(resource)) return { ...block, resource: withoutBase64(resource, 'blob', 'blob') };
    return block;
  });
}

function withoutBase64(record: Members, key: 'data' | 'blob', kind: string): Members {
  const encoded = textOf(record, key);
  if (encoded === null) return record;
  const mediaType = (textOf(record, 'mimeType') ?? kind).slice(0, 100);
  return { ...record, [key]: `[${mediaType}, ${counted(encoded.length)} bytes of base64]` };
}

function counted(bytes: number): string {
  return bytes.toLocaleString('en-US');
}
