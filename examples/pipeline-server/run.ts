// An MCP client starts the pipeline server, and scans the current folder until Ctrl-C without changing it:
//   npm run example examples/pipeline-server/run.ts
import { fileURLToPath } from 'node:url';

import { Client } from '@modelcontextprotocol/sdk/client/index.js';
import { StdioClientTransport } from '@modelcontextprotocol/sdk/client/stdio.js';

import { callTools } from '../call-tools.ts';
import { MCP_EXPORTER } from '../programs.ts';

const port = process.env['MONITORING_DASHBOARD_PORT'] ?? '3001';
const workspace = fileURLToPath(new URL('.', import.meta.url));

const client = new Client({ name: 'example', version: '1.0.0' });
await client.connect(
  new StdioClientTransport({
    command: process.execPath,
    args: [MCP_EXPORTER, 'serve', '--stdio', '--port', port, '--workspace', workspace],
  }),
);
console.log(`page     http://127.0.0.1:${port}/\nmetrics  http://127.0.0.1:${port}/metrics`);
await callTools(client, [
  { name: 'version_keeper_scan', arguments: {} },
  { name: 'pipeline_run_full', arguments: { max_cycles: 1 } },
  { name: 'pipeline_status', arguments: {} },
  // The file does not exist, so this call fails.
  { name: 'version_keeper_scan', arguments: { target_files: ['missing.ts'] } },
]);
