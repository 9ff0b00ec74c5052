import type { Redactor } from '../../redaction/redactor.ts';
import { isRecord, textOf } from '../wire/json-rpc.ts';

// Captures a tool call's arguments and result for its operation's details. With the in-process hook they can be any
// object. An error here must not affect the call.

type Members = Readonly<Record<string, unknown>>;

/** Maximum size of a message whose arguments and result are captured. */
export const CAPTURED_BYTES = 256 * 1024;
/** Maximum number of content blocks that are captured. */
const MAX_BLOCKS = 100;
const UNREADABLE = '[unreadable]';

/** @param sizeBytes - of the message; undefined if unknown */
export function captureArguments(
  params: Members,
  sizeBytes: number | undefined,
  redactor: Redactor,
): Members {
  const captured = capture(() => params['arguments'], sizeBytes, redactor);
  return captured === undefined ? {} : { arguments: captured };
}

/** @param sizeBytes - of the message; undefined if unknown */
export function captureResult(result: Members, sizeBytes: number | undefined, redactor: Redactor): Members {
  return { result: capture(() => capturedResult(result), sizeBytes, redactor) };
}

function capture(read: () => unknown, sizeBytes = 0, redactor: Redactor): unknown {
  if (sizeBytes > CAPTURED_BYTES) return `[${counted(sizeBytes)} bytes: not captured]`;
  try {
    const redacted = redactor.payload(read());
    // A slice of a string keeps the whole string in memory; a copy does not.
    return redacted === undefined ? undefined : (JSON.parse(JSON.stringify(redacted)) as unknown);
  } catch {
    return UNREADABLE;
  }
}

function capturedResult(result: Members): Members {
  const { _meta: _, content, ...rest } = result;
  return content === undefined
    ? rest
    : { content: Array.isArray(content) ? capturedBlocks(content) : content, ...rest };
}

/** @see {@link https://modelcontextprotocol.io/specification/2025-11-25/server/tools#tool-result} */
function capturedBlocks(blocks: readonly unknown[]): unknown[] {
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
