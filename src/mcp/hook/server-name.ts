import { isRecord, textOf } from '../wire/json-rpc.ts';

/** The label `mcp_server_name` of a server without a name. */
export const DEFAULT_NAME = 'mcp-server';

/** The name that an `McpServer` or `Server` was created with. */
export function serverNameOf(target: object): string {
  const server = 'server' in target && isRecord(target.server) ? target.server : target;
  const serverInfo: unknown = Reflect.get(server, '_serverInfo');
  return (isRecord(serverInfo) ? textOf(serverInfo, 'name') : null) ?? DEFAULT_NAME;
}
