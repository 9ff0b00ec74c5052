import type { IncomingMessage } from 'node:http';

import type { HttpExchange } from './http-exchange.ts';
import { TextCollector } from './text-collector.ts';

/** A request's body, as it goes by. */
export interface ObservedBody {
  readonly isRead: Promise<void>;
  /** All of it, where it is complete and not too long to be sent once more. */
  kept(): readonly Buffer[] | null;
}

const MAX_KEPT_BYTES = 1024 * 1024;

/** Reads a request's body beside whoever it is for. */
export function observeRequest(request: IncomingMessage, exchange: HttpExchange): ObservedBody {
  const body = new TextCollector();
  let kept: Buffer[] | null = [];
  let keptBytes = 0;
  request.on('data', (chunk: Buffer) => {
    body.append(chunk);
    keptBytes += chunk.length;
    if (keptBytes > MAX_KEPT_BYTES) kept = null;
    kept?.push(chunk);
  });
  // A listener makes it flow; it waits for the proxy's pipe, which is there once a socket is.
  request.pause();
  const isRead = new Promise<void>((resolve) => {
    request.once('end', () => {
      const text = body.text();
      if (text) exchange.requestBody(text);
      resolve();
    });
    request.once('close', resolve);
  });
  return { isRead, kept: () => (request.complete ? kept : null) };
}
