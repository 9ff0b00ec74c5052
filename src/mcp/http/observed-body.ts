import type { IncomingMessage } from 'node:http';

import type { Allowance } from '../../monitor/allowance.ts';
import type { HttpExchange } from './http-exchange.ts';
import { TextCollector } from '../wire/text-collector.ts';

/** A request's body that is read while it is forwarded. */
export interface ObservedBody {
  readonly isRead: Promise<void>;
  /** The whole body, if it is complete and short enough to be sent again. */
  kept(): readonly Buffer[] | null;
  /** Frees its memory: the body is not sent again, and the rest of it is not read. */
  release(): void;
}

const MAX_KEPT_BYTES = 1024 * 1024;

/** @param allowance - how many bytes all bodies together may keep */
export function observeRequest(
  request: IncomingMessage,
  exchange: HttpExchange,
  allowance: Allowance,
): ObservedBody {
  const body = new TextCollector({ allowance });
  let kept: Buffer[] | null = [];
  let keptBytes = 0;
  let isReleased = false;
  const dropKept = () => {
    kept = null;
    allowance.give(keptBytes);
    keptBytes = 0;
  };
  const release = () => {
    isReleased = true;
    body.release();
    dropKept();
  };
  request.on('data', (chunk: Buffer) => {
    if (isReleased) return;
    body.append(chunk);
    if (!kept) return;
    const hasRoom = keptBytes + chunk.length <= MAX_KEPT_BYTES && allowance.take(chunk.length);
    if (!hasRoom) return dropKept();
    keptBytes += chunk.length;
    kept.push(chunk);
  });
  // A listener starts the flow; it must wait for the proxy's pipe, which exists once there is a socket.
  request.pause();
  const isRead = new Promise<void>((resolve) => {
    request.once('end', () => {
      const text = body.text();
      if (text) exchange.requestBody(text);
      resolve();
    });
    request.once('close', () => {
      body.release();
      resolve();
    });
  });
  return { isRead, kept: () => (request.complete ? kept : null), release };
}
