import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { createRequire } from 'node:module';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';

import { Client } from '@modelcontextprotocol/sdk/client/index.js';
import { StdioClientTransport } from '@modelcontextprotocol/sdk/client/stdio.js';
import { StreamableHTTPClientTransport } from '@modelcontextprotocol/sdk/client/streamableHttp.js';

const CLI = fileURLToPath(new URL('../../dist/cli.js', import.meta.url));
const require = createRequire(import.meta.url);

export interface Programs {
  readonly hubUrl: string;
  readonly pipeline: Client;
  readonly everything: Client;
  readonly files: Client;
  stop(): Promise<void>;
}

/** A hub, and three servers that it hears of: two behind proxies that their clients start, and the pipeline server. */
export async function startPrograms(directory: string): Promise<Programs> {
  const hub = await startProgram(['hub'], {});
  const reporting = { MONITORING_HUB_URL: hub.url, MONITORING_CAPTURE_PAYLOADS: 'true' };
  const pipeline = await startProgram(['serve', '--workspace', directory], reporting);
  const clients = [
    await connect(new StreamableHTTPClientTransport(new URL(pipeline.mcpUrl))),
    await connect(proxied('everything', 'server-everything', ['stdio'], reporting)),
    await connect(proxied('files', 'server-filesystem', [directory], reporting)),
  ] as const;
  const [pipelineClient, everything, files] = clients;
  return {
    hubUrl: hub.url,
    pipeline: pipelineClient,
    everything,
    files,
    async stop() {
      await Promise.all(clients.map((client) => client.close()));
      // The hub last: the others have something to tell it.
      await stop(pipeline.child);
      await stop(hub.child);
    },
  };
}

async function connect(transport: StdioClientTransport | StreamableHTTPClientTransport): Promise<Client> {
  const client = new Client({ name: 'a-client', version: '1.0.0' });
  await client.connect(transport);
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

async function startProgram(args: readonly string[], settings: Record<string, string>) {
  const ports = { MONITORING_DASHBOARD_PORT: '0', MONITORING_WS_PORT: '0', MONITORING_LOG_LEVEL: 'warn' };
  const child = spawn(process.execPath, [CLI, ...args], {
    env: { ...process.env, ...ports, ...settings },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const urls = new Map<string, string>();
  const wanted = args[0] === 'serve' ? 'MCP endpoint' : 'live page';
  for await (const line of createInterface(child.stdout)) {
    const [, name, url] = /^ +(\S.*?) {2,}(http\S+)/.exec(line) ?? [];
    if (name !== undefined && url !== undefined) urls.set(name, url);
    if (urls.has(wanted)) break;
  }
  child.stdout.resume();
  return { child, url: urls.get('live page') ?? '', mcpUrl: urls.get('MCP endpoint') ?? '' };
}

async function stop(child: ChildProcess): Promise<void> {
  const exited = once(child, 'exit');
  child.kill('SIGTERM');
  await exited;
}
