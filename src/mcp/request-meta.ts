import type { TraceContext } from '../monitor/traffic-events.ts';
import { isRecord, isRequestId, textOf, type RequestId } from './json-rpc.ts';

// What MCP adds to JSON-RPC: the `_meta` of a request, and the shape of a tool's failure.

type Params = Readonly<Record<string, unknown>>;

const TRACEPARENT = /^[\da-f]{2}-([\da-f]{32})-([\da-f]{16})-[\da-f]{2}$/;

export function progressTokenOf(params: Params): RequestId | null {
  const token = metaOf(params)['progressToken'];
  return isRequestId(token) ? token : null;
}

/** The version that a request of the modern era (2026-07-28) names for itself. */
export function protocolVersionOf(params: Params): string | undefined {
  return textOf(metaOf(params), 'io.modelcontextprotocol/protocolVersion') ?? undefined;
}

/** @see {@link https://www.w3.org/TR/trace-context/#traceparent-header} */
export function traceOf(params: Params): TraceContext | null {
  const [, traceId, spanId] = TRACEPARENT.exec(textOf(metaOf(params), 'traceparent') ?? '') ?? [];
  return traceId !== undefined && spanId !== undefined ? { traceId, spanId } : null;
}

/** Why a `tools/call` result with `isError` says it failed. */
export function toolErrorText(result: Params): string {
  const content: unknown[] = Array.isArray(result['content']) ? result['content'] : [];
  const texts = content.map((block) => (isRecord(block) ? textOf(block, 'text') : null));
  return texts.find((text) => text !== null) ?? 'the tool said that it failed';
}

function metaOf(params: Params): Params {
  return isRecord(params['_meta']) ? params['_meta'] : {};
}
