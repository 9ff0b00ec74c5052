import { OTHER } from '../../monitor/other-label.ts';
import type { CancellationReason } from '../../monitor/traffic-events.ts';
import { UNOBSERVED, type UnobservedReason } from '../../monitor/unobserved-reasons.ts';
import type { JsonRpcMessage } from '../wire/json-rpc.ts';
import { toolErrorText } from '../wire/request-meta.ts';

/** How a request ended. */
export interface RequestEnd {
  /** `''` on success. Otherwise the JSON-RPC code or a word such as `tool_error`, `cancelled` or `timeout`. */
  readonly errorType: string;
  readonly error?: string;
  /** Set if the client gave up on the request. With its own timeout as the reason, that is a failure. */
  readonly cancellation?: CancellationReason;
  /** Set if the outcome is unknown. It then counts neither as a success, nor as a failure, nor as a cancellation. */
  readonly unobserved?: UnobservedReason;
  readonly inputRequired?: boolean;
  /** The result of a tool call, unless it failed with a JSON-RPC error. */
  readonly result?: Readonly<Record<string, unknown>>;
  /** Size of the response on the wire. */
  readonly sizeBytes?: number | undefined;
}

const MAX_REASON = 500;

/** The end of a request that was cancelled by the side that made it. */
export function cancelledFor(givenReason: string): RequestEnd {
  const reason = givenReason.slice(0, MAX_REASON);
  const isTimeout = /timed? ?out/i.test(reason);
  return {
    errorType: isTimeout ? 'timeout' : 'cancelled',
    error: reason.trim() === '' ? 'cancelled' : reason,
    cancellation: isTimeout ? 'timeout' : 'notification',
  };
}

/** The exit code of a process, or the signal that ended it. */
export interface ProcessExit {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
}

/** The client closed the connection, or the exporter stopped watching it. */
export const CLOSED: RequestEnd = {
  errorType: 'cancelled',
  error: 'the client closed the connection',
  cancellation: 'close',
};

/** The client disconnected. On a transport with one connection per request, this cancels the request. */
export const DISCONNECTED: RequestEnd = {
  errorType: 'cancelled',
  error: 'the client disconnected',
  cancellation: 'disconnect',
};

/** The server closed the connection while the client waited for the response. */
export const CONNECTION_LOST: RequestEnd = {
  errorType: 'connection_closed',
  error: 'the server closed the connection before it responded',
};

/** The server's process ended while the client waited for the response. */
export function serverExited({ code, signal }: ProcessExit): RequestEnd {
  const how = signal === null ? `with exit code ${code ?? 'unknown'}` : `by ${signal}`;
  return { errorType: 'server_exited', error: `the server's process ended ${how} before it responded` };
}

/** The end of a request whose response was not read. */
export function unobserved(reason: UnobservedReason): RequestEnd {
  return { errorType: 'unobserved', error: UNOBSERVED[reason], unobserved: reason };
}

/** The end of a request that got this response. */
export function answeredWith(
  response: Extract<JsonRpcMessage, { kind: 'result' | 'error' }>,
  method: string,
  sizeBytes: number | undefined,
): RequestEnd {
  if (response.kind === 'error') {
    const errorType = response.code === null ? OTHER : String(response.code);
    return { errorType, error: errorText(response), sizeBytes };
  }
  const { result } = response;
  if (method === 'tools/call' && result['isError'] === true) {
    return { errorType: 'tool_error', error: toolErrorText(result), result, sizeBytes };
  }
  return { errorType: '', inputRequired: result['resultType'] === 'input_required', result, sizeBytes };
}

/** JSON-RPC requires a message, but some servers send an empty one. */
function errorText({ code, message }: { code: number | null; message: string }): string {
  if (message.trim() !== '') return message;
  const kind = code === null ? 'an error' : `error ${code}`;
  return `the server responded with ${kind} without a message`;
}

const LOST_CONNECTION = /\bnot connected\b|\bno connection established\b/i;
const LOST_CONNECTION_CODES = new Set(['EPIPE', 'ECONNRESET', 'ERR_STREAM_DESTROYED', 'NOT_CONNECTED']);

/** The end of a request whose response could not be sent: the client disconnected, or the response is invalid. */
export function sendFailed(error: unknown): RequestEnd {
  if (!(error instanceof Error)) return UNDELIVERABLE;
  // The SDKs' transports throw plain errors without a code.
  const code = 'code' in error ? String(error.code) : '';
  return LOST_CONNECTION_CODES.has(code) || LOST_CONNECTION.test(error.message)
    ? DISCONNECTED
    : UNDELIVERABLE;
}

const UNDELIVERABLE: RequestEnd = {
  errorType: 'undeliverable',
  error: 'the response could not be sent',
};
