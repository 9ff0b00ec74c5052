import { readMessage, type JsonRpcMessage } from '../../src/mcp/wire/json-rpc.ts';

/** A JSON-RPC message with these members, as an observer is given it. */
export function messageOf(members: object): JsonRpcMessage {
  const message = readMessage({ jsonrpc: '2.0', ...members });
  if (!message) throw new TypeError(`expected a JSON-RPC message, got ${JSON.stringify(members)}`);
  return message;
}
