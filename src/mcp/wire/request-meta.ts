import type { ClientInfo } from '../../monitor/session.ts';
import type { TraceContext } from '../../monitor/traffic-events.ts';
import { isRecord, isRequestId, textOf, type RequestId } from './json-rpc.ts';

// Members that MCP adds to JSON-RPC: `_meta`, and the text of a failed tool call.

type Params = Readonly<Record<string, unknown>>;

const CLIENT_INFO = 'io.modelcontextprotocol/clientInfo';
const SERVER_INFO = 'io.modelcontextprotocol/serverInfo';
const TRACEPARENT = /^[\da-f]{2}-([\da-f]{32})-([\da-f]{16})-[\da-f]{2}$/;

export function progressTokenOf(params: Params): RequestId | null {
  const token = metaOf(params)['progressToken'];
  return isRequestId(token) ? token : null;
}

/** The protocol version in a request's `_meta`, since version 2026-07-28. */
export function protocolVersionOf(params: Params): string | undefined {
  return textOf(metaOf(params), 'io.modelcontextprotocol/protocolVersion') ?? undefined;
}

/**
 * @param header - the HTTP request's `traceparent`, which is used if the MCP request has none
 * @see {@link https://www.w3.org/TR/trace-context/#traceparent-header}
 */
export function traceOf(params: Params, header = ''): TraceContext | null {
  const [, traceId, spanId] = TRACEPARENT.exec(textOf(metaOf(params), 'traceparent') ?? header) ?? [];
  return traceId !== undefined && spanId !== undefined ? { traceId, spanId } : null;
}

/**
 * The server's version: in the result of `initialize`, and since 2026-07-28 in the `_meta` of any result.
 *
 * @see {@link https://modelcontextprotocol.io/specification/2026-07-28/basic}
 */
export function serverVersionOf(result: Params): string | null {
  const info = isRecord(result['serverInfo']) ? result['serverInfo'] : metaOf(result)[SERVER_INFO];
  return isRecord(info) ? (textOf(info, 'version') ?? '') : null;
}

/**
 * The client's name and version: in the params of `initialize`, and since 2026-07-28 in the `_meta` of every request.
 *
 * @returns null if the request has no name
 */
export function clientInfoOf(params: Params): ClientInfo | null {
  const info = isRecord(params['clientInfo']) ? params['clientInfo'] : metaOf(params)[CLIENT_INFO];
  const name = isRecord(info) ? textOf(info, 'name') : null;
  if (!isRecord(info) || !name) return null;
  return { name, version: textOf(info, 'version') ?? '' };
}

/** The error text of a `tools/call` result with `isError`. */
export function toolErrorText(result: Params): string {
  const content: unknown[] = Array.isArray(result['content']) ? result['content'] : [];
  for (const block of content) {
    const text = isRecord(block) ? textOf(block, 'text') : null;
    if (text !== null && text.trim() !== '') return text;
  }
  return 'the tool reported an error without a text';
}

function metaOf(params: Params): Params {
  return isRecord(params['_meta']) ? params['_meta'] : {};
}
