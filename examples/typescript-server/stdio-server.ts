// An MCP server on stdio (SDK v1), watched by one line. A client starts it with:
//   { "command": "npx", "args": ["tsx", "examples/typescript-server/stdio-server.ts"] }
// If MONITORING_HUB_URL is set, it reports to a hub and needs no port.
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
// Never rejects. If the exporter fails, the server keeps running.
await exporter.start();

exporter.monitor(server);
await server.connect(new StdioServerTransport());
