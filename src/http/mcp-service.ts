import type { IncomingMessage, ServerResponse } from 'node:http';

/** Answers MCP requests over HTTP. */
export interface McpService {
  /** The label `mcp_server_name` of requests that are refused. */
  readonly serverName: string;
  /** Answers a request to `/mcp`. */
  handle(request: IncomingMessage, response: ServerResponse): Promise<void> | void;
  /**
   * Whether it also answers at this path below `/mcp/`. A proxy names such paths itself: an address that its server
   * announces never becomes a route.
   * @defaultValue it answers at `/mcp` alone
   */
  answers?(path: string): boolean;
  /**
   * Whether clients must send the exporter's key, if one is required. Clients of a proxy send what its server requires.
   * @defaultValue true
   */
  readonly isKeyAsked?: boolean;
  /**
   * Whether it publishes the requests that it refuses itself, as a watched handler of SDK v2 does.
   * @defaultValue false: every answer with a status of 400 or above is counted
   */
  readonly countsRefusals?: boolean;
}
