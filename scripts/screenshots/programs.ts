import { createRequire } from 'node:module';

import { Client } from '@modelcontextprotocol/sdk/client/index.js';
import { StdioClientTransport } from '@modelcontextprotocol/sdk/client/stdio.js';
import { StreamableHTTPClientTransport } from '@modelcontextprotocol/sdk/client/streamableHttp.js';

import { CLI, startProgram } from '../running-program.ts';

const require = createRequire(import.meta.url);

export interface Programs {
  readonly hubUrl: string;
  readonly pipeline: Client;
  readonly everything: Client;
  readonly files: Client;
  stop(): Promise<void>;
}

/** Starts a hub and three servers that report to it: two behind stdio proxies, and the pipeline server. */
export async function startPrograms(directory: string): Promise<Programs> {
  const hub = await startProgram(['hub'], {});
  const pipeline = await startProgram(['serve', '--workspace', directory], {
    MONITORING_HUB_URL: hub.url,
    MONITORING_CAPTURE_PAYLOADS: 'true',
  });
  const reporting = {
    MCP_EXPORTER_MONITORING_HUB_URL: hub.url,
    MCP_EXPORTER_MONITORING_CAPTURE_PAYLOADS: 'true',
  };
  const clients = [
    await connect('ci-bot', new StreamableHTTPClientTransport(new URL(pipeline.mcpUrl))),
    await connect('desktop-chat', proxied('everything', 'server-everything', ['stdio'], reporting)),
    await connect('editor-agent', proxied('files', 'server-filesystem', [directory], reporting)),
  ] as const;
  const [pipelineClient, everything, files] = clients;
  return {
    hubUrl: hub.url,
    pipeline: pipelineClient,
    everything,
    files,
    async stop() {
      await Promise.all(clients.map((client) => client.close()));
      // Stops the hub last, because the others send it their last reports.
      await pipeline.stop();
      await hub.stop();
    },
  };
}

async function connect(
  name: string,
  transport: StdioClientTransport | StreamableHTTPClientTransport,
): Promise<Client> {
  const client = new Client({ name, version: '1.4.0' });
  await client.connect(transport);
  // As clients do. Without a list, a tool that has not succeeded yet is counted as `_OTHER`.
  await client.listTools();
  return client;
}

function proxied(
  name: string,
  server: string,
  args: readonly string[],
  env: Record<string, string>,
): StdioClientTransport {
  const program = require.resolve(`@modelcontextprotocol/${server}/dist/index.js`);
  return new StdioClientTransport({
    command: process.execPath,
    args: [CLI, 'proxy', '--name', name, '--', process.execPath, program, ...args],
    env: { ...process.env, ...env } as Record<string, string>,
    stderr: 'ignore',
  });
}
