// An MCP client starts a server behind the proxy, and calls its tools until Ctrl-C:
//   npm run example examples/proxy-stdio/run.ts
import { Client } from '@modelcontextprotocol/sdk/client/index.js';
import { StdioClientTransport } from '@modelcontextprotocol/sdk/client/stdio.js';

import { callTools } from '../call-tools.ts';
import { EVERYTHING, MCP_EXPORTER } from '../programs.ts';

const port = process.env['MONITORING_DASHBOARD_PORT'] ?? '3001';
const server = [process.execPath, EVERYTHING];

const client = new Client({ name: 'example', version: '1.0.0' });
await client.connect(
  new StdioClientTransport({
    command: process.execPath,
    args: [MCP_EXPORTER, 'proxy', '--name', 'everything', '--port', port, '--', ...server],
  }),
);
console.log(`page     http://127.0.0.1:${port}/\nmetrics  http://127.0.0.1:${port}/metrics`);
await callTools(client, [
  { name: 'echo', arguments: { message: 'hello' } },
  { name: 'get-sum', arguments: { a: 1, b: 2 } },
  // The second number is missing, so this call fails.
  { name: 'get-sum', arguments: { a: 1 } },
]);
