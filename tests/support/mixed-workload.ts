import { Client } from '@modelcontextprotocol/sdk/client/index.js';
import { StdioClientTransport } from '@modelcontextprotocol/sdk/client/stdio.js';
import { StreamableHTTPClientTransport } from '@modelcontextprotocol/sdk/client/streamableHttp.js';
import { InMemoryTransport } from '@modelcontextprotocol/sdk/inMemory.js';
import { Server } from '@modelcontextprotocol/sdk/server/index.js';
import {
  CallToolRequestSchema,
  CreateMessageRequestSchema,
  GetPromptRequestSchema,
  ListToolsRequestSchema,
  SubscribeRequestSchema,
} from '@modelcontextprotocol/sdk/types.js';
import { WebSocket } from 'ws';

import { createExporter, type Exporter } from '../../src/exporter/exporter.ts';
import type { ExporterUrls } from '../../src/exporter/exporter-urls.ts';
import { proxyMcp } from '../../src/exporter/proxy-mcp.ts';
import { monitorMcpServer } from '../../src/index.ts';
import { createLogger } from '../../src/logging/logger.ts';
import { CLI } from './cli-process.ts';
import { TINY_SERVER } from './tiny-server.ts';

/** The workload's server, besides the pipeline server. */
const SERVER_NAME = 'warehouse';
/** A tool that fails on request. */
export const FLAKY_TOOL = 'reserve';

/** Longer than the slow threshold that the workload expects the exporter to have. */
const SLOW_MS = 400;
export const SLOW_THRESHOLD_SECONDS = 0.3;

const text = (value: string) => ({ content: [{ type: 'text' as const, text: value }] });

/** A server with every kind of behavior: calls that succeed, fail, take long or hang, and requests to the client. */
function createWarehouse(): Server {
  const info = { name: SERVER_NAME, version: '2.1.0' };
  const capabilities = { tools: {}, prompts: {}, resources: { subscribe: true } };
  const server = new Server(info, { capabilities });
  const names = [FLAKY_TOOL, 'count', 'ask', 'restock', 'confirm', 'search'];
  server.setRequestHandler(ListToolsRequestSchema, () => ({
    tools: names.map((name) => ({ name, inputSchema: { type: 'object' as const } })),
  }));
  server.setRequestHandler(GetPromptRequestSchema, () => ({ messages: [] }));
  server.setRequestHandler(SubscribeRequestSchema, () => ({}));
  server.setRequestHandler(CallToolRequestSchema, async ({ params }, { signal, sendNotification }) => {
    const { name, arguments: args = {}, _meta } = params;
    switch (name) {
      case FLAKY_TOOL:
        return args['fails'] === true ? { ...text('out of stock'), isError: true } : text('reserved');
      case 'count':
        await new Promise((resolve) => setTimeout(resolve, SLOW_MS));
        return text('42');
      case 'ask': {
        const messages = [{ role: 'user', content: { type: 'text', text: 'how many?' } } as const];
        await server.createMessage({ messages, maxTokens: 10 });
        return text('asked');
      }
      case 'restock':
        return { ...text('a task'), task: { taskId: String(args['id']), status: 'working' } };
      case 'confirm':
        return { ...text('say more'), resultType: 'input_required' };
      default: {
        const { progressToken } = _meta ?? {};
        if (progressToken !== undefined) {
          const progress = { progressToken, progress: 1, total: 4 };
          await sendNotification({ method: 'notifications/progress', params: progress });
        }
        await new Promise((resolve) => signal.addEventListener('abort', resolve));
        return text('never told');
      }
    }
  });
  return server;
}

async function connectHttp(url: string) {
  const transport = new StreamableHTTPClientTransport(new URL(url));
  const visitor = new Client({ name: 'mixed', version: '1' });
  await visitor.connect(transport);
  const leave = async () => {
    await transport.terminateSession();
    await visitor.close();
  };
  return { visitor, leave };
}

/**
 * Reporters to the exporter as a hub: a proxy in front of its own MCP endpoint, stdio proxies (the built program), and a
 * program that is not a proxy.
 */
