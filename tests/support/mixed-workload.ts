import { Client } from '@modelcontextprotocol/sdk/client/index.js';
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

import type { Exporter, ExporterUrls } from '../../src/exporter.ts';
import { monitorMcpServer } from '../../src/index.ts';

/** The workload's own server, beside the pipeline's. */
const SERVER_NAME = 'warehouse';
/** Its tool that fails when it is told to. */
export const FLAKY_TOOL = 'reserve';

/** Longer than the slow threshold that the workload expects the exporter to have. */
const SLOW_MS = 400;
export const SLOW_THRESHOLD_SECONDS = 0.3;

const text = (value: string) => ({ content: [{ type: 'text' as const, text: value }] });

/** Every kind of thing that an MCP server does: what ends well, badly, slowly or never, and what it asks back. */
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

/** Two clients, one of the warehouse and one of the pipeline's server, and a viewer of the feed. */
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

  const connectPipeline = async () => {
    const transport = new StreamableHTTPClientTransport(new URL(urls.mcp ?? ''));
    const visitor = new Client({ name: 'mixed', version: '1' });
    await visitor.connect(transport);
    const leave = async () => {
      await transport.terminateSession();
      await visitor.close();
    };
    return { visitor, leave };
  };
  const { visitor: pipeline, leave } = await connectPipeline();
  const viewer = new WebSocket(urls.feed, ['mcp-exporter.v1']);

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
    /** Every tool of both servers once: failed, cancelled and slow calls among them. */
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
      exporter.metrics.recordMetric({
        operationType: 'import',
        duration: 0.2,
        memoryUsage: 2e7,
        cpuUsage: 0.1,
      });
      await (await connectPipeline()).leave();
      // Refused before it is MCP.
      const headers = { origin: 'https://elsewhere.example.com' };
      await fetch(urls.mcp ?? '', { method: 'POST', headers });
    },
    /** Calls the flaky tool `times` times. */
    async reserve(times: number, fails: boolean): Promise<void> {
      for (let i = 0; i < times; i++) await call(FLAKY_TOOL, { fails });
    },
    async close(): Promise<void> {
      viewer.close();
      await client.close();
      await leave();
    },
  };
}
