import type { IncomingHttpHeaders } from 'node:http';

import { KEY_PROTOCOL_PREFIX } from './feed-protocol.ts';

/** Reads the key from the offered subprotocols, because browsers cannot set other headers of a WebSocket. */
export function keyFromProtocols(headers: IncomingHttpHeaders): string | undefined {
  const offered = (headers['sec-websocket-protocol'] ?? '').split(',').map((protocol) => protocol.trim());
  const key = offered.find((protocol) => protocol.startsWith(KEY_PROTOCOL_PREFIX));
  return key && Buffer.from(key.slice(KEY_PROTOCOL_PREFIX.length), 'base64url').toString();
}
