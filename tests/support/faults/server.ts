// The MCP server of the fault-injection suite. It uses stdio, or HTTP with the argument `http`. With WATCHED=true, the
// exporter's hook watches it.
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';

import { McpServer } from '@modelcontextprotocol/sdk/server/mcp.js';
import { StdioServerTransport } from '@modelcontextprotocol/sdk/server/stdio.js';
import { StreamableHTTPServerTransport } from '@modelcontextprotocol/sdk/server/streamableHttp.js';
import { z } from 'zod';

import type * as Package from '../../../src/index.ts';

function createFaultServer(): McpServer {
  const server = new McpServer({ name: 'faulty', version: '1.0.0' });
  server.registerTool('echo', { inputSchema: { text: z.string() } }, ({ text }) => ({
    content: [{ type: 'text', text }],
  }));
  server.registerTool('fail', {}, () => {
    throw new Error('the tool failed');
  });
  server.registerTool('large', {}, () => ({ content: [{ type: 'text', text: 'x'.repeat(200_000) }] }));
  server.registerTool('steps', {}, async (extra) => {
    const progressToken = extra._meta?.progressToken;
    if (progressToken === undefined) throw new Error('expected a progressToken');
    for (let progress = 1; progress <= 3; progress++) {
      const params = { progressToken, progress, total: 3 };
      await extra.sendNotification({ method: 'notifications/progress', params });
    }
    return { content: [{ type: 'text', text: 'done' }] };
  });
  return server;
}

async function watch(server: McpServer): Promise<void> {
  // Imports the source, because the build has no separate modules to break.
  const entry = process.env['FAULT'] === undefined ? 'dist/index.js' : 'src/index.ts';
  const { href } = new URL(`../../../${entry}`, import.meta.url);
  const { createExporter } = (await import(href)) as typeof Package;
  const exporter = createExporter(
    process.env['FAULT'] === 'mcp' ? { mcp: () => Promise.reject(new Error('injected fault')) } : {},
  );
  let faults = 0;
  if (process.env['FAULT'] === 'subscriber') {
    exporter.sessions.subscribe(() => {
      throw new Error('injected fault');
    });
  }
  if (process.env['FAULT'] === 'noisy subscriber') {
    exporter.sessions.subscribe(() => {
      throw new Error(`injected fault ${(faults += 1)} ${'.'.repeat(5000)}`);
    });
  }
  // The exporter promises that none of these calls stops the server.
  await exporter.start();
  exporter.monitor(server);
}

if (process.argv[2] === 'http') {
  const http = createServer((request, response) => {
    // Stateless HTTP uses a new server for each request.
    const transport = new StreamableHTTPServerTransport({});
    const server = createFaultServer();
    response.once('close', () => void server.close());
    void server.connect(transport as never).then(() => transport.handleRequest(request, response));
  });
  http.listen(0, '127.0.0.1', () => console.log((http.address() as AddressInfo).port));
} else {
  const server = createFaultServer();
  if (process.env['WATCHED'] === 'true') await watch(server);
  await server.connect(new StdioServerTransport());
}
