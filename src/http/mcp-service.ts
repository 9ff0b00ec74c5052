import type { IncomingMessage, ServerResponse } from 'node:http';

/** Handles MCP requests over HTTP. */
export interface McpService {
  /** The label `mcp_server_name` of refused requests. */
  readonly serverName: string;
  /** Handles a request to `/mcp`. */
  handle(request: IncomingMessage, response: ServerResponse): Promise<void> | void;
  /**
   * Whether it also serves this path below `/mcp/`. A proxy generates such paths itself, so an address that its server
   * announces never becomes a route.
   * @defaultValue it serves only `/mcp`
   */
  answers?(path: string): boolean;
  /**
   * Whether clients must send the exporter's key, if one is required. Clients of a proxy send their server's credentials.
   * @defaultValue true
   */
  readonly isKeyAsked?: boolean;
  /**
   * Whether it forwards requests to a server that limits headers and uploads itself.
   * @defaultValue false: the exporter's limits apply
   */
  readonly isForwarding?: boolean;
  /**
   * Whether it publishes refused requests itself, as a watched handler of SDK v2 does.
   * @defaultValue false: every response with status 400 or above is counted as refused
   */
  readonly countsRefusals?: boolean;
}
