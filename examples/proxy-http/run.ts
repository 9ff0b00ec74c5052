// Starts a server that speaks HTTP and a proxy in front of it. A client calls its tools through the proxy until Ctrl-C:
//   npm run example examples/proxy-http/run.ts
import { spawn } from 'node:child_process';
import { setTimeout as delay } from 'node:timers/promises';

import { Client } from '@modelcontextprotocol/sdk/client/index.js';
import { StreamableHTTPClientTransport } from '@modelcontextprotocol/sdk/client/streamableHttp.js';

import { callTools } from '../call-tools.ts';
import { EVERYTHING, MCP_EXPORTER } from '../programs.ts';

const RETRY_MS = 200;
const port = process.env['MONITORING_DASHBOARD_PORT'] ?? '3001';
const serverPort = process.env['SERVER_PORT'] ?? '3100';

const run = (args: string[], env: Record<string, string> = {}) =>
  spawn(process.execPath, args, { env: { ...process.env, ...env }, stdio: ['ignore', 'ignore', 'inherit'] });
const server = run([EVERYTHING, 'streamableHttp'], { PORT: serverPort });
const upstream = `http://127.0.0.1:${serverPort}/mcp`;
const proxy = run([MCP_EXPORTER, 'proxy', '--upstream', upstream, '--name', 'everything', '--port', port]);
process.once('exit', () => [server, proxy].forEach((child) => child.kill()));

const client = await connect(new URL(`http://127.0.0.1:${port}/mcp`));
console.log(`page     http://127.0.0.1:${port}/\nmetrics  http://127.0.0.1:${port}/metrics`);
await callTools(client, [
  { name: 'echo', arguments: { message: 'hello' } },
  { name: 'get-sum', arguments: { a: 1, b: 2 } },
  // The second number is missing, so this call fails.
  { name: 'get-sum', arguments: { a: 1 } },
]);
process.exit();

/** Retries until the server and the proxy accept connections. */
async function connect(url: URL): Promise<Client> {
  for (;;) {
    if (server.exitCode !== null || proxy.exitCode !== null) process.exit(1);
    const client = new Client({ name: 'example', version: '1.0.0' });
    try {
      await client.connect(new StreamableHTTPClientTransport(url));
      return client;
    } catch {
      await delay(RETRY_MS);
    }
  }
}
