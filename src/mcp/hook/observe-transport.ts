import { Readable } from 'node:stream';

import { guarded } from '../../monitor/guarded.ts';
import { isRecord } from '../wire/json-rpc.ts';
import type { MessageFacts } from '../wire/message-facts.ts';
import type { TrafficObserver } from '../protocol/traffic-observer.ts';

/** What either SDK's transports have in common. */
export interface WatchableTransport {
  sessionId?: string | undefined;
  onmessage?: ((message: never, extra?: never) => void) | undefined;
  onclose?: (() => void) | undefined;
  onerror?: ((error: Error) => void) | undefined;
  start(): Promise<void>;
  send(message: never, options?: never): Promise<void>;
}

/** The same, as it is used here: messages go through as they are. */
interface Transport {
  onmessage?: ((message: unknown, extra?: unknown) => void) | undefined;
  onclose?: (() => void) | undefined;
  onerror?: ((error: Error) => void) | undefined;
  start(): Promise<void>;
  send(message: unknown, options?: unknown): Promise<void>;
}

/**
 * Lets `observer` see all messages of a transport that a server is about to connect to. The SDKs install their
 * handlers inside `connect` (v2's `serveStdio` before it starts the wire) and call `start()` last: that is the moment to
 * step between. Earlier defeats the queue of the in-memory transport, later misses its first messages. The handlers
 * are taken from, and put back on, the instance: HTTP transports are wrappers whose handlers are accessors onto an
 * inner one.
 *
 * @param onError - called with an error of the observer; the transport works unwatched then
 */
export function observeTransport(
  watchable: WatchableTransport,
  observer: TrafficObserver,
  onError: (error: unknown) => void,
): void {
  const transport = watchable as Transport;
  const start = transport.start.bind(transport);
  const send = transport.send.bind(transport);
  transport.send = (message, options) => observer.send(message, () => send(message, options));
  const stepBetween = guarded(() => {
    const { onmessage, onclose, onerror } = transport;
    transport.onmessage = (message, extra) => {
      observer.receive(message, () => onmessage?.(message, extra), factsOf(extra));
    };
    transport.onclose = () => {
      observer.close();
      onclose?.();
    };
    transport.onerror = (error) => {
      if (isParseError(error)) observer.transportError('parse');
      onerror?.(error);
    };
    // The stdio transport of SDK v1 overlooks the end of stdin, which is how its client leaves.
    const stdin: unknown = Reflect.get(transport, '_stdin');
    if (stdin instanceof Readable) stdin.once('end', () => observer.close());
  }, onError);
  transport.start = () => {
    stepBetween();
    return start();
  };
}

/** What is known from the HTTP request that brought a message; nothing if it cannot be read. */
function factsOf(extra: unknown): MessageFacts {
  try {
    return isRecord(extra) ? readHeaders(extra) : {};
  } catch {
    return {};
  }
}

/** SDK v1 hands on a record of the headers, v2 the request. */
function readHeaders(extra: Readonly<Record<string, unknown>>): MessageFacts {
  const { requestInfo, request } = extra;
  const headers = isRecord(requestInfo)
    ? requestInfo['headers']
    : request instanceof Request
      ? request.headers
      : null;
  const header = (name: string) => {
    const value: unknown =
      headers instanceof Headers ? headers.get(name) : isRecord(headers) ? headers[name] : null;
    return typeof value === 'string' ? value : undefined;
  };
  return { protocolVersion: header('mcp-protocol-version'), traceparent: header('traceparent') };
}

/** What the SDK's transports report for a line that is not JSON, is not JSON-RPC, or never ends. */
function isParseError(error: unknown): boolean {
  if (!(error instanceof Error)) return false;
  const { name, message } = error;
  if (name === 'SyntaxError' || name.endsWith('ZodError')) return true;
  const start = message.slice(0, 200).toLowerCase();
  return start.includes('buffer') && start.includes('exceed');
}