async function startReporters(urls: ExporterUrls) {
  const hub = new URL('.', urls.metrics ?? '');
  const gateway = createExporter({
    config: { httpPort: 0, feedPort: 0, hubUrl: hub.href },
    mcp: proxyMcp({ url: urls.mcp ?? '', serverName: 'gateway' }),
    logger: createLogger('silent'),
  });
  const { mcp } = await gateway.start();

  async function overHttp(): Promise<void> {
    const { visitor, leave } = await connectHttp(mcp ?? '');
    await visitor.listTools();
    await leave();
  }

  /** Stops the proxy, which ends its server. */
  async function overStdio(): Promise<void> {
    const proxy = [CLI, 'proxy', '--name', 'tiny', '--hub', hub.href, '--'];
    const args = [...proxy, process.execPath, ...TINY_SERVER];
    const client = new Client({ name: 'mixed', version: '1' });
    await client.connect(new StdioClientTransport({ command: process.execPath, args, stderr: 'ignore' }));
    await client.callTool({ name: 'add', arguments: { a: 1, b: 2 } });
    await client.close();
  }

  async function byHand(): Promise<void> {
    const operation = {
      type: 'operation',
      session_id: 'nightly',
      operation_id: '1',
      operation_name: 'backup',
    };
    const events = [
      { ...operation, kind: 'started' },
      { ...operation, kind: 'completed', duration: 0.1 },
      {
        type: 'request_ended',
        connection: { id: 1, server_name: 'nightly' },
        request: { id: 1, method: 'tools/call', tool_name: 'backup' },
        duration: 0.1,
        error_type: 'unobserved',
        unobserved: 'too_large',
      },
    ];
    const response = await fetch(new URL('api/v1/report', hub), {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ reporter_id: 'nightly', events }),
    });
    if (!response.ok) throw new Error(await response.text());
  }

  return {
    report: () => Promise.all([overHttp(), overStdio(), byHand()]),
    close: () => gateway.close(),
  };
}

/** Clients of the warehouse and of the pipeline server, a client of the feed, and reporters. */
export async function startMixedWorkload(exporter: Exporter, urls: ExporterUrls) {
  const warehouse = createWarehouse();
  monitorMcpServer(warehouse, { exporter });
  const [clientSide, serverSide] = InMemoryTransport.createLinkedPair();
  const client = new Client({ name: 'mixed', version: '1' }, { capabilities: { sampling: {} } });
  client.setRequestHandler(CreateMessageRequestSchema, () => ({
    model: 'none',
    role: 'assistant',
    content: { type: 'text', text: '3' },
  }));
  await warehouse.connect(serverSide);
  await client.connect(clientSide);
  await client.listTools();
  await client.subscribeResource({ uri: 'stock://all' });

  const { visitor: pipeline, leave } = await connectHttp(urls.mcp ?? '');
  const reporters = await startReporters(urls);
  const viewer = new WebSocket(urls.feed ?? '', ['mcp-exporter.v1']);

  const call = (name: string, args: Record<string, unknown> = {}) =>
    client.callTool({ name, arguments: args });
  const pipelineCall = (name: string, args: Record<string, unknown> = {}) =>
    pipeline.callTool({ name, arguments: { session_id: 'mixed', ...args } });

  async function cancelledSearch(): Promise<void> {
    const cancel = new AbortController();
    const onprogress = () => cancel.abort('enough');
    const search = client.callTool({ name: 'search' }, undefined, { signal: cancel.signal, onprogress });
    await search.catch(() => undefined);
  }

  let rounds = 0;
  return {
    /** Calls every tool of both servers once, including failed, cancelled and slow calls, and makes a report of each kind. */
    async round(): Promise<void> {
      const id = `task-${rounds++}`;
      await Promise.all([call('count'), call('ask'), call('confirm'), call('restock', { id })]);
      for (const fails of [true, false, false]) await call(FLAKY_TOOL, { fails });
      await client.getPrompt({ name: 'greeting' });
      await cancelledSearch();
      const params = { taskId: id, status: 'completed' };
      await warehouse.notification({ method: 'notifications/tasks/status', params });
      await pipelineCall('version_keeper_scan');
      await pipelineCall('version_keeper_scan', { target_files: ['../outside'] });
      await pipelineCall('quality_patcher_fix', { auto_apply: true });
      await pipelineCall('pipeline_run_full', { max_cycles: 1 });
      await pipelineCall('pipeline_status');
      exporter.recordMetric({
        operationType: 'import',
        duration: 0.2,
        memoryUsage: 2e7,
        cpuUsage: 0.1,
      });
      await (await connectHttp(urls.mcp ?? '')).leave();
      await reporters.report();
      // Refused before MCP handles it.
      const headers = { origin: 'https://elsewhere.example.com' };
      await fetch(urls.mcp ?? '', { method: 'POST', headers });
    },
    /** Calls the flaky tool `times` times. */
    async reserve(times: number, fails: boolean): Promise<void> {
      for (let i = 0; i < times; i++) await call(FLAKY_TOOL, { fails });
    },
    /** Starts a call that hangs until {@link close}. */
    hang(): void {
      void client.callTool({ name: 'search' }, undefined, { timeout: 600_000 }).catch(() => undefined);
    },
    async close(): Promise<void> {
      viewer.close();
      await client.close();
      await leave();
      await reporters.close();
    },
  };
}
