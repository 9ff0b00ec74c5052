import { redactPayload } from '../monitor/redaction.ts';
import { isRecord, textOf } from './json-rpc.ts';

// A tool call's arguments and result as its operation's details keep them. Inside the watched process they may hold
// anything, and nothing that goes wrong here is the call's to notice.

type Members = Readonly<Record<string, unknown>>;

/** Texts up to this size are parsed as a whole to be captured; of a longer one there is nothing whole to be shown. */
export const CAPTURED_BYTES = 256 * 1024;
/** More are not shown. */
const MAX_BLOCKS = 100;
const UNREADABLE = '[unreadable]';

/** @param sizeBytes - of the message, where it is known */
export function captureArguments(params: Members, sizeBytes: number | undefined): Members {
  const captured = capture(() => params['arguments'], sizeBytes);
  return captured === undefined ? {} : { arguments: captured };
}

/** @param sizeBytes - of the message, where it is known */
export function captureResult(result: Members, sizeBytes: number | undefined): Members {
  return { result: capture(() => shownResult(result), sizeBytes) };
}

function capture(read: () => unknown, sizeBytes = 0): unknown {
  if (sizeBytes > CAPTURED_BYTES) return `[${counted(sizeBytes)} bytes: not captured]`;
  try {
    const redacted = redactPayload(read());
    // A part of a text holds on to the whole of it, until it is a text of its own.
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
