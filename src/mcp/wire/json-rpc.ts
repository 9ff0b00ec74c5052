/** A request's id. `1` and `"1"` are different ids. An integer above 2^53 is a bigint, so that it stays exact. */
export type RequestId = string | number | bigint;

type Params = Readonly<Record<string, unknown>>;

export const JSON_RPC_VERSION = '2.0';

export type JsonRpcMessage =
  | { readonly kind: 'request'; readonly id: RequestId; readonly method: string; readonly params: Params }
  | { readonly kind: 'notification'; readonly method: string; readonly params: Params }
  | { readonly kind: 'result'; readonly id: RequestId; readonly result: Params }
  | {
      readonly kind: 'error';
      /** Null if the request could not be read. */
      readonly id: RequestId | null;
      readonly code: number | null;
      readonly message: string;
    };

/** Converts parsed JSON to a JSON-RPC 2.0 message; null if it is not one. A log line may have the same other members. */
export function readMessage(message: unknown): JsonRpcMessage | null {
  if (!isRecord(message) || message['jsonrpc'] !== JSON_RPC_VERSION) return null;
  const { id, method, result, error } = message;
  if (typeof method === 'string') {
    const params = isRecord(message['params']) ? message['params'] : {};
    return isRequestId(id)
      ? { kind: 'request', id, method, params }
      : { kind: 'notification', method, params };
  }
  if (isRecord(result) && isRequestId(id)) return { kind: 'result', id, result };
  if (isRecord(error)) {
    const code = typeof error['code'] === 'number' ? error['code'] : null;
    const text = typeof error['message'] === 'string' ? error['message'] : '';
    return { kind: 'error', id: isRequestId(id) ? id : null, code, message: text };
  }
  return null;
}

export function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

export function isRequestId(value: unknown): value is RequestId {
  return typeof value === 'string' || typeof value === 'number' || typeof value === 'bigint';
}

export function textOf(record: Params, key: string): string | null {
  const value = record[key];
  return typeof value === 'string' ? value : null;
}
