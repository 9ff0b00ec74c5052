import type { McpServer } from '@modelcontextprotocol/sdk/server/mcp.js';
import { StdioServerTransport } from '@modelcontextprotocol/sdk/server/stdio.js';

/** A server that speaks MCP on stdin and stdout. */
export interface StdioEndpoint {
  /** Resolves when the client is gone, or the server was closed. */
  readonly closed: Promise<void>;
  close(): Promise<void>;
}

/** @see {@link https://modelcontextprotocol.io/specification/2025-11-25/basic/lifecycle#stdio} */
export async function serveStdio(server: McpServer): Promise<StdioEndpoint> {
  const transport = new StdioServerTransport();
  const closed = new Promise<void>((resolve) => (transport.onclose = resolve));
  // The SDK's transport does not look for the end of stdin, which is how a client says goodbye.
  process.stdin.once('end', () => void server.close());
  await server.connect(transport);
  return { closed, close: () => server.close() };
}
