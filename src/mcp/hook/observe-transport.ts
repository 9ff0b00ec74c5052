import { Readable } from 'node:stream';

import { guarded } from '../../monitor/guarded.ts';
import { isRecord } from '../wire/json-rpc.ts';
import type { MessageFacts } from '../wire/message-facts.ts';
import type { TrafficObserver } from '../protocol/traffic-observer.ts';

/** The common part of both SDKs' transports. */
export interface WatchableTransport {
  sessionId?: string | undefined;
  onmessage?: ((message: never, extra?: never) => void) | undefined;
  onclose?: (() => void) | undefined;
  onerror?: ((error: Error) => void) | undefined;
  start(): Promise<void>;
  send(message: never, options?: never): Promise<void>;
}

/** The same with messages of any type, because they are forwarded unchanged. */
interface Transport {
  onmessage?: ((message: unknown, extra?: unknown) => void) | undefined;
  onclose?: (() => void) | undefined;
  onerror?: ((error: Error) => void) | undefined;
  start(): Promise<void>;
  send(message: unknown, options?: unknown): Promise<void>;
}

/**
 * Passes all messages of a transport to `observer`. Call it before a server connects to the transport.
 *
 * The SDKs install their handlers in `connect` (v2's `serveStdio` before it starts the wire) and call `start()` last. The
 * handlers are wrapped at that moment: earlier would bypass the queue of the in-memory transport, later would miss its
 * first messages. They are replaced on the instance, because HTTP transports forward theirs to an inner transport.
 *
 * @param onError - called with an error of the observer; the transport then works unobserved
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
  const wrapHandlers = guarded(() => {
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
    // A client disconnects by closing stdin. The stdio transport of SDK v1 does not watch for that.
    const stdin: unknown = Reflect.get(transport, '_stdin');
    if (stdin instanceof Readable) stdin.once('end', () => observer.close());
  }, onError);
  transport.start = () => {
    wrapHandlers();
    return start();
  };
}

/** Reads headers of the HTTP request that carried a message. Returns an empty object if they cannot be read. */
function factsOf(extra: unknown): MessageFacts {
  try {
    return isRecord(extra) ? readHeaders(extra) : {};
  } catch {
    return {};
  }
}

/** SDK v1 passes the headers as a record, v2 passes the request. */
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

/** Whether the SDK's transport reports a line that is not JSON, not JSON-RPC, or too long. */
function isParseError(error: unknown): boolean {
  if (!(error instanceof Error)) return false;
  const { name, message } = error;
  if (name === 'SyntaxError' || name.endsWith('ZodError')) return true;
  const start = message.slice(0, 200).toLowerCase();
  return start.includes('buffer') && start.includes('exceed');
}
