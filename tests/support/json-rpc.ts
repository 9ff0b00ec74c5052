import { readMessage, type JsonRpcMessage } from '../../src/mcp/wire/json-rpc.ts';

/** A parsed JSON-RPC message with these members. */
export function messageOf(members: object): JsonRpcMessage {
  const message = readMessage({ jsonrpc: '2.0', ...members });
  if (!message) throw new TypeError(`expected a JSON-RPC message, got ${JSON.stringify(members)}`);
  return message;
}
