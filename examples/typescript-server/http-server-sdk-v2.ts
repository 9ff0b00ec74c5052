// An MCP server over HTTP (SDK v2), for clients of old and new protocol versions. Prints its address:
//   npx tsx examples/typescript-server/http-server-sdk-v2.ts
import { once } from 'node:events';
import { createServer, type RequestListener } from 'node:http';
import type { AddressInfo } from 'node:net';

import { toNodeHandler } from '@modelcontextprotocol/node';
import { createMcpHandler, McpServer } from '@modelcontextprotocol/server';
import { createExporter } from 'mcp-exporter';
import { z } from 'zod';

const exporter = createExporter({ keepsProcessAlive: true });

// Each server handles one request. Monitoring it makes the names of its tools known to the metrics.
const handler = createMcpHandler(() => {
  const server = new McpServer({ name: 'weather', version: '1.0.0' });
  server.registerTool(
    'forecast',
    { description: 'Guesses the weather', inputSchema: z.object({ city: z.string() }) },
    ({ city }) => ({ content: [{ type: 'text', text: `${city}: some sun, some rain` }] }),
  );
  return exporter.monitor(server);
});
// Monitoring the handler also counts refused requests and listening clients. Nothing is counted twice.
exporter.monitor(handler, { serverName: 'weather' });

// The SDK's types do not support exactOptionalPropertyTypes, hence the cast.
const serve = toNodeHandler(handler) as RequestListener;
const http = createServer(serve).listen(Number(process.env['PORT'] ?? 8080), '127.0.0.1');
await once(http, 'listening');
export const address = new URL(`http://127.0.0.1:${(http.address() as AddressInfo).port}/`);
console.log(`MCP      ${address.href}`);
const { page, metrics } = await exporter.start();
console.log(`metrics  ${metrics}\npage     ${page}`);
