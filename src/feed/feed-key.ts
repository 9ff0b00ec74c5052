import { KEY_PROTOCOL_PREFIX } from './feed-protocol.ts';

/** The key in a `Sec-WebSocket-Protocol` header: browsers cannot send another header with a WebSocket. */
export function keyFromProtocols(header: string | undefined): string | undefined {
  const offered = (header ?? '').split(',').map((protocol) => protocol.trim());
  const key = offered.find((protocol) => protocol.startsWith(KEY_PROTOCOL_PREFIX));
  return key && Buffer.from(key.slice(KEY_PROTOCOL_PREFIX.length), 'base64url').toString();
}
