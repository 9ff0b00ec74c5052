// An MCP server on stdio (SDK v1), watched by the one line. Its client starts it:
//   { "command": "npx", "args": ["tsx", "examples/typescript-server/stdio-server.ts"] }
// With MONITORING_HUB_URL set it reports to a hub, and needs no port of its own.
import { McpServer } from '@modelcontextprotocol/sdk/server/mcp.js';
import { StdioServerTransport } from '@modelcontextprotocol/sdk/server/stdio.js';
import { createExporter } from 'mcp-exporter';
import { z } from 'zod';

const server = new McpServer({ name: 'dice', version: '1.0.0' });
server.registerTool(
  'roll',
  { description: 'Rolls dice', inputSchema: { sides: z.number().int().min(2).default(6) } },
  ({ sides }) => ({ content: [{ type: 'text', text: String(1 + Math.floor(Math.random() * sides)) }] }),
);

const exporter = createExporter();
// Never rejects: the server runs on, whatever happens to its exporter.
await exporter.start();

exporter.monitor(server);
await server.connect(new StdioServerTransport());
