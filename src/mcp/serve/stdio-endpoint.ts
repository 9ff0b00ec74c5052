import { Writable } from 'node:stream';

import type { McpServer } from '@modelcontextprotocol/sdk/server/mcp.js';
import { StdioServerTransport } from '@modelcontextprotocol/sdk/server/stdio.js';

/** A server that speaks MCP on stdin and stdout. */
export interface StdioEndpoint {
  /** Resolves when the client has disconnected or the server was closed. */
  readonly closed: Promise<void>;
  close(): Promise<void>;
}

/**
 * Serves one client on stdin and stdout. From then on, stdout carries only MCP messages. Any other write to stdout, such
 * as one by a workspace's ESLint configuration, goes to stderr.
 *
 * @param onStrayOutput - called for each such write
 * @see {@link https://modelcontextprotocol.io/specification/2025-11-25/basic/transports#stdio}
 */
export async function serveStdio(
  server: Pick<McpServer, 'connect' | 'close'>,
  onStrayOutput: () => void,
): Promise<StdioEndpoint> {
  const transport = new StdioServerTransport(process.stdin, takeStdout(onStrayOutput));
  const closed = new Promise<void>((resolve) => (transport.onclose = resolve));
  const closeServer = () => void server.close();
  // A client disconnects by closing stdin. The SDK's transport does not watch for that.
  process.stdin.once('end', closeServer);
  process.stdout.once('error', closeServer);
  await server.connect(transport);
  return { closed, close: () => server.close() };
}

/** Returns a stream to the real stdout, and redirects `process.stdout` to stderr. */
function takeStdout(onStrayOutput: () => void): Writable {
  const write = process.stdout.write.bind(process.stdout);
  // A full or closed stderr must not end the server.
  process.stderr.on('error', () => undefined);
  process.stdout.write = (
    chunk: string | Uint8Array,
    encoding?: BufferEncoding | ((error?: Error | null) => void),
    done?: (error?: Error | null) => void,
  ): boolean => {
    onStrayOutput();
    if (typeof encoding === 'string') return process.stderr.write(chunk, encoding, done);
    return process.stderr.write(chunk, encoding);
  };
  return new Writable({
    decodeStrings: false,
    write: (chunk: string, encoding, done) => void write(chunk, encoding, done),
  });
}
