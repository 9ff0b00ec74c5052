// An MCP server over HTTP (SDK v2), for clients of both protocol eras. Prints where it listens:
//   npx tsx examples/typescript-server/http-server-sdk-v2.ts
import { once } from 'node:events';
import { createServer, type RequestListener } from 'node:http';
import type { AddressInfo } from 'node:net';

import { toNodeHandler } from '@modelcontextprotocol/node';
import { createMcpHandler, McpServer } from '@modelcontextprotocol/server';
import { createExporter } from 'mcp-exporter';
import { z } from 'zod';

const exporter = createExporter({ keepsProcessAlive: true });

// The servers live for one request: watched here, they vouch for the names of their tools.
const handler = createMcpHandler(() => {
  const server = new McpServer({ name: 'weather', version: '1.0.0' });
  server.registerTool(
    'forecast',
    { description: 'Guesses the weather', inputSchema: z.object({ city: z.string() }) },
    ({ city }) => ({ content: [{ type: 'text', text: `${city}: some sun, some rain` }] }),
  );
  return exporter.monitor(server);
});
// Watched here, refused requests and listening clients are seen, too. Nothing is counted twice.
exporter.monitor(handler, { serverName: 'weather' });

// The cast is for exactOptionalPropertyTypes, which the SDK's types are not made for.
const serve = toNodeHandler(handler) as RequestListener;
const http = createServer(serve).listen(Number(process.env['PORT'] ?? 8080), '127.0.0.1');
await once(http, 'listening');
export const address = new URL(`http://127.0.0.1:${(http.address() as AddressInfo).port}/`);
console.log(`MCP      ${address.href}`);
const { page, metrics } = await exporter.start();
console.log(`metrics  ${metrics}\npage     ${page}`);
