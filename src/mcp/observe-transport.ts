import { Readable } from 'node:stream';

import type { Transport } from '@modelcontextprotocol/sdk/shared/transport.js';

import type { TrafficObserver } from './traffic-observer.ts';

/**
 * Lets `observer` see all messages of a transport that a server is about to connect to. The SDK installs its
 * handlers inside `connect` and calls `start()` last: that is the moment to step between. Earlier defeats the queue
 * of the in-memory transport, later misses its first messages. The handlers are taken from, and put back on, the
 * instance: HTTP transports are wrappers whose handlers are accessors onto an inner one.
 */
export function observeTransport(transport: Transport, observer: TrafficObserver): void {
  const start = transport.start.bind(transport);
  const send = transport.send.bind(transport);
  transport.send = (message, options) => observer.send(message, () => send(message, options));
  transport.start = () => {
    const { onmessage, onclose, onerror } = transport;
    transport.onmessage = (message, extra) => {
      const version = extra?.requestInfo?.headers['mcp-protocol-version'];
      const deliver = () => onmessage?.(message, extra);
      observer.receive(message, deliver, typeof version === 'string' ? version : undefined);
    };
    transport.onclose = () => {
      observer.close();
      onclose?.();
    };
    transport.onerror = (error) => {
      if (isParseError(error)) observer.transportError('parse');
      onerror?.(error);
    };
    // The SDK's stdio transport overlooks the end of stdin, which is how its client leaves.
    const stdin: unknown = Reflect.get(transport, '_stdin');
    if (stdin instanceof Readable) stdin.once('end', () => observer.close());
    return start();
  };
}

/** What the SDK's transports report for a line that is not JSON, is not JSON-RPC, or never ends. */
function isParseError({ name, message }: Error): boolean {
  return (
    name === 'SyntaxError' || name.endsWith('ZodError') || /buffer.*exceed|exceed.*buffer/i.test(message)
  );
}
