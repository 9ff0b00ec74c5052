import type { TraceContext } from '../../monitor/traffic-events.ts';
import { isRecord, isRequestId, textOf, type RequestId } from './json-rpc.ts';

// What MCP adds to JSON-RPC: the `_meta` of a request, and the shape of a tool's failure.

type Params = Readonly<Record<string, unknown>>;

const SERVER_INFO = 'io.modelcontextprotocol/serverInfo';
const TRACEPARENT = /^[\da-f]{2}-([\da-f]{32})-([\da-f]{16})-[\da-f]{2}$/;

export function progressTokenOf(params: Params): RequestId | null {
  const token = metaOf(params)['progressToken'];
  return isRequestId(token) ? token : null;
}

/** The version that a request of the modern era (2026-07-28) names for itself. */
export function protocolVersionOf(params: Params): string | undefined {
  return textOf(metaOf(params), 'io.modelcontextprotocol/protocolVersion') ?? undefined;
}

/**
 * @param header - the HTTP request's `traceparent`, which counts where the MCP request has none of its own
 * @see {@link https://www.w3.org/TR/trace-context/#traceparent-header}
 */
export function traceOf(params: Params, header = ''): TraceContext | null {
  const [, traceId, spanId] = TRACEPARENT.exec(textOf(metaOf(params), 'traceparent') ?? header) ?? [];
  return traceId !== undefined && spanId !== undefined ? { traceId, spanId } : null;
}

/**
 * Who answered: in the result of `initialize`, and in the `_meta` of any result of the modern era.
 *
 * @see {@link https://modelcontextprotocol.io/specification/2026-07-28/basic}
 */
export function serverVersionOf(result: Params): string | null {
  const info = isRecord(result['serverInfo']) ? result['serverInfo'] : metaOf(result)[SERVER_INFO];
  return isRecord(info) ? (textOf(info, 'version') ?? '') : null;
}

/** Why a `tools/call` result with `isError` says it failed. */
export function toolErrorText(result: Params): string {
  const content: unknown[] = Array.isArray(result['content']) ? result['content'] : [];
  for (const block of content) {
    const text = isRecord(block) ? textOf(block, 'text') : null;
    if (text !== null) return text;
  }
  return 'the tool said that it failed';
}

function metaOf(params: Params): Params {
  return isRecord(params['_meta']) ? params['_meta'] : {};
}
