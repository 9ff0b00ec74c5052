// The exporter serves and watches this MCP server (SDK v1), over HTTP and on stdin and stdout. A client starts it with:
//   { "command": "npx", "args": ["tsx", "examples/typescript-server/served-server.ts"] }
import { McpServer } from '@modelcontextprotocol/sdk/server/mcp.js';
import { createExporter, serveMcp } from 'mcp-exporter';
import { z } from 'zod';

// Creates a server for each client.
function createDice(): McpServer {
  const server = new McpServer({ name: 'dice', version: '1.0.0' });
  server.registerTool(
    'roll',
    { description: 'Rolls dice', inputSchema: { sides: z.number().int().min(2).default(6) } },
    ({ sides }) => ({ content: [{ type: 'text', text: String(1 + Math.floor(Math.random() * sides)) }] }),
  );
  return server;
}

const exporter = createExporter({ mcp: serveMcp(createDice), isStdioServed: true });
const { mcp, metrics, page } = await exporter.start();
// Uses stderr, because stdout carries MCP messages.
console.error(`MCP      ${mcp}\nmetrics  ${metrics}\npage     ${page}`);
await exporter.stdioClosed;
await exporter.close();
