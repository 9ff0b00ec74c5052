import { Writable } from 'node:stream';

import type { McpServer } from '@modelcontextprotocol/sdk/server/mcp.js';
import { StdioServerTransport } from '@modelcontextprotocol/sdk/server/stdio.js';

/** A server that speaks MCP on stdin and stdout. */
export interface StdioEndpoint {
  /** Resolves when the client is gone, or the server was closed. */
  readonly closed: Promise<void>;
  close(): Promise<void>;
}

/**
 * Serves the one client on stdin and stdout. From here on stdout is MCP's alone: whatever else is written there (a
 * workspace's ESLint configuration may) goes to stderr.
 *
 * @param onStrayOutput - hears of each such write
 * @see {@link https://modelcontextprotocol.io/specification/2025-11-25/basic/transports#stdio}
 */
export async function serveStdio(
  server: Pick<McpServer, 'connect' | 'close'>,
  onStrayOutput: () => void,
): Promise<StdioEndpoint> {
  const transport = new StdioServerTransport(process.stdin, takeStdout(onStrayOutput));
  const closed = new Promise<void>((resolve) => (transport.onclose = resolve));
  const goodbye = () => void server.close();
  // The SDK's transport does not look for the end of stdin, which is how a client says goodbye.
  process.stdin.once('end', goodbye);
  process.stdout.once('error', goodbye);
  await server.connect(transport);
  return { closed, close: () => server.close() };
}

/** The real stdout, for one writer; everybody else's is stderr from now on. */
function takeStdout(onStrayOutput: () => void): Writable {
  const write = process.stdout.write.bind(process.stdout);
  // A stderr that is full or closed must not end the server.
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
