import { createRequire } from 'node:module';
import { fileURLToPath } from 'node:url';

/** The built `mcp-exporter` of this clone. */
export const MCP_EXPORTER = fileURLToPath(new URL('../dist/cli.js', import.meta.url));

/** A server with many tools, from the MCP project. */
export const EVERYTHING = createRequire(import.meta.url).resolve(
  '@modelcontextprotocol/server-everything/dist/index.js',
);
